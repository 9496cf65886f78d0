import { Prisma, type Database } from '../database/client.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import type { Append } from '../history/append.ts';
import { isTerminalEvent } from '../history/event.ts';
import type { Journal } from '../history/journal.ts';
import { queueTopic, type Nudges } from '../history/nudge.ts';
import { operationId, parseOperationId, reaches, type OperationRef, type Scope } from '../ids.ts';
import { clearOfCrashes, holdsClaim, operationIn, type Attempt } from './attempt.ts';
import { OperationNotFoundError, OperationOfPastError } from './errors.ts';
import { OpenCalls } from './open-calls.ts';

/** What tells those who wait for the end of one operation. */
export const operationTopic = ({ sessionId, number }: OperationRef): string => `operation/${operationId(sessionId, number)}`;

/** How changes of operations are written: each with its guard, and with a nudge for those who wait for an end. */
export interface Writing {
  /** What model calls have used that is not booked yet. */
  readonly calls: OpenCalls;
  append<T>(change: Append<T>): Promise<T>;
  /** A change by an attempt that still holds its claim. @throws ClaimLostError */
  byAttempt<T>(attempt: Attempt, decide: (draft: Draft, operation: OperationState) => T): Promise<T>;
  /** A change by which an attempt records something new: whatever it is suspected of, it has got past that. @throws ClaimLostError */
  byRecording<T>(attempt: Attempt, decide: (draft: Draft, operation: OperationState) => T): Promise<T>;
  /** A change of an operation of the project's, with all that may have to end along with it. @throws OperationNotFoundError */
  byUser<T>(
    scope: Scope,
    id: string,
    decide: (draft: Draft, operation: OperationState) => T,
    more?: Pick<Append<T>, 'withWaits' | 'unfinished'>,
  ): Promise<T>;
}

export function openWriting(database: Database, journal: Journal, nudges: Nudges): Writing {
  async function append<T>(change: Append<T>): Promise<T> {
    const { answer, events } = await journal.append(change);
    for (const event of events) {
      if (event.operation !== null && isTerminalEvent(event.type))
        nudges.nudge(operationTopic({ sessionId: event.sessionId, number: event.operation }));
    }
    return answer;
  }

  const byAttempt = <T>(attempt: Attempt, decide: (draft: Draft, operation: OperationState) => T): Promise<T> =>
    append({
      sessionId: attempt.sessionId,
      operations: [attempt.number],
      decide: (draft) => decide(draft, holdsClaim(draft, attempt)),
    });

  async function byRecording<T>(attempt: Attempt, decide: (draft: Draft, operation: OperationState) => T): Promise<T> {
    let wasSuspect = false;
    const answer = await byAttempt(attempt, (draft, operation) => {
      wasSuspect = operation.suspicion > 0;
      clearOfCrashes(operation);
      return decide(draft, operation);
    });
    // Other suspects may have waited for it.
    if (wasSuspect) nudges.nudge(queueTopic);
    return answer;
  }

  const byUser: Writing['byUser'] = async (scope, id, decide, more = {}) => {
    const ref = parseOperationId(id);
    if (!ref || !reaches(scope, ref.sessionId)) throw new OperationNotFoundError(id);
    const { projectId } = scope;
    const { sessionId, number } = ref;
    const row = await database.reader.operation.findUnique({
      where: { sessionId_number: { sessionId, number } },
      select: { projectId: true },
    });
    if (row?.projectId !== projectId) throw await missing(database, projectId, ref);
    return append({
      sessionId,
      operations: [number],
      withFamily: true,
      ...more,
      decide: (draft) => decide(draft, operationIn(draft, ref)),
    });
  };

  return { calls: new OpenCalls(), append, byAttempt, byRecording, byUser };
}

/** Why there is no operation of the project's to be changed: it may be one that is only to be read. */
export async function missing(
  database: Pick<Database, 'query'>,
  projectId: string,
  { sessionId, number }: OperationRef,
): Promise<OperationNotFoundError | OperationOfPastError> {
  const inPast = await database.query(Prisma.sql`
    SELECT 1 FROM "Session" JOIN "Fork" ON "Fork"."sessionId" = "Session"."id"
    WHERE "Session"."id" = ${sessionId} AND "projectId" = ${projectId} AND "Fork"."operation" >= ${number}`);
  return inPast.length > 0
    ? new OperationOfPastError({ sessionId, number })
    : new OperationNotFoundError(operationId(sessionId, number));
}
