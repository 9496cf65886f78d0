import type { Transaction } from '../database/client.ts';
import { toEvent, type PlanStep, type StoredEvent } from '../history/event.ts';
import type { OperationRef } from '../ids.ts';
import { assembled, type PlanStepTree, type StepProposal } from './plan-step.ts';

/**
 * The steps of the plan that an operation has made, as they stand: from what it recorded, and what the history tells of them
 * since.
 *
 * @returns undefined where there is no plan, or not yet
 */
export async function readPlanSteps(
  reader: Pick<Transaction, 'step' | 'event' | 'operation'>,
  { sessionId, number }: OperationRef,
  kind: string,
): Promise<PlanStepTree[] | undefined> {
  if (kind === 'run') {
    const planner = await reader.operation.findFirst({
      where: { sessionId, parent: number, kind: 'plan' },
      select: { number: true },
    });
    return planner ? readPlanSteps(reader, { sessionId, number: planner.number }, 'plan') : undefined;
  }
  if (kind !== 'plan') return undefined;
  const recorded = await reader.step.findMany({
    where: { sessionId, operation: number, recordedAt: { not: null } },
  });
  const proposals = new Map(
    recorded.map(({ name, result }) => [name, (result as { value: { steps: StepProposal[] } }).value.steps]),
  );
  const plan = proposals.get('plan');
  if (!plan) return undefined;
  const changes = await reader.event.findMany({
    where: { sessionId, operation: number, type: 'PlanStepChanged' },
    orderBy: { seq: 'asc' },
  });
  const latest = new Map(
    changes.map((row) => {
      const { planStep } = (toEvent(row) as StoredEvent<'PlanStepChanged'>).payload;
      return [planStep.id, planStep];
    }),
  );
  // Where the plan was ended from outside, nobody was left to tell what became of the steps under way.
  const { finishedAt } = await reader.operation.findFirstOrThrow({ where: { sessionId, number }, select: { finishedAt: true } });
  const asItStands = (step: PlanStep): PlanStep => {
    const told = latest.get(step.id) ?? step;
    return finishedAt !== null && told.status === 'RUNNING' ? { ...told, status: 'CANCELLED' } : told;
  };
  return assembled(plan, (id) => proposals.get(`expand ${id}`) ?? []).map((step) => ({
    ...step,
    ...asItStands(step),
    steps: step.steps.map(asItStands),
  }));
}
