import { Prisma, type Database } from '../database/client.ts';
import { InputInvalidError } from '../errors.ts';
import type { Draft, OperationState, WaitState } from '../history/draft.ts';
import type { EventPayloads, InputRequest, Json } from '../history/event.ts';
import { queueTopic } from '../history/nudge.ts';
import { operationId, parseOperationId, reaches, type OperationRef, type Scope } from '../ids.ts';
import { json, parseInput } from '../input.ts';
import { refuseUnfit } from './answer-shape.ts';
import { clearOfCrashes, holdsClaim, move, statusOf, type Attempt } from './attempt.ts';
import { beginWaiting, stopWaiting } from './deadline.ts';
import {
  AnswerInvalidError,
  InputAlreadyReceivedError,
  OperationFinishedError,
  OperationNotFoundError,
  OperationNotWaitingError,
} from './errors.ts';
import { isTerminal } from './state-machine.ts';
import type { Writing } from './writing.ts';

/** What tells an operation that is executed that one of its waits is over. */
export const waitTopic = ({ sessionId, number }: OperationRef): string => `wait/${operationId(sessionId, number)}`;

/** What an execution begins to wait for. */
export interface NewWait {
  /** Unique among the waits of the operation. */
  name: string;
  reason: 'PERSON' | 'TIME';
  /** What a person is asked; null for a time. */
  request: InputRequest | null;
  /** When it is over at the latest: a duration from now, a time by the calendar, or never. */
  lasts: { ms: number } | { until: Date } | null;
}

/** A wait, as it is timed. */
export type TimedWait = Pick<WaitState, 'name' | 'startedAt' | 'until' | 'isCalendar'>;

export interface AnswerRequest extends Scope {
  keyId: string;
  /** Who answers, in words. */
  by: string;
  /** The id of the operation. */
  operationId: string;
  /** Which of its requests. */
  name: string;
  answer: unknown;
}

/** How operations wait for what is outside of Lion. */
export interface Waiting {
  /** Begins a wait; one of a name that is over begins again, and has no more time than it had. @throws ClaimLostError */
  openWait(attempt: Attempt, wait: NewWait): Promise<TimedWait>;
  /** Gives the claim up until one of these waits is over. @returns whether it did: not when one of them is over already. @throws ClaimLostError */
  park(attempt: Attempt, names: readonly string[]): Promise<boolean>;
  /** The time of a wait has come. One that is over already stays as it is. */
  endWait(operation: OperationRef, name: string): Promise<void>;
  /**
   * Takes a person's answer: the first that fits. Nothing is lost by one that does not.
   *
   * @throws OperationNotFoundError, OperationFinishedError, OperationNotWaitingError, InputAlreadyReceivedError, AnswerInvalidError,
   * InputInvalidError
   */
  answer(request: AnswerRequest): Promise<OperationRef>;
}

const answerInput = json(256 * 1024);

