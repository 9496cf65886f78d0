import type { Draft, OperationState } from '../history/draft.ts';
import { operationId, type OperationRef } from '../ids.ts';

/** What tells of a deadline that stands still, or goes on. */
export const deadlineTopic = ({ sessionId, number }: OperationRef): string => `deadline/${operationId(sessionId, number)}`;

/** The one that nobody started of an operation and its ancestors: its deadline is that of all. The append has to have asked for them. */
function rootOf(draft: Draft, operation: OperationState): OperationState {
  let root = operation;
  while (root.parent !== null) root = draft.operation(root.parent)!;
  return root;
}

/** An operation begins to wait. While there are any in a tree that wait for a person, its deadline stands still. */
export function beginWaiting(draft: Draft, operation: OperationState, reason: 'PERSON' | 'TIME'): void {
  operation.waitingFor = reason;
  if (reason !== 'PERSON') return;
  const root = rootOf(draft, operation);
  if (root.deadlineAt === null || root.personWaits++ > 0) return;
  root.personSince = draft.now;
  draft.nudge(deadlineTopic(root));
}

/** An operation waits no more. Once nobody in its tree waits for a person, the deadline moves by the time that this took. */
export function stopWaiting(draft: Draft, operation: OperationState): void {
  const reason = operation.waitingFor;
  operation.waitingFor = null;
  if (reason !== 'PERSON') return;
  const root = rootOf(draft, operation);
  if (root.deadlineAt === null || root.personSince === null || --root.personWaits > 0) return;
  root.deadlineAt = new Date(root.deadlineAt.getTime() + draft.now.getTime() - root.personSince.getTime());
  root.personSince = null;
  draft.nudge(deadlineTopic(root));
}
