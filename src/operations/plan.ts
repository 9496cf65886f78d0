import { z } from 'zod';
import { define } from './definition.ts';
import { instructionFields, instructionPrompt, instructionTask } from './instruction.ts';

const mostSteps = 100;

export const planStepSchema = z.object({
  id: z.string().trim().min(1).max(64),
  title: z.string().trim().min(1),
  description: z.string().trim().min(1),
  dependsOn: z.array(z.string().trim()),
  doneWhen: z.string().trim().min(1),
});

type ProposedStep = z.infer<typeof planStepSchema>;

/** How many steps are wanted; null leaves it to the model. */
export const stepCount = z
  .int()
  .min(1, 'must be at least 1')
  .max(mostSteps, `must be at most ${mostSteps}`)
  .nullish()
  .transform((value) => value ?? null);

export const plan = define({
  kind: 'plan',
  version: 1,
  description: 'Breaks an instruction down into steps that depend on each other, each with how to tell that it is done.',
  input: z.object({ ...instructionFields, steps: stepCount }),
  output: z.object({ steps: z.array(planStepSchema) }),
  async execute({ input, generate }) {
    const wanted = input.steps === null ? 'as many steps as it takes, and no more' : `exactly ${input.steps} steps`;
    const { steps } = await generate('plan', {
      system:
        'You plan work. Your steps are concrete, in a sensible order, and no larger than one person can finish and check. You write in the language of the instruction.',
      prompt: `${instructionPrompt(input)}\n\nMake a plan with ${wanted}. Each step has a short unique id, a title, a description, the ids of the steps that must be done before it (dependsOn, empty when there are none; never a cycle), and how to tell that it is done (doneWhen). What can be done side by side does not depend on each other.`,
      schema: z.object({ steps: z.array(planStepSchema).min(1) }),
      elements: {
        of: 'steps',
        event(element) {
          const parsed = planStepSchema.safeParse(element);
          return parsed.success ? { type: 'PlanStepProposed', planStep: parsed.data } : undefined;
        },
      },
      check: (answer) => complaint(answer.steps, input.steps),
      task: { task: 'plan', ...(input.steps !== null && { steps: input.steps }), ...instructionTask(input) },
    });
    return { steps };
  },
});

function complaint(steps: readonly ProposedStep[], count: number | null): string | undefined {
  if (count !== null && steps.length !== count) return `There must be exactly ${count} steps, and there are ${steps.length}.`;
  if (steps.length > mostSteps) return `There must be at most ${mostSteps} steps, and there are ${steps.length}.`;
  const ids = new Set<string>();
  for (const { id } of steps) {
    if (ids.has(id)) return `The id ${JSON.stringify(id)} is given to more than one step.`;
    ids.add(id);
  }
  for (const { id, dependsOn } of steps) {
    const unknown = dependsOn.find((dependency) => !ids.has(dependency));
    if (unknown !== undefined)
      return `Step ${JSON.stringify(id)} depends on ${JSON.stringify(unknown)}, which is not the id of a step.`;
  }
  const cycle = findCycle(steps);
  return cycle && `The steps ${cycle.map((id) => JSON.stringify(id)).join(' -> ')} depend on each other in a cycle.`;
}

/** @returns the ids along a cycle, the first one again at its end */
function findCycle(steps: readonly ProposedStep[]): string[] | undefined {
  const dependencies = new Map(steps.map(({ id, dependsOn }) => [id, dependsOn]));
  const settled = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(id);
    if (start !== -1) return [...path.slice(start), id];
    if (settled.has(id)) return undefined;
    for (const dependency of dependencies.get(id) ?? []) {
      const cycle = visit(dependency, [...path, id]);
      if (cycle) return cycle;
    }
    settled.add(id);
    return undefined;
  };
  for (const { id } of steps) {
    const cycle = visit(id, []);
    if (cycle) return cycle;
  }
  return undefined;
}
