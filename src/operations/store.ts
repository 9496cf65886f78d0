import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import type { Database } from '../database/client.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import {
  isTerminalEvent,
  type Failure,
  type Json,
  type JsonObject,
  type NewEvent,
  type Provisional,
  type UsagePayload,
} from '../history/event.ts';
import type { Append, Journal } from '../history/journal.ts';
import type { Nudges } from '../history/nudge.ts';
import { newSessionId, operationId, parseOperationId, type OperationRef } from '../ids.ts';
import { parseInput } from '../input.ts';
import { takesNewWork } from '../sessions/expiry.ts';
import { createSessionIn, ownSession, parseSessionId } from '../sessions/session.ts';
import { addUsage, claimIn, endIn, holdsClaim, move, operationIn, statusOf, type Attempt, type Ending } from './attempt.ts';
import type { AnyDefinition } from './definition.ts';
import {
  IdempotencyConflictError,
  OperationFinishedError,
  OperationNotFoundError,
  OperationNotRetryableError,
} from './errors.ts';
import { isTerminal } from './state-machine.ts';

/** The longest that an operation may be given: a week. */
const longestTimeoutMs = 7 * 24 * 60 * 60 * 1000;

/** The longest that a request may wait for the end of an operation: a minute. */
const longestWaitMs = 60_000;

const optionsInput = z.object({
  sessionId: z.string().nullish(),
  idempotencyKey: z
    .string()
    .min(1, 'must not be empty')
    .max(200, 'must be at most 200 characters')
    // What a database would keep otherwise than it was given could not be found again.
    .regex(/^[^\0\p{Surrogate}]*$/u, 'must be well-formed text')
    .nullish(),
  model: z.string().min(1, 'must not be empty').max(200, 'must be at most 200 characters').nullish(),
  waitMs: z.int().min(0, 'must not be negative').max(longestWaitMs, `must be at most ${longestWaitMs}`).nullish(),
  timeoutMs: z.int().min(1, 'must be at least 1').max(longestTimeoutMs, `must be at most ${longestTimeoutMs}, a week`).nullish(),
});

/** How an operation is to be started. */
export type StartOptions = z.input<typeof optionsInput>;

export interface StartRequest {
  projectId: string;
  definition: AnyDefinition;
  /** As the client gave it. */
  input: unknown;
  options: StartOptions;
}

/** An operation that was started, or that was found to have been started before by the same idempotency key. */
export interface Started extends OperationRef {
  /** Set when it was claimed along with being queued. */
  attempt: number | undefined;
  deadlineAt: Date | null;
  /** How long whoever asked wants to wait for its end. */
  waitMs: number;
  /** Whether it was there before. */
  repeated: boolean;
}

export interface NewChild {
  definition: AnyDefinition;
  /** Parsed. */
  input: JsonObject;
  position: number;
  /** The child at the same place of the operation that the parent is a retry of. */
  retryOf: number | null;
}

