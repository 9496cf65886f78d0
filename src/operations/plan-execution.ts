import pLimit from 'p-limit';
import type { ExceededBudget, PlanStep, PlanStepStatus } from '../history/event.ts';
import { cut } from '../models/errors.ts';
import { defaultConcurrency } from './concurrency.ts';
import type { Context } from './definition.ts';
import { OperationError } from './errors.ts';
import { instructionOf } from './instruction.ts';
import { perform } from './perform.ts';
import type { PlanInput } from './plan-input.ts';
import { planText, type PlanStepTree } from './plan-step.ts';

/** How much of a result is shown to a step that depends on it. */
const longestResult = 20_000;

type Ended = 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED';

/** What became of a step, or of a part of one. */
interface Outcome {
  status: Ended;
  operation: number | null;
  /** The result; why there is none. */
  text: string;
}

/**
 * Carries a plan out: each step, or where it was broken down each of its parts, in a child, as soon as all that it depends on
 * has succeeded, and `concurrency` at a time. What depends on something that was not done is skipped. Children go by the ids of
 * their steps, so that a replay meets them whatever the order in which they end.
 *
 * @returns the steps, all of them done
 * @throws OperationError `PLAN_STEPS_FAILED`, or `BUDGET_EXCEEDED` where that is why, with the steps as they stand
 */
export async function executePlan(context: Context<PlanInput>, plan: readonly PlanStepTree[]): Promise<PlanStepTree[]> {
  const execution = new PlanExecution(context, plan);
  const steps = await execution.run();
  const undone = steps.filter(({ status }) => status !== 'SUCCEEDED');
  if (undone.length === 0) return steps;
  const { exceeded } = execution;
  throw new OperationError(
    {
      code: exceeded ? 'BUDGET_EXCEEDED' : 'PLAN_STEPS_FAILED',
      message: `${undone.length} of the ${steps.length} steps of the plan were not done. ${execution.reasons().join(' ')} partialOutput has all steps, and their operations what was done: retryOperation goes on from there.`,
      retryable: exceeded === undefined,
      ...(exceeded && { budget: exceeded }),
    },
    { partialOutput: { steps } },
  );
}

class PlanExecution {
  /** The budget into which a call of a step did not fit. */
  exceeded: ExceededBudget | undefined;
  readonly #context: Context<PlanInput>;
  readonly #plan: readonly PlanStepTree[];
  readonly #planText: string;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #steps: ReadonlyMap<string, PlanStepTree>;
  /** Of each step and each part that was come by. */
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #reasons: string[] = [];

  constructor(context: Context<PlanInput>, plan: readonly PlanStepTree[]) {
    this.#context = context;
    this.#plan = plan;
    this.#planText = planText(plan.flatMap((step) => [step, ...step.steps]));
    this.#limit = pLimit(context.input.concurrency ?? defaultConcurrency);
    this.#steps = new Map(plan.map((step) => [step.id, step]));
  }

  async run(): Promise<PlanStepTree[]> {
    await Promise.all(this.#plan.map((step) => this.#outcomeOf(step.id)));
    return Promise.all(
      this.#plan.map(async (step) => ({
        ...(await this.#done(step)),
        steps: await Promise.all(step.steps.map((part) => this.#done(part))),
      })),
    );
  }

  /** Why steps were not done, in sentences. */
  reasons(): string[] {
    const most = 5;
    const more = this.#reasons.length - most;
    return [...this.#reasons.slice(0, most), ...(more > 0 ? [`And ${more} more.`] : [])];
  }

  async #done<Step extends PlanStep>(step: Step): Promise<Step> {
    const { status, operation } = await this.#outcomes.get(step.id)!;
    return { ...step, status, operation };
  }

  #outcomeOf(id: string): Promise<Outcome> {
    const known = this.#outcomes.get(id);
    if (known) return known;
    const step = this.#steps.get(id)!;
    const outcome = step.steps.length === 0 ? this.#after(step, step.dependsOn) : this.#parts(step);
    this.#outcomes.set(id, outcome);
    return outcome;
  }

