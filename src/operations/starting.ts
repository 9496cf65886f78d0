import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import type { Limits as AccessLimits } from '../access/limits.ts';
import { hasRoomForOperation, hasRoomForSession } from '../access/room.ts';
import type { Database } from '../database/client.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import type { JsonObject } from '../history/event.ts';
import { asStored } from '../history/journal-statements.ts';
import { newSessionId, parseOperationId, reaches, type OperationRef, type Scope, type SessionId } from '../ids.ts';
import { nothingBefore, operationBudget, setLimitsIn, type Limits } from '../access/budget-limits.ts';
import { parseInput } from '../input.ts';
import { originNow, type Origin } from '../origin.ts';
import { takesNewWork } from '../sessions/expiry.ts';
import { onBusyInput, defaultOnBusy, type OnBusy } from '../sessions/on-busy.ts';
import { SessionNotFoundError } from '../sessions/errors.ts';
import { operationsIn } from '../sessions/scope.ts';
import { createSessionIn, ownSession, parseSessionId } from '../sessions/session.ts';
import { claimIn, claimOf, statusOf, type Attempt, type Claim } from './attempt.ts';
import { openCounting } from './counting.ts';
import type { AnyDefinition } from './definition.ts';
import { IdempotencyConflictError, OperationNotFoundError, OperationNotRetryableError } from './errors.ts';
import { placeIn, unfinishedFor } from './session-order.ts';
import { missing, type Writing } from './writing.ts';

/** The longest that an operation may be given: a week. */
const longestTimeoutMs = 7 * 24 * 60 * 60 * 1000;

/** The longest that a request may wait for the end of an operation: a minute. */
const longestWaitMs = 60_000;

/** How an operation is started, as a client says it. */
export const optionsInput = z.object({
  sessionId: z.string().nullish().describe('The session that it belongs to; without it, one is made.'),
  idempotencyKey: z
    .string()
    .min(1, 'must not be empty')
    .max(200, 'must be at most 200 characters')
    // What a database would keep otherwise than it was given could not be found again.
    .regex(/^[^\0\p{Surrogate}]*$/u, 'must be well-formed text')
    .nullish(),
  model: z
    .string()
    .min(1, 'must not be empty')
    .max(2500, 'must be at most 2500 characters')
    .nullish()
    .describe(
      'The model to ask: `provider/name`, or `builtin`; or several with commas between them, each asked when those before it have failed. Left out: what the server is configured for.',
    ),
  waitMs: z.int().min(0, 'must not be negative').max(longestWaitMs, `must be at most ${longestWaitMs}`).nullish(),
  reasoning: z.boolean().nullish().describe('Whether what models say of their reasoning is kept in the history.'),
  onBusy: onBusyInput.nullish().describe('What it does where its session is busy. Left out: what the session says.'),
  budget: operationBudget.nullish().describe('What it and its descendants may use. A model call that may need more is not made.'),
  timeoutMs: z
    .int()
    .min(1, 'must be at least 1')
    .max(longestTimeoutMs, `must be at most ${longestTimeoutMs}, a week`)
    .nullish()
    .describe('The operation fails unless it ends within this time, in ms; what is spent waiting for a slot counts.'),
});

/** How an operation is to be started. */
export type StartOptions = z.input<typeof optionsInput>;

export interface StartRequest extends Scope {
  /** The key that asks: what is used goes on its account. */
  keyId?: string | undefined;
  /** Who asks, for the history. */
  by?: string | undefined;
  definition: AnyDefinition;
  /** As the client gave it. */
  input: unknown;
  options: StartOptions;
}

/** An operation that was started, or that was found to have been started before by the same idempotency key. */
export interface Started extends OperationRef {
  /** Set when it was claimed along with being queued. */
  claim: Claim | undefined;
  /** How long it may take; null for ever, and where it was there before. */
  timeoutMs: number | null;
  /** What there is to execute, where it was claimed and has recorded nothing: then nobody need read it. */
  claimed: { kind: string; input: JsonObject; model: string | null; reasoning: boolean } | undefined;
  /** How long whoever asked wants to wait for its end. */
  waitMs: number;
  /** Whether it was there before. */
  repeated: boolean;
}

