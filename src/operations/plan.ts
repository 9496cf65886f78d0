import pLimit from 'p-limit';
import { z } from 'zod';
import type { JsonObject, PlanStep } from '../history/event.ts';
import { defaultConcurrency } from './concurrency.ts';
import { define, type Context } from './definition.ts';
import { withPartialOutput } from './errors.ts';
import { instructionTask, instructionValues } from './instruction.ts';
import { executePlan } from './plan-execution.ts';
import { planInput, type PlanInput } from './plan-input.ts';
import {
  assembled,
  graphComplaint,
  planned,
  plannedPart,
  planStepSchema,
  planText,
  stepProposal,
  type PlanStepTree,
  type StepProposal,
} from './plan-step.ts';

/** How many parts a step may be broken down into. */
const mostParts = 20;

export const plan = define({
  kind: 'plan',
  version: 2,
  description:
    'Breaks an instruction down into steps that depend on each other, each with how to tell that it is done. With `expand`, breaks each step down once more; with `execute`, carries the steps out, each in an operation of its own.',
  input: planInput,
  output: z.object({ steps: z.array(planStepSchema) }),
  async execute(context) {
    const whole = await makePlan(context);
    const steps = context.input.expand ? await expand(context, whole) : assembled(whole, () => []);
    return { steps: context.input.execute ? await executePlan(context, steps) : steps };
  },
});

async function makePlan({ input, generate, prompt }: Context<PlanInput>): Promise<StepProposal[]> {
  const { steps } = await generate('plan', {
    ...prompt('plan.steps', { ...instructionValues(input), idea: ideaText(input), steps: input.steps }),
    schema: z.object({ steps: z.array(stepProposal).min(1) }),
    elements: {
      of: 'steps',
      event(element) {
        const parsed = stepProposal.safeParse(element);
        return parsed.success ? { type: 'PlanStepProposed', planStep: planned(parsed.data) } : undefined;
      },
    },
    check: (answer) => graphComplaint(answer.steps, input.steps),
    task: { task: 'plan', ...(input.steps !== null && { steps: input.steps }), ...planTask(input) },
  });
  return steps;
}

/** Breaks each step down, some at a time. */
async function expand(context: Context<PlanInput>, steps: readonly StepProposal[]): Promise<PlanStepTree[]> {
  const limit = pLimit(context.input.concurrency ?? defaultConcurrency);
  const whole = steps.map(planned);
  const partialOutput = { steps: assembled(steps, () => []) };
  const parts = await withPartialOutput(partialOutput, () => limit.map(whole, (step) => partsOf(context, step, whole)));
  const byStep = new Map(steps.map(({ id }, index) => [id, parts[index]!]));
  return assembled(steps, (id) => byStep.get(id)!);
}

async function partsOf(
  { input, generate, prompt }: Context<PlanInput>,
  { id, title, description }: PlanStep,
  steps: readonly PlanStep[],
): Promise<StepProposal[]> {
  const answer = await generate(`expand ${id}`, {
    ...prompt('plan.expand', {
      ...instructionValues(input),
      idea: ideaText(input),
      plan: planText(steps),
      step: { id, title },
    }),
    schema: z.object({ steps: z.array(stepProposal).min(1) }),
    elements: {
      of: 'steps',
      event(element) {
        const parsed = stepProposal.safeParse(element);
        return parsed.success ? { type: 'PlanStepProposed', planStep: plannedPart(id, parsed.data) } : undefined;
      },
    },
    check: (given) => graphComplaint(given.steps, null, mostParts),
    task: { task: 'plan', steps: 3, ...planTask(input), instruction: `${title}. ${description}` },
  });
  return answer.steps;
}

const ideaText = ({ idea }: PlanInput): string | null => idea && JSON.stringify(idea, null, 2);

/** The embedded model is given the idea with what else there is to know. */
const planTask = ({ idea, ...input }: PlanInput): JsonObject =>
  instructionTask(
    idea === null ? input : { ...input, context: { idea, ...(input.context !== null && { given: input.context }) } },
  );