  /** Carries out the parts of a step. Each comes after all that the step depends on. */
  async #parts(step: PlanStepTree): Promise<Outcome> {
    const parts = new Map(step.steps.map((part) => [part.id, part]));
    let begun = false;
    const begin = (): void => {
      if (!begun) this.#tell(step, 'RUNNING', null, null);
      begun = true;
    };
    const outcomeOf = (part: PlanStep): Promise<Outcome> => {
      const known = this.#outcomes.get(part.id);
      if (known) return known;
      const outcome = this.#after(
        part,
        step.dependsOn,
        part.dependsOn.map((id) => parts.get(id)!),
        outcomeOf,
        begin,
      );
      this.#outcomes.set(part.id, outcome);
      return outcome;
    };
    const outcomes = await Promise.all(step.steps.map(outcomeOf));
    const worst = (['FAILED', 'CANCELLED', 'SKIPPED'] as const).find((status) => outcomes.some((each) => each.status === status));
    const status = worst ?? 'SUCCEEDED';
    this.#tell(step, status, null, status === 'SUCCEEDED' ? null : 'Not all of its parts were done.');
    const text = step.steps.map(({ title }, index) => `## ${title}\n\n${outcomes[index]!.text}`).join('\n\n');
    return { status, operation: null, text };
  }

  /** Carries out a step, or a part, once all that it depends on is done. */
  async #after(
    step: PlanStep,
    dependsOn: readonly string[],
    siblings: readonly PlanStep[] = [],
    siblingOutcome: (part: PlanStep) => Promise<Outcome> = () => Promise.reject(new Error('A step has no siblings')),
    onBegin: () => void = () => {},
  ): Promise<Outcome> {
    const before = await Promise.all([
      ...dependsOn.map(async (id) => ({ id, ...(await this.#outcomeOf(id)) })),
      ...siblings.map(async (part) => ({ id: part.id, ...(await siblingOutcome(part)) })),
    ]);
    const undone = before.find(({ status }) => status !== 'SUCCEEDED');
    if (undone) {
      const reason = `It depends on "${undone.id}", which was not done (${undone.status}).`;
      this.#tell(step, 'SKIPPED', null, reason);
      return { status: 'SKIPPED', operation: null, text: reason };
    }
    return this.#limit(() => this.#carryOut(step, before, onBegin));
  }

  async #carryOut(step: PlanStep, before: readonly { id: string; text: string }[], onBegin: () => void): Promise<Outcome> {
    const { input, child } = this.#context;
    const { id, title, description, doneWhen } = step;
    const of = {
      purpose: 'planStep' as const,
      idea: input.idea,
      plan: this.#planText,
      step: { id, title, description, doneWhen },
      results: before.map((result) => ({ id: result.id, text: cut(result.text, longestResult) })),
    };
    let operation: number | null = null;
    const onStarted = ({ number }: { number: number }): void => {
      operation = number;
      onBegin();
      this.#tell(step, 'RUNNING', number, null);
    };
    try {
      const { text } = await child(perform, { ...instructionOf(input), of }, { name: id, onStarted });
      this.#tell(step, 'SUCCEEDED', operation, null);
      return { status: 'SUCCEEDED', operation, text };
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      const status = error.code === 'CHILD_CANCELLED' ? 'CANCELLED' : 'FAILED';
      this.#tell(step, status, operation, error.message);
      this.exceeded ??= error.budget;
      this.#reasons.push(`"${id}": ${error.message}`);
      return { status, operation, text: error.message };
    }
  }

  #tell(
    { id, title, description, dependsOn, doneWhen, partOf }: PlanStep,
    status: PlanStepStatus,
    operation: number | null,
    reason: string | null,
  ): void {
    const planStep = { id, title, description, dependsOn, doneWhen, partOf, status, operation };
    this.#context.announce({ type: 'PlanStepChanged', planStep, reason });
  }
}