export interface NewChild {
  definition: AnyDefinition;
  /** Parsed. */
  input: JsonObject;
  /** Its place among the children that have no name; null for one that has. */
  position: number | null;
  name: string | null;
  /** The child at the same place of the operation that the parent is a retry of. */
  retryOf: number | null;
}

export interface RetryRequest extends Scope {
  keyId?: string | undefined;
  /** Who asks, for the history. */
  by?: string | undefined;
  id: string;
  /** @default what the operation was started with */
  onBusy?: OnBusy | null | undefined;
  /** @default as much as the operation was started with */
  budget?: z.input<typeof operationBudget> | null | undefined;
}

export interface StoreSettings {
  /** Of sessions that are made along with an operation. */
  sessionTtlSeconds: number;
  /** @throws ModelUnknownError */
  canonicalModel(name: string | undefined): string;
}

/** The ways in which an operation comes to be. */
export interface Starting {
  /**
   * Starts an operation: in its session, or in a new one.
   *
   * @param claimBy the node that has a slot free for it: queue and claim share one commit
   * @throws InputInvalidError, SessionNotFoundError, SessionExpiredError, SessionBusyError, IdempotencyConflictError, ModelUnknownError,
   * RateLimitedError, TooManyOperationsError, TooManySessionsError
   */
  start(request: StartRequest, claimBy?: string): Promise<Started>;
  /** Starts a child. */
  startChild(parent: Attempt, child: NewChild): Promise<OperationRef>;
  /**
   * Makes a new operation that goes on from what the other one recorded.
   *
   * @throws OperationNotFoundError, OperationOfPastError, OperationNotRetryableError, SessionExpiredError, SessionBusyError, RateLimitedError,
   * TooManyOperationsError
   */
  retry(request: RetryRequest, claimBy?: string): Promise<Started>;
}

