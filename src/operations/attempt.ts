import { settleIn, settleRest } from '../access/reservation.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import type { Failure, JsonObject, NewEvent, UsagePayload } from '../history/event.ts';
import type { OperationRef } from '../ids.ts';
import { addUsage as sumOf } from '../models/usage.ts';
import type { Origin } from '../origin.ts';
import { stopWaiting } from './deadline.ts';
import type { OpenCalls } from './open-calls.ts';
import { ClaimLostError, OperationNotFoundError } from './errors.ts';
import { allows, isTerminal, type OperationStatus } from './state-machine.ts';

/** One claim of an operation. Its number fences: what an attempt writes after it has lost its claim is refused. */
export interface Attempt extends OperationRef {
  attempt: number;
}

/** A claim, with what it is of and where that comes from. */
export interface Claim extends Attempt {
  kind: string;
  origin: Origin;
}

export const claimOf = ({ sessionId, number, attempt, kind, requestId, traceparent }: OperationState): Claim => ({
  sessionId,
  number,
  attempt,
  kind,
  origin: { requestId, traceparent },
});

export const statusOf = (operation: Pick<OperationState, 'status'>): OperationStatus => operation.status as OperationStatus;

/** @throws OperationNotFoundError */
export function operationIn(draft: Draft, { number }: Pick<OperationRef, 'number'>): OperationState {
  const operation = draft.operation(number);
  if (!operation) throw new OperationNotFoundError(`${draft.session.sessionId}/${number}`);
  return operation;
}

/** The guard of all that an attempt writes. @throws ClaimLostError */
export function holdsClaim(draft: Draft, attempt: Attempt): OperationState {
  const operation = draft.operation(attempt.number);
  if (operation?.status !== 'RUNNING' || operation.attempt !== attempt.attempt)
    throw new ClaimLostError(attempt, attempt.attempt);
  return operation;
}

/** What has recorded something new has got past whatever it was suspected of. */
export function clearOfCrashes(operation: OperationState): void {
  operation.suspicion = 0;
  operation.crashes = 0;
}

/** Takes an operation to another status. @throws Error for a transition that does not exist: a fault of the caller's */
export function move(operation: OperationState, to: OperationStatus): void {
  const from = statusOf(operation);
  if (!allows(from, to)) throw new Error(`An operation cannot go from ${from} to ${to}`);
  operation.status = to;
}

/** Gives the next attempt the claim. */
export function claimIn(draft: Draft, operation: OperationState, nodeId: string): void {
  move(operation, 'RUNNING');
  operation.attempt++;
  operation.nodeId = nodeId;
  operation.startedAt ??= draft.now;
  draft.append({
    type: 'OperationStarted',
    operation: operation.number,
    payload: { attempt: operation.attempt, model: operation.model },
  });
}

/** How an operation ends. */
export type Ending =
  | { status: 'SUCCEEDED'; output: JsonObject }
  | { status: 'FAILED'; error: Failure; /** What there is of an output all the same. */ partialOutput?: JsonObject | undefined }
  | { status: 'CANCELLED'; by: string };

/**
 * Ends an operation. Its descendants that have not ended are cancelled before it: a parent's terminal event comes after
 * those of its children. The append has to have asked for the unfinished operations. What model calls that are under way have used
 * until then is booked along.
 *
 * @param children what `childrenByParent` says: worth handing on where many operations end
 */
export function endIn(
  draft: Draft,
  operation: OperationState,
  ending: Ending,
  calls: OpenCalls,
  children = childrenByParent(draft),
): void {
  for (const child of children.get(operation.number) ?? []) {
    if (isTerminal(statusOf(child))) continue;
    const by = ending.status === 'CANCELLED' ? ending.by : `its parent, which ended ${ending.status}`;
    endIn(draft, draft.operation(child.number)!, { status: 'CANCELLED', by }, calls, children);
  }
  breakOffIn(draft, operation, calls);
  if (operation.openWaits > 0) draft.dropWaits(operation.number);
  operation.openWaits = 0;
  stopWaiting(draft, operation);
  move(operation, ending.status);
  operation.finishedAt = draft.now;
  operation.readyAt = null;
  operation.nodeId = null;
  draft.session.unfinished--;
  const parent = operation.parent === null ? undefined : draft.operation(operation.parent);
  if (parent) addUsage(parent, operation);
  if (ending.status === 'SUCCEEDED') draft.setResult(operation.number, { output: ending.output });
  if (ending.status === 'FAILED') {
    const { error, partialOutput } = ending;
    draft.setResult(operation.number, { error, ...(partialOutput && { partialOutput }) });
  }
  draft.append(terminalEvent(operation, ending));
}

/** The operations that a draft knows, by the number of the one that started them. */
export function childrenByParent(draft: Draft): Map<number | null, OperationState[]> {
  const children = new Map<number | null, OperationState[]>();
  for (const operation of draft.operations()) {
    const siblings = children.get(operation.parent);
    if (siblings) siblings.push(operation);
    else children.set(operation.parent, [operation]);
  }
  return children;
}

function terminalEvent({ number, kind }: OperationState, ending: Ending): NewEvent {
  switch (ending.status) {
    case 'SUCCEEDED':
      return { type: 'OperationSucceeded', operation: number, payload: { kind, output: ending.output } };
    case 'FAILED':
      return {
        type: 'OperationFailed',
        operation: number,
        payload: { kind, error: ending.error, partialOutput: ending.partialOutput ?? null },
      };
    case 'CANCELLED':
      return { type: 'OperationCancelled', operation: number, payload: { by: ending.by } };
  }
}

/** Books what model calls that are broken off have used until then, and says so. */
export function breakOffIn(draft: Draft, operation: OperationState, calls: OpenCalls): void {
  for (const { step, try: number, model, call } of calls.takeAll(operation)) {
    const { usage } = call;
    settleIn(draft, operation, step, usage, call);
    if (usage.inputTokens === 0 && usage.outputTokens === 0 && usage.cost === 0) continue;
    spendIn(draft, operation, { model, usage });
    draft.append({
      type: 'StepFailed',
      operation: operation.number,
      payload: { step, try: number, error: brokenOff, model, usage },
    });
  }
  settleRest(draft, operation);
}

const brokenOff: Failure = {
  code: 'INTERRUPTED',
  message:
    'The call was broken off. Its usage is what the provider had counted by then, or where it had not, an estimate from what was sent and received.',
  retryable: true,
};

/** What one model call used. */
export interface CallUsage {
  /** `provider/name`, or `builtin`; null where no model was asked. */
  model: string | null;
  usage: UsagePayload;
}

/** Books what a model call used: on the operation, its session, and the account of the day. */
export function spendIn(draft: Draft, operation: OperationState, { model, usage }: CallUsage): void {
  if (model === null) return;
  addUsage(operation, usage);
  addUsage(draft.session, usage);
  const { projectId, kind, keyId } = operation;
  draft.spend({ projectId, model, kind, keyId, usage });
}

function addUsage(to: UsagePayload, usage: UsagePayload): void {
  Object.assign(to, sumOf(to, usage));
}
