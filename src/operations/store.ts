import type { Limits } from '../access/limits.ts';
import type { Database } from '../database/client.ts';
import type { Caller } from '../history/audit.ts';
import type { Journal } from '../history/journal.ts';
import type { Nudges } from '../history/nudge.ts';
import type { OperationRef, Scope } from '../ids.ts';
import { endIn, holdsClaim, statusOf, type Attempt, type Ending } from './attempt.ts';
import { failureOf, OperationFinishedError, OperationTimedOutError } from './errors.ts';
import { openProgress, type Progress } from './progress.ts';
import { openStarting, type Starting, type StoreSettings } from './starting.ts';
import { isTerminal } from './state-machine.ts';
import { openWaiting, type Waiting } from './waiting.ts';
import { openWriting } from './writing.ts';

/** The operations, as they are written: every change of state with the events that tell of it. */
export interface OperationStore extends Starting, Progress, Waiting {
  /** Ends an operation as its attempt found. @throws ClaimLostError */
  end(attempt: Attempt, ending: Ending): Promise<void>;
  /** Ends an operation whose time is over. @returns false when it had ended already, or when its time stands still */
  timeOut(operation: OperationRef): Promise<boolean>;
  /** @throws OperationNotFoundError, OperationOfPastError, OperationFinishedError for one that succeeded or failed; one that is cancelled stays so */
  cancel(scope: Scope, id: string, caller: Caller): Promise<OperationRef>;
}

export function openOperationStore(
  database: Database,
  journal: Journal,
  nudges: Nudges,
  limits: Limits,
  settings: StoreSettings,
): OperationStore {
  const writing = openWriting(database, journal, nudges);
  const { append, byUser, calls } = writing;
  return {
    ...openStarting(database, writing, limits, settings),
    ...openProgress(database, writing, journal.ledgerUse),
    ...openWaiting(database, writing),

    end: (attempt, ending) =>
      append({
        sessionId: attempt.sessionId,
        operations: [attempt.number],
        withFamily: true,
        decide: (draft) => endIn(draft, holdsClaim(draft, attempt), ending, calls),
      }),

    timeOut: ({ sessionId, number }) =>
      append({
        sessionId,
        operations: [number],
        withFamily: true,
        decide(draft) {
          const operation = draft.operation(number);
          if (!operation || isTerminal(statusOf(operation)) || operation.personSince !== null) return false;
          endIn(draft, operation, { status: 'FAILED', error: failureOf(new OperationTimedOutError()) }, calls);
          return true;
        },
      }),

    cancel: (scope, id, caller) =>
      byUser(scope, id, (draft, operation) => {
        const ref = { sessionId: operation.sessionId, number: operation.number };
        const status = statusOf(operation);
        if (status === 'CANCELLED') return ref;
        if (isTerminal(status)) throw new OperationFinishedError(ref, status);
        endIn(draft, operation, { status: 'CANCELLED', by: caller.by }, calls);
        draft.audit(caller, { action: 'cancelOperation', subject: id });
        return ref;
      }),
  };
}