export function openStarting(
  database: Database,
  { append, byRecording, byUser, calls }: Writing,
  limits: AccessLimits,
  settings: StoreSettings,
): Starting {
  const { counted } = openCounting(database, limits);
  return {
    async start({ projectId, onlySession, keyId = null, by, definition, input: given, options: givenOptions }, claimBy) {
      const options = withinReach(onlySession, parseInput(optionsInput, givenOptions, 'options'));
      // What is executed at once has to be what a replay would read.
      const input = asStored(parseInput(definition.input, given) as JsonObject);
      const model = settings.canonicalModel(options.model ?? undefined);
      const waitMs = options.waitMs ?? 0;
      const origin = originNow();
      const key = options.idempotencyKey ?? undefined;
      // Who sees that session alone is told nothing of the keys that others of the project used.
      const usedKey = key === undefined || onlySession === undefined ? key : `${onlySession} ${key}`;
      const payloadHash = createHash('sha256')
        .update(
          stringify({
            kind: definition.kind,
            input,
            sessionId: options.sessionId ?? null,
            model: options.model ?? null,
            timeoutMs: options.timeoutMs ?? null,
            // Left out where it is not asked for: payloads that were hashed before there was such an option stay the same.
            ...(options.reasoning && { reasoning: true }),
            ...(options.onBusy && { onBusy: options.onBusy }),
            ...(options.budget && { budget: options.budget }),
          })!,
        )
        .digest('hex');
      const makesSession = options.sessionId === undefined || options.sessionId === null;
      const sessionId = makesSession ? newSessionId() : parseSessionId(options.sessionId!);
      const onBusy = options.onBusy ?? null;
      const owner = { projectId, keyId };
      const allowance = await limits.stored(owner);
      return counted(owner, key, () =>
        append<Started>({
          sessionId,
          unfinished: unfinishedFor(onBusy),
          ...(usedKey !== undefined && { usedKey: { projectId, key: usedKey } }),
          decide(draft) {
            const used = usedKey === undefined ? undefined : draft.usedKey(projectId, usedKey);
            if (used) {
              const { operation: number, sessionId: usedIn } = used;
              if (used.payloadHash !== payloadHash) throw new IdempotencyConflictError(key!, { sessionId: usedIn, number });
              return {
                sessionId: usedIn,
                number,
                claim: undefined,
                claimed: undefined,
                timeoutMs: null,
                waitMs,
                repeated: true,
              };
            }
            if (makesSession) hasRoomForSession(draft, owner, allowance);
            if (makesSession)
              createSessionIn(
                draft,
                owner,
                { title: titleOf(input), metadata: {} },
                { ttlSeconds: settings.sessionTtlSeconds, onBusy: defaultOnBusy },
              );
            ownSession(draft, projectId);
            takesNewWork(draft);
            const timeoutMs = options.timeoutMs ?? null;
            const reasoning = options.reasoning ?? false;
            const queued = { ...topLevel, ...origin, definition, input, keyId, model, onBusy, reasoning, timeoutMs };
            const operation = placeIn(
              draft,
              onBusy,
              by === undefined ? undefined : { by, keyId: keyId ?? undefined },
              (readyAt) => queueIn(draft, { ...queued, readyAt }),
              calls,
              (ending) => hasRoomForOperation(draft, owner, allowance, ending),
            );
            if (options.budget) giveBudget(draft, operation, options.budget);
            const claims = claimBy !== undefined && operation.readyAt !== null;
            if (key !== undefined) draft.useKey({ projectId, key: usedKey!, payloadHash, operation: operation.number });
            if (claims) claimIn(draft, operation, claimBy);
            return {
              sessionId,
              number: operation.number,
              claim: claims ? claimOf(operation) : undefined,
              claimed: claims ? { kind: definition.kind, input, model, reasoning } : undefined,
              timeoutMs,
              waitMs,
              repeated: false,
            };
          },
        }),
      );
    },

    startChild(parent, { retryOf, ...given }) {
      const { traceparent } = originNow();
      return byRecording(parent, (draft, { keyId, model, reasoning, budgetOf, requestId }) => {
        const child = queueIn(draft, {
          ...given,
          requestId,
          traceparent,
          keyId,
          model,
          onBusy: null,
          reasoning,
          parent: parent.number,
          retryOf,
          timeoutMs: null,
          readyAt: draft.now,
          budgetOf,
        });
        if (retryOf !== null) draft.copySteps(retryOf, child.number);
        return { sessionId: parent.sessionId, number: child.number };
      });
    },

    async retry({ projectId, onlySession, keyId = null, by, id, onBusy: given, budget: givenBudget }, claimBy) {
      const budget = givenBudget && parseInput(operationBudget, givenBudget, 'budget');
      const ref = parseOperationId(id);
      const source =
        ref &&
        (await database.reader.operation.findUnique({
          where: { sessionId_number: ref, ...operationsIn({ projectId, onlySession }) },
          select: { input: true, onBusy: true },
        }));
      if (!ref || !reaches({ projectId, onlySession }, ref.sessionId)) throw new OperationNotFoundError(id);
      if (!source) throw await missing(database, projectId, ref);
      const onBusy = given ?? (source.onBusy as OnBusy | null);
      const origin = originNow();
      const owner = { projectId, keyId };
      const allowance = await limits.stored(owner);
      const decide = (draft: Draft, operation: OperationState): Started => {
        const { sessionId, number, kind, version, model, reasoning, timeoutMs } = operation;
        const status = statusOf(operation);
        if (status !== 'FAILED' && status !== 'CANCELLED') throw new OperationNotRetryableError({ sessionId, number }, status);
        takesNewWork(draft);
        const input = source.input as JsonObject;
        const definition = { kind, version };
        const from = { ...topLevel, ...origin, retryOf: number };
        const retried = { ...from, definition, input, keyId, model, onBusy, reasoning, timeoutMs };
        const created = placeIn(
          draft,
          onBusy,
          by === undefined ? undefined : { by, keyId: keyId ?? undefined },
          (readyAt) => queueIn(draft, { ...retried, readyAt }),
          calls,
          (ending) => hasRoomForOperation(draft, owner, allowance, ending),
        );
        draft.copySteps(number, created.number);
        const again = budget ?? limitsOf(draft, operation);
        if (again) giveBudget(draft, created, again);
        const claims = claimBy !== undefined && created.readyAt !== null;
        if (claims) claimIn(draft, created, claimBy);
        return {
          sessionId,
          number: created.number,
          claim: claims ? claimOf(created) : undefined,
          claimed: undefined,
          timeoutMs,
          waitMs: 0,
          repeated: false,
        };
      };
      return counted(owner, undefined, () =>
        byUser({ projectId, onlySession }, id, decide, { unfinished: unfinishedFor(onBusy) }),
      );
    },
  };
}

