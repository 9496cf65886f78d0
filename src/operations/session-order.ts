import type { Caller } from '../history/audit.ts';
import type { Draft, OperationState, SessionState } from '../history/draft.ts';
import { operationId } from '../ids.ts';
import type { OnBusy } from '../sessions/on-busy.ts';
import { childrenByParent, endIn, statusOf } from './attempt.ts';
import { SessionBusyError } from './errors.ts';
import type { OpenCalls } from './open-calls.ts';
import { isTerminal } from './state-machine.ts';

/** What an operation was told to do where its session is busy; otherwise, what the session says. */
const modeOf = (onBusy: OnBusy | null, session: Pick<SessionState, 'onBusy'>): OnBusy => onBusy ?? session.onBusy;

/** For `Append.unfinished`: what `placeIn` looks at. */
export const unfinishedFor =
  (onBusy: OnBusy | null) =>
  (session: Pick<SessionState, 'onBusy'>): 'FIRST' | 'ALL' | undefined =>
    ({ PARALLEL: undefined, QUEUE: 'FIRST' as const, REJECT: 'FIRST' as const, CANCEL_PREVIOUS: 'ALL' as const })[
      modeOf(onBusy, session)
    ];

/**
 * Puts a new operation, which no other one started, into the order of its session. The append has to have asked for what
 * `unfinishedFor` says.
 *
 * @param queue makes the operation; `readyAt` is null where it has to wait for its turn
 * @param caller who starts it, for the history and the audit
 * @param hasRoom the guard of what is started; told of what ends along with that
 * @throws SessionBusyError, what `hasRoom` throws
 */
export function placeIn(
  draft: Draft,
  onBusy: OnBusy | null,
  caller: Caller | undefined,
  queue: (readyAt: Date | null) => OperationState,
  calls: OpenCalls,
  hasRoom: (ending: readonly OperationState[]) => void,
): OperationState {
  const mode = modeOf(onBusy, draft.session);
  if (mode === 'PARALLEL') {
    hasRoom([]);
    return queue(draft.now);
  }
  const before = draft.operations().filter(({ parent, status }) => parent === null && !isTerminal(statusOf({ status })));
  const [first] = before;
  if (mode === 'REJECT' && first) throw new SessionBusyError(first);
  hasRoom(mode === 'CANCEL_PREVIOUS' ? before : []);
  const operation = queue(mode === 'QUEUE' && first ? null : draft.now);
  if (mode === 'CANCEL_PREVIOUS') {
    const id = operationId(operation.sessionId, operation.number);
    const why = `operation ${id}, started with CANCEL_PREVIOUS${caller === undefined ? '' : ` by ${caller.by}`}`;
    const children = childrenByParent(draft);
    for (const { sessionId, number } of before) {
      endIn(draft, draft.operation(number)!, { status: 'CANCELLED', by: why }, calls, children);
      draft.audit(caller, { action: 'cancelOperation', subject: operationId(sessionId, number), details: { onBusyOf: id } });
    }
  }
  return operation;
}
