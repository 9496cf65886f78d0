import type { Transaction } from '../database/client.ts';
import { toEvent, type PlanStep, type StoredEvent } from '../history/event.ts';
import { noEnd, type Segment } from '../history/past.ts';
import { readMilestonesOf, type Reader, type Stretch } from '../history/stretch.ts';
import type { OperationRef } from '../ids.ts';
import { assembled, type PlanStepTree, type StepProposal } from './plan-step.ts';

/**
 * The steps of the plan that an operation has made, as they stand: from what it recorded, and what the history tells of them
 * since.
 *
 * @param past the segment that the operation lies in, where it is shown as it was at its end
 * @returns undefined where there is no plan, or not yet
 */
export async function readPlanSteps(
  reader: Reader & Pick<Transaction, 'step' | 'operation'>,
  { sessionId, number }: OperationRef,
  kind: string,
  past?: Segment,
): Promise<PlanStepTree[] | undefined> {
  if (kind === 'run') {
    const planner = await reader.operation.findFirst({
      where: { sessionId, parent: number, kind: 'plan', ...(past && { number: { lte: past.throughOperation } }) },
      select: { number: true },
    });
    return planner ? readPlanSteps(reader, { sessionId, number: planner.number }, 'plan', past) : undefined;
  }
  if (kind !== 'plan') return undefined;
  const operation = await reader.operation.findFirstOrThrow({
    where: { sessionId, number },
    select: { finishedAt: true, queuedSeq: true, endedSeq: true },
  });
  const { finishedAt, queuedSeq, endedSeq } = operation;
  const toldIn = { storedIn: sessionId, from: queuedSeq - 1, through: Math.min(endedSeq ?? noEnd, past?.through ?? noEnd) };
  const isCutOff = past?.cutOff.has(number) ?? false;
  const recorded = await reader.step.findMany({
    where: {
      sessionId,
      operation: number,
      recordedAt: { not: null },
      ...(isCutOff && { name: { in: await recordedBy(reader, toldIn, number) } }),
    },
  });
  const proposals = new Map(
    recorded.map(({ name, result }) => [name, (result as { value: { steps: StepProposal[] } }).value.steps]),
  );
  const plan = proposals.get('plan');
  if (!plan) return undefined;
  const changes = await readMilestonesOf(reader, toldIn, number, 'PlanStepChanged');
  const latest = new Map(
    changes.map((row) => {
      const { planStep } = (toEvent(row) as StoredEvent<'PlanStepChanged'>).payload;
      return [planStep.id, planStep];
    }),
  );
  // Where the plan was ended from outside, nobody was left to tell what became of the steps under way.
  const asItStands = (step: PlanStep): PlanStep => {
    const told = latest.get(step.id) ?? step;
    return finishedAt !== null && !isCutOff && told.status === 'RUNNING' ? { ...told, status: 'CANCELLED' } : told;
  };
  return assembled(plan, (id) => proposals.get(`expand ${id}`) ?? []).map((step) => ({
    ...step,
    ...asItStands(step),
    steps: step.steps.map(asItStands),
  }));
}

/** The steps that the history tells of as recorded. */
async function recordedBy(reader: Reader, toldIn: Stretch, number: number): Promise<string[]> {
  const rows = await readMilestonesOf(reader, toldIn, number, 'StepSucceeded');
  return rows.map((row) => (toEvent(row) as StoredEvent<'StepSucceeded'>).payload.step);
}