interface Queued extends Origin {
  definition: Pick<AnyDefinition, 'kind' | 'version'>;
  input: JsonObject;
  keyId: string | null;
  model: string | null;
  onBusy: OnBusy | null;
  reasoning: boolean;
  parent: number | null;
  position: number | null;
  name: string | null;
  retryOf: number | null;
  timeoutMs: number | null;
  readyAt: Date | null;
  budgetOf: number | null;
}

/** What no other operation started. */
const topLevel = { parent: null, position: null, name: null, retryOf: null, budgetOf: null };

/** What its descendants use counts in it, too. */
function giveBudget(draft: Draft, operation: OperationState, limits: Limits): void {
  const { sessionId, number } = operation;
  operation.budgetOf = number;
  setLimitsIn(draft.ledger, { sessionId, operation: number }, 'TOTAL', limits, nothingBefore);
}

/** The budget that an operation uses: also where that is the one of what started it. */
function limitsOf({ ledger }: Draft, { sessionId, budgetOf }: OperationState): Limits | undefined {
  if (budgetOf === null) return undefined;
  const limits: Limits = {};
  for (const { unit, limit } of ledger.budgets({ sessionId, operation: budgetOf }))
    limits[unit === 'TOKENS' ? 'tokens' : 'costMicroUsd'] = limit;
  return Object.keys(limits).length === 0 ? undefined : limits;
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
      suspicion: 0,
      nodeId: null,
      emits: 0,
      inputTokens: 0,
      outputTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      cost: 0,
      queuedSeq: 0,
      endedSeq: null,
      createdAt: draft.now,
      startedAt: null,
      finishedAt: null,
      deadlineAt: given.timeoutMs === null ? null : new Date(draft.now.getTime() + given.timeoutMs),
      waitingFor: null,
      openWaits: 0,
      personWaits: 0,
      personSince: null,
    },
    input,
  );
  draft.session.unfinished++;
  const { parent, name, retryOf } = given;
  draft.append({ type: 'OperationQueued', operation: operation.number, payload: { kind, input, parent, name, retryOf } });
  return operation;
}

/** For who sees one session alone, it is the session of all that is started. @throws SessionNotFoundError for any other */
function withinReach<Options extends { sessionId?: string | null | undefined }>(
  onlySession: SessionId | undefined,
  options: Options,
): Options {
  if (onlySession === undefined) return options;
  const { sessionId } = options;
  if (sessionId != null && sessionId !== onlySession) throw new SessionNotFoundError(sessionId);
  return { ...options, sessionId: onlySession };
}

/** A session that is made along with an operation is called after what is asked. */
const titleOf = ({ instruction }: JsonObject): string | null => (typeof instruction === 'string' ? firstLine(instruction) : null);

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!;
  return line.length <= 80 ? line : `${line.slice(0, 79).trimEnd()}…`;
}