export function openWaiting(database: Database, { append, byUser }: Writing): Waiting {
  return {
    openWait: (attempt, { name, reason, request, lasts }) =>
      append({
        sessionId: attempt.sessionId,
        operations: [attempt.number],
        withWaits: true,
        decide(draft) {
          const operation = holdsClaim(draft, attempt);
          const timed = draft.wait(attempt.number, name) ?? timedFrom(draft.now, lasts);
          const wait = { ...timed, operation: attempt.number, name, reason, endedAt: null, answeredBy: null };
          draft.openWait(wait, request);
          operation.openWaits++;
          clearOfCrashes(operation);
          if (request) {
            const payload = { name, ...request, until: wait.until?.toISOString() ?? null };
            draft.append({ type: 'InputRequested', operation: attempt.number, payload });
          }
          return wait;
        },
      }),

    park: (attempt, names) =>
      append({
        sessionId: attempt.sessionId,
        operations: [attempt.number],
        withFamily: true,
        withWaits: true,
        decide(draft) {
          const operation = holdsClaim(draft, attempt);
          const waits = names.map((name) => draft.wait(attempt.number, name));
          if (waits.some((wait) => wait?.endedAt !== null)) return false;
          const open = waits as WaitState[];
          const reason = open.some((wait) => wait.reason === 'PERSON') ? 'PERSON' : 'TIME';
          const untils = open.flatMap(({ until }) => until?.getTime() ?? []);
          const until = untils.length === 0 ? null : new Date(Math.min(...untils)).toISOString();
          move(operation, 'WAITING');
          operation.nodeId = null;
          beginWaiting(draft, operation, reason);
          const payload = { reason, names: [...names], until } satisfies EventPayloads['OperationWaiting'];
          draft.append({ type: 'OperationWaiting', operation: attempt.number, payload });
          return true;
        },
      }),

    endWait: ({ sessionId, number }, name) =>
      append({
        sessionId,
        operations: [number],
        withFamily: true,
        withWaits: true,
        decide(draft) {
          const operation = draft.operation(number);
          const wait = draft.wait(number, name);
          if (!operation || isTerminal(statusOf(operation)) || !wait || wait.endedAt !== null) return;
          if (wait.reason === 'PERSON') draft.append({ type: 'InputExpired', operation: number, payload: { name } });
          draft.endWait({ ...wait, endedAt: draft.now });
          resumeIn(draft, operation, name);
        },
      }),

    async answer({ projectId, onlySession, keyId, by, operationId: id, name, answer: given }) {
      const answer = parseInput(answerInput, given, 'input.answer');
      const ref = parseOperationId(id);
      if (!ref || !reaches({ projectId, onlySession }, ref.sessionId)) throw new OperationNotFoundError(id);
      const { sessionId, number } = ref;
      const [asked] = await database.query<{ request: string | null }>(Prisma.sql`
        SELECT "request" FROM "Wait" JOIN "Operation" ON "Operation"."sessionId" = "Wait"."sessionId" AND "number" = "operation"
        WHERE "Wait"."sessionId" = ${sessionId} AND "operation" = ${number} AND "Wait"."name" = ${name}
          AND "projectId" = ${projectId}`);
      // Whether it is still asked counts for more than whether the answer fits.
      const complaint = asked?.request == null ? undefined : complaintOf(JSON.parse(asked.request) as InputRequest, name, answer);
      return byUser(
        { projectId, onlySession },
        id,
        (draft, operation) => {
          const status = statusOf(operation);
          const wait = draft.wait(number, name);
          if (wait?.answeredBy != null) throw new InputAlreadyReceivedError(ref, name, wait.answeredBy);
          if (isTerminal(status)) throw new OperationFinishedError(ref, status);
          if (!wait || wait.reason !== 'PERSON' || wait.endedAt !== null) throw new OperationNotWaitingError(ref, name);
          if (complaint) throw complaint;
          draft.audit({ keyId, by }, { action: 'answerOperation', subject: id, details: { name } });
          draft.append({ type: 'InputReceived', operation: number, payload: { name, answer, by, keyId } });
          draft.endWait({ ...wait, endedAt: draft.now, answeredBy: by }, { value: answer });
          resumeIn(draft, operation, name);
          return ref;
        },
        { withWaits: true },
      );
    },
  };
}

function timedFrom(now: Date, lasts: NewWait['lasts']): Pick<WaitState, 'startedAt' | 'until' | 'isCalendar'> {
  if (lasts !== null && 'until' in lasts) return { startedAt: now, until: lasts.until, isCalendar: true };
  return { startedAt: now, until: lasts && new Date(now.getTime() + lasts.ms), isCalendar: false };
}

/** One of the waits of an operation is over: it goes on, if it had given its claim up. */
function resumeIn(draft: Draft, operation: OperationState, name: string): void {
  operation.openWaits--;
  if (statusOf(operation) === 'WAITING') {
    stopWaiting(draft, operation);
    move(operation, 'QUEUED');
    operation.readyAt = draft.now;
    draft.append({ type: 'OperationResumed', operation: operation.number, payload: { name } });
    draft.nudge(queueTopic);
  }
  draft.nudge(waitTopic(operation));
}

/** What is wrong with an answer, field by field. */
function complaintOf({ schema }: InputRequest, name: string, answer: Json): AnswerInvalidError | undefined {
  try {
    refuseUnfit(answer, schema);
    return undefined;
  } catch (error) {
    if (error instanceof InputInvalidError) return new AnswerInvalidError(name, error.issues);
    throw error;
  }
}