/** The operations, as they are written: every change of state with the events that tell of it. */
export interface OperationStore {
  /**
   * Starts an operation: in its session, or in a new one.
   *
   * @param claimBy the node that has a slot free for it: queue and claim share one commit
   * @throws InputInvalidError, SessionNotFoundError, SessionExpiredError, IdempotencyConflictError, ModelUnknownError
   */
  start(request: StartRequest, claimBy?: string): Promise<Started>;
  /** Starts a child. */
  startChild(parent: Attempt, child: NewChild): Promise<OperationRef>;
  /** @returns the attempt; undefined when somebody else was faster */
  claim(operation: OperationRef, nodeId: string): Promise<Attempt | undefined>;
  /** Puts an operation whose attempt was given up back into the queue, or fails it when it brought the process down too often. */
  recover(operation: OperationRef, crashed: boolean, failure: (crashes: number) => Failure | undefined): Promise<void>;
  startStep(attempt: Attempt, step: string, number: number): Promise<void>;
  /** Shows what a try of a step proposes. */
  propose(attempt: Attempt, step: string, number: number, events: readonly Provisional[]): Promise<void>;
  retryStep(attempt: Attempt, step: string, number: number, error: Failure, when: Date, usage: UsagePayload): Promise<void>;
  recordStep(
    attempt: Attempt,
    step: string,
    number: number,
    value: unknown,
    model: string | null,
    usage: UsagePayload,
  ): Promise<void>;
  emit(attempt: Attempt, index: number, name: string, data: Json): Promise<void>;
  /** Ends an operation as its attempt found. @throws ClaimLostError */
  end(attempt: Attempt, ending: Ending, usage: UsagePayload): Promise<void>;
  /** Ends an operation whatever its state. @returns false when it had ended already */
  fail(operation: OperationRef, error: Failure): Promise<boolean>;
  /** @throws OperationNotFoundError, OperationFinishedError for one that succeeded or failed; one that is cancelled stays so */
  cancel(projectId: string, id: string, by: string): Promise<OperationRef>;
  /** Makes a new operation that goes on from what the other one recorded. @throws OperationNotFoundError, OperationNotRetryableError, SessionExpiredError */
  retry(projectId: string, id: string, claimBy?: string): Promise<Started>;
}

/** What tells those who wait for the end of one operation. */
export const operationTopic = ({ sessionId, number }: OperationRef): string => `operation/${operationId(sessionId, number)}`;

export interface StoreSettings {
  /** Of sessions that are made along with an operation. */
  sessionTtlSeconds: number;
  /** @throws ModelUnknownError */
  canonicalModel(name: string | undefined): string;
}

export function openOperationStore(
  database: Database,
  journal: Journal,
  nudges: Nudges,
  settings: StoreSettings,
): OperationStore {
  async function append<T>(change: Append<T>): Promise<T> {
    const { answer, events } = await journal.append(change);
    for (const event of events) {
      if (event.operation !== null && isTerminalEvent(event.type))
        nudges.nudge(operationTopic({ sessionId: event.sessionId, number: event.operation }));
    }
    return answer;
  }

  /** A change by an attempt that still holds its claim. */
  const byAttempt = <T>(attempt: Attempt, decide: (draft: Draft, operation: OperationState) => T): Promise<T> =>
    append({
      sessionId: attempt.sessionId,
      operations: [attempt.number],
      decide: (draft) => decide(draft, holdsClaim(draft, attempt)),
    });

  /** A change of an operation of the project's, with all that may have to end along with it. */
  async function byUser<T>(projectId: string, id: string, decide: (draft: Draft, operation: OperationState) => T): Promise<T> {
    const ref = parseOperationId(id);
    if (!ref) throw new OperationNotFoundError(id);
    const { sessionId, number } = ref;
    const row = await database.reader.operation.findUnique({
      where: { sessionId_number: { sessionId, number } },
      select: { projectId: true },
    });
    if (row?.projectId !== projectId) throw new OperationNotFoundError(id);
    return append({
      sessionId,
      operations: [number],
      withFamily: true,
      decide: (draft) => decide(draft, operationIn(draft, ref)),
    });
  }

  const provisional = (attempt: Attempt, step: string, number: number, event: Provisional): NewEvent => {
    const { type, ...payload } = event;
    return { type, operation: attempt.number, payload: { step, try: number, ...payload } } as NewEvent;
  };

  return {
    async start({ projectId, definition, input: given, options: givenOptions }, claimBy) {
      const options = parseInput(optionsInput, givenOptions, 'options');
      const input = parseInput(definition.input, given) as JsonObject;
      const model = settings.canonicalModel(options.model ?? undefined);
      const waitMs = options.waitMs ?? 0;
      const key = options.idempotencyKey ?? undefined;
      const payloadHash = createHash('sha256')
        .update(
          stringify({
            kind: definition.kind,
            input,
            sessionId: options.sessionId ?? null,
            model: options.model ?? null,
            timeoutMs: options.timeoutMs ?? null,
          })!,
        )
        .digest('hex');
      const makesSession = options.sessionId === undefined || options.sessionId === null;
      const sessionId = makesSession ? newSessionId() : parseSessionId(options.sessionId!);
      return append<Started>({
        sessionId,
        ...(key !== undefined && { usedKey: { projectId, key } }),
        decide(draft) {
          const used = key === undefined ? undefined : draft.usedKey(projectId, key);
          if (used) {
            const { operation: number, sessionId: usedIn } = used;
            if (used.payloadHash !== payloadHash) throw new IdempotencyConflictError(key!, { sessionId: usedIn, number });
            return { sessionId: usedIn, number, attempt: undefined, deadlineAt: null, waitMs, repeated: true };
          }
          if (makesSession)
            createSessionIn(draft, projectId, { title: titleOf(input), metadata: {} }, settings.sessionTtlSeconds);
          ownSession(draft, projectId);
          takesNewWork(draft);
          const deadlineAt = options.timeoutMs ? new Date(draft.now.getTime() + options.timeoutMs) : null;
          const operation = queueIn(draft, { definition, input, model, parent: null, position: null, retryOf: null, deadlineAt });
          if (key !== undefined) draft.useKey({ projectId, key, payloadHash, operation: operation.number });
          if (claimBy !== undefined) claimIn(draft, operation, claimBy);
          return {
            sessionId,
            number: operation.number,
            attempt: claimBy === undefined ? undefined : operation.attempt,
            deadlineAt,
            waitMs,
            repeated: false,
          };
        },
      });
    },

    startChild: (parent, { definition, input, position, retryOf }) =>
      byAttempt(parent, (draft, { model, deadlineAt }) => {
        const child = queueIn(draft, { definition, input, model, parent: parent.number, position, retryOf, deadlineAt });
        if (retryOf !== null) draft.copySteps(retryOf, child.number);
        return { sessionId: parent.sessionId, number: child.number };
      }),

    claim: ({ sessionId, number }, nodeId) =>
      append({
        sessionId,
        operations: [number],
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'QUEUED') return undefined;
          claimIn(draft, operation, nodeId);
          return { sessionId, number, attempt: operation.attempt };
        },
      }),

    async recover(ref, crashed, failure) {
      const { sessionId, number } = ref;
      const steps = await database.reader.step.findMany({
        where: { sessionId, operation: number },
        select: { name: true, recordedAt: true },
      });
      await append({
        sessionId,
        operations: [number],
        withFamily: true,
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'RUNNING') return;
          if (crashed) operation.crashes++;
          const error = failure(operation.crashes);
          if (error) return endIn(draft, operation, { status: 'FAILED', error });
          move(operation, 'QUEUED');
          operation.nodeId = null;
          const named = (recorded: boolean): string[] =>
            steps.filter(({ recordedAt }) => (recordedAt !== null) === recorded).map(({ name }) => name);
          draft.append({
            type: 'OperationRecovered',
            operation: number,
            payload: { attempt: operation.attempt + 1, stepsReused: named(true), stepsRepeated: named(false) },
          });
        },
      });
    },

    startStep: (attempt, step, number) =>
      byAttempt(attempt, (draft) => {
        draft.putStep({ operation: attempt.number, name: step, try: number });
        draft.append({ type: 'StepStarted', operation: attempt.number, payload: { step, try: number } });
      }),

    propose: (attempt, step, number, events) =>
      byAttempt(attempt, (draft) => draft.append(...events.map((event) => provisional(attempt, step, number, event)))),

    retryStep: (attempt, step, number, error, when, usage) =>
      byAttempt(attempt, (draft, operation) => {
        addUsage(operation, usage);
        draft.append({
          type: 'StepRetrying',
          operation: attempt.number,
          payload: { step, try: number, error, when: when.toISOString() },
        });
      }),

    recordStep: (attempt, step, number, value, model, usage) =>
      byAttempt(attempt, (draft, operation) => {
        addUsage(operation, usage);
        draft.putStep({ operation: attempt.number, name: step, try: number, recorded: { value } });
        draft.append({ type: 'StepSucceeded', operation: attempt.number, payload: { step, try: number, model, usage } });
      }),

    emit: (attempt, index, name, data) =>
      byAttempt(attempt, (draft, operation) => {
        if (index < operation.emits) return;
        operation.emits = index + 1;
        draft.append({ type: 'DataEmitted', operation: attempt.number, payload: { name, data } });
      }),

    end: (attempt, ending, usage) =>
      append({
        sessionId: attempt.sessionId,
        operations: [attempt.number],
        withFamily: true,
        decide(draft) {
          const operation = holdsClaim(draft, attempt);
          addUsage(operation, usage);
          endIn(draft, operation, ending);
        },
      }),

    fail: ({ sessionId, number }, error) =>
      append({
        sessionId,
        operations: [number],
        withFamily: true,
        decide(draft) {
          const operation = draft.operation(number);
          if (!operation || isTerminal(statusOf(operation))) return false;
          endIn(draft, operation, { status: 'FAILED', error });
          return true;
        },
      }),

    cancel: (projectId, id, by) =>
      byUser(projectId, id, (draft, operation) => {
        const ref = { sessionId: operation.sessionId, number: operation.number };
        const status = statusOf(operation);
        if (status === 'CANCELLED') return ref;
        if (isTerminal(status)) throw new OperationFinishedError(ref, status);
        endIn(draft, operation, { status: 'CANCELLED', by });
        return ref;
      }),

    async retry(projectId, id, claimBy) {
      const ref = parseOperationId(id);
      const source =
        ref &&
        (await database.reader.operation.findUnique({
          where: { sessionId_number: ref },
          select: { input: true, createdAt: true, deadlineAt: true },
        }));
      if (!source) throw new OperationNotFoundError(id);
      return byUser<Started>(projectId, id, (draft, operation) => {
        const { sessionId, number, kind, version, model } = operation;
        const status = statusOf(operation);
        if (status !== 'FAILED' && status !== 'CANCELLED') throw new OperationNotRetryableError({ sessionId, number }, status);
        takesNewWork(draft);
        const timeoutMs = source.deadlineAt && source.deadlineAt.getTime() - source.createdAt.getTime();
        const deadlineAt = timeoutMs === null ? null : new Date(draft.now.getTime() + timeoutMs);
        const input = source.input as JsonObject;
        const created = queueIn(draft, {
          definition: { kind, version },
          input,
          model,
          parent: null,
          position: null,
          retryOf: number,
          deadlineAt,
        });
        draft.copySteps(number, created.number);
        if (claimBy !== undefined) claimIn(draft, created, claimBy);
        return {
          sessionId,
          number: created.number,
          attempt: claimBy === undefined ? undefined : created.attempt,
          deadlineAt,
          waitMs: 0,
          repeated: false,
        };
      });
    },
  };
}

interface Queued {
  definition: Pick<AnyDefinition, 'kind' | 'version'>;
  input: JsonObject;
  model: string | null;
  parent: number | null;
  position: number | null;
  retryOf: number | null;
  deadlineAt: Date | null;
}

/** Makes an operation in a draft, with its first event. */
function queueIn(draft: Draft, { definition: { kind, version }, input, ...given }: Queued): OperationState {
  const operation = draft.createOperation(
    {
      ...given,
      kind,
      version,
      status: 'QUEUED',
      attempt: 0,
      crashes: 0,
      nodeId: null,
      emits: 0,
      inputTokens: 0,
      outputTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      cost: 0,
      createdAt: draft.now,
      startedAt: null,
      finishedAt: null,
    },
    input,
  );
  draft.session.unfinished++;
  const { parent, retryOf } = given;
  draft.append({ type: 'OperationQueued', operation: operation.number, payload: { kind, input, parent, retryOf } });
  return operation;
}

/** A session that is made along with an operation is called after what is asked. */
const titleOf = ({ instruction }: JsonObject): string | null => (typeof instruction === 'string' ? firstLine(instruction) : null);

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!;
  return line.length <= 80 ? line : `${line.slice(0, 79).trimEnd()}…`;
}
