import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Prisma } from '../database/client.ts';
import { StorageError } from '../database/errors.ts';
import { LionError } from '../errors.ts';
import type { Failure, JsonObject } from '../history/event.ts';
import { queueTopic } from '../history/nudge.ts';
import { newFaultId, newNodeId, operationId, type OperationRef, type SessionId } from '../ids.ts';
import type { Attempt, Claim, Ending } from '../operations/attempt.ts';
import { ClaimLostError, DefinitionUnknownError, failureOf, OperationError, ServerStoppingError } from '../operations/errors.ts';
import { untilEndIsTold } from '../operations/ending.ts';
import type { RetryRequest, Started, StartRequest } from '../operations/starting.ts';
import { operationTopic } from '../operations/writing.ts';
import { activeSpan, inNoScene, inScene, inSpan, tellAbout, traceIdOf, type Span, type Tracer } from '../origin.ts';
import { Alarms } from './alarms.ts';
import { openDeadlines } from './deadlines.ts';
import { Execution, type ExecutionServices } from './execution.ts';
import { readLeftBehind } from './left-behind.ts';
import { nothingRecorded, readRecorded } from './recorded.ts';
import { HeldSlot, Slots } from './slots.ts';
import { judgeCrash, openSuspects } from './suspects.ts';
import { openWaitAlarms } from './wait-alarms.ts';
import { ParkedError } from './waits.ts';

export interface AgentSettings {
  /** How many operations are worked on at a time. */
  concurrency: number;
  /** How often an operation may take its process down with it. */
  maxCrashes: number;
}

/** What claims queued operations and executes them, as many at a time as it has slots. */
export interface Agent {
  /** Takes up what a former process left behind, and then whatever is queued. */
  open(): Promise<void>;
  /**
   * Starts an operation; where a slot is free, it is queued and claimed in one commit. Then waits for its end, as long as the
   * options say. Throws as `OperationStore.start` does.
   *
   * @param signal fires when nobody waits any more: the operation goes on regardless
   */
  start(request: StartRequest, signal?: AbortSignal): Promise<Started>;
  /**
   * Waits until an operation has ended, or the time is over, or the signal fires, or Lion stops.
   *
   * @param waitMs as many as it takes, whatever the options of a start are limited to
   */
  untilEnded(operation: OperationRef, waitMs: number, signal?: AbortSignal): Promise<void>;
  /** Throws as `OperationStore.retry` does. */
  retry(request: RetryRequest): Promise<Started>;
  /** Stops what runs in a session that is no more. */
  abandonSession(sessionId: SessionId): void;
  /** How many operations are being executed. */
  readonly running: number;
  /** Whether it is about to stop, or has. */
  readonly isStopping: boolean;
  /**
   * Starts nothing more, and gives what runs some time to end. What has not ended by then is stopped, and handed back for the next
   * process to go on with: also what does not heed its signal.
   */
  stop(patience: StopPatience): Promise<void>;
  /** Stops all work at once, and hands it back. */
  close(): Promise<void>;
}

export interface StopPatience {
  /** How long what runs may go on. */
  workMs: number;
  /** How long it may then take to stop. */
  unwindMs: number;
}

/** What a stop at once gives to what has to stop with it. */
const atOnce: StopPatience = { workMs: 0, unwindMs: 5000 };

/** How long nothing has to be at work before a stop takes it that nothing goes on: whoever waits for a child needs a moment. */
const idleMs = 50;

interface Running extends Attempt {
  slot: HeldSlot;
  controller: AbortController;
  done: Promise<void>;
}

const interruption: Failure = { code: 'INTERRUPTED', message: 'The operation was interrupted.', retryable: true };

/** Made once: each would take the stack along, for nobody to read. */
const ended = new DOMException('The operation has ended', 'AbortError');

/** How long to wait before a storage that is at fault is tried again. */
const storagePauseMs = 1000;

export function openAgent(
  given: Omit<ExecutionServices, 'armWait'> & { clock: Clock },
  settings: AgentSettings,
  logger: Logger,
  tracer?: Tracer,
): Agent {
  const { database, nudges, store, clock } = given;
  const nodeId = newNodeId();
  const running = new Map<string, Running>();
  const starting = new Set<Promise<Started>>();
  const alarms = new Alarms(clock);
  const deadlines = openDeadlines(given, alarms, (operation) => {
    void persist(logger, async () => void (await store.timeOut(operation)));
  });
  const waitAlarms = openWaitAlarms(given, alarms, (operation, name) => {
    void persist(logger, () => store.endWait(operation, name));
  });
  const services: ExecutionServices = { ...given, armWait: (operation, wait) => waitAlarms.arm(operation, wait) };
  /** Whether anything may be queued: false only once a look has found nothing more, and nothing was queued since. */
  let mayBeQueued = true;
  let isStopping = false;
  let onFree = (): void => {
    if (mayBeQueued) void pump();
  };
  const slots = new Slots(settings.concurrency, () => onFree());
  const suspects = openSuspects(
    database,
    ({ sessionId, number }) => running.get(operationId(sessionId, number))?.slot.isHeld === true,
    () => void pump(),
  );
  const closing = new AbortController();
  // As many listen as wait for the end of an operation.
  setMaxListeners(0, closing.signal);
  let pumping: Promise<void> | undefined;
  let again = false;

  /**
   * Claims what is queued, while slots are free. What has been ready for longest comes first: of a session whose operations
   * wait for each other, the next one stands behind what was ready before its turn came.
   */
  async function pump(): Promise<void> {
    mayBeQueued = true;
    again = true;
    // Whoever sets it off has no part in what is claimed.
    pumping ??= inNoScene(async () => {
      while (again && !isStopping) {
        again = false;
        await claimQueued();
      }
    })
      .catch((error: unknown) => {
        logger.error({ err: error }, 'queued operations could not be claimed; trying again');
        setTimeout(() => void pump(), storagePauseMs).unref();
      })
      .finally(() => (pumping = undefined));
    await pumping;
  }

  async function claimQueued(): Promise<void> {
    const { free } = slots;
    if (free === 0) return;
    mayBeQueued = false;
    const suspect = await suspects.next();
    const others = await database.query<OperationRef>(Prisma.sql`
      SELECT "sessionId", "number" FROM "Operation" WHERE "status" = 'QUEUED' AND "readyAt" IS NOT NULL ${suspects.others}
      ORDER BY "readyAt", "sessionId", "number" LIMIT ${free - suspect.length}`);
    const queued = [...suspect, ...others];
    await Promise.all(
      queued.map(async (ref) => {
        if (!slots.tryTake()) return;
        const claim = await store.claim(ref, nodeId).catch((error: unknown) => {
          slots.release();
          throw error;
        });
        if (claim) execute(claim);
        else slots.release();
      }),
    );
    if (queued.length === free || suspects.mayBe) mayBeQueued = true;
    if (queued.length > 0 && slots.free > 0) again = true;
  }

  /** Executes what was claimed, with the slot that was taken for it. */
  function execute(claim: Claim, claimed?: Started['claimed']): void {
    const { kind, origin, ...attempt } = claim;
    const id = operationId(attempt.sessionId, attempt.number);
    const { requestId } = origin;
    const span = tracer?.begin(`operation ${kind}`, origin.traceparent, {
      kind: 'CONSUMER',
      attributes: {
        'lion.operation.id': id,
        'lion.operation.kind': kind,
        'lion.operation.attempt': attempt.attempt,
        'lion.session.id': attempt.sessionId,
        'lion.request.id': requestId,
      },
    });
    const traceId = span?.traceId ?? traceIdOf(origin.traceparent);
    const log = logger.child({
      operation: id,
      session: attempt.sessionId,
      attempt: attempt.attempt,
      ...(requestId !== null && { request: requestId }),
      ...(traceId !== undefined && { trace_id: traceId }),
    });
    const controller = new AbortController();
    // As many listen as calls are under way side by side.
    setMaxListeners(0, controller.signal);
    const slot = new HeldSlot(slots, controller.signal);
    // Whoever ends the operation from outside stops the work with it.
    const stopListening = nudges.listen(operationTopic(attempt), () => controller.abort(ended));
    const done = inScene({ requestId, span, about: {} }, () => work(attempt, claimed, controller, slot, log, span)).finally(
      () => {
        // Where somebody else ended it, or it is handed back.
        span?.end();
        stopListening();
        store.callsEnded(attempt);
        running.delete(id);
        slot.end();
      },
    );
    running.set(id, { ...attempt, slot, controller, done });
  }

  async function work(
    attempt: Attempt,
    claimed: Started['claimed'],
    controller: AbortController,
    slot: HeldSlot,
    log: Logger,
    span: Span | undefined,
  ): Promise<void> {
    try {
      const output = await replay(attempt, claimed, controller, slot, log);
      await end(attempt, { status: 'SUCCEEDED', output }, log);
      span?.set({ 'lion.operation.status': 'SUCCEEDED' });
    } catch (error) {
      if (error instanceof ParkedError) return span?.set({ 'lion.operation.status': 'WAITING' });
      if (error instanceof StorageError) return handBack(attempt, log);
      if (closing.signal.aborted) return handBack(attempt, log);
      if (error instanceof ClaimLostError) return;
      // Where somebody else has ended it, which is what aborts the work, this is refused.
      const interrupted = controller.signal.aborted && error instanceof Error && error.name === 'AbortError';
      const partialOutput = error instanceof OperationError ? error.partialOutput : undefined;
      const failed = interrupted ? interruption : failure(error, log);
      if (await end(attempt, { status: 'FAILED', error: failed, partialOutput }, log)) {
        span?.set({ 'lion.operation.status': 'FAILED' });
        span?.end(failed.code);
      } else if (span) span.set({ 'lion.operation.status': await statusOf(attempt) });
    }
  }

  async function replay(
    attempt: Attempt,
    claimed: Started['claimed'],
    controller: AbortController,
    slot: HeldSlot,
    log: Logger,
  ): Promise<JsonObject> {
    const { kind, recorded } = claimed ? nothingRecorded(claimed) : await readRecorded(database, attempt);
    const definition = services.definition(kind);
    if (!definition) throw new DefinitionUnknownError(kind);
    return new Execution(services, attempt, definition, recorded, slot, controller, log).run();
  }

  /** Stores how an attempt ended, however long the storage needs to take it. @returns whether it was this attempt that ended it */
  async function end(attempt: Attempt, ending: Ending, log: Logger): Promise<boolean> {
    let hasEnded = false;
    await persist(log, async () => {
      try {
        await store.end(attempt, ending);
        hasEnded = true;
      } catch (error) {
        if (error instanceof LionError && !(error instanceof StorageError)) return;
        throw error;
      }
    });
    return hasEnded;
  }

  /** How an operation stands that others have ended. @returns undefined where it cannot be known */
  async function statusOf({ sessionId, number }: OperationRef): Promise<string | undefined> {
    const found = database.query<{ status: string }>(
      Prisma.sql`SELECT "status" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${number}`,
    );
    return (await found.catch(() => []))[0]?.status;
  }

  /** Gives the attempt up: the operation goes back to the queue, with all that it recorded. */
  async function handBack(ref: OperationRef, log: Logger): Promise<void> {
    await persist(log, async () => void (await store.recover(ref)));
    void pump();
  }

  async function persist(log: Logger, write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        log.error({ err: error }, 'the state of an operation could not be stored; trying again');
        if (closing.signal.aborted) return;
        await delay(storagePauseMs, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  function failure(error: unknown, log: Logger): Failure {
    if (error instanceof LionError) return failureOf(error);
    const faultId = newFaultId();
    log.error({ err: error, faultId }, 'an operation failed for a reason that its definition did not foresee');
    return {
      code: 'INTERNAL',
      message: `The operation failed for an unforeseen reason. The server's log has it as ${faultId}.`,
      retryable: false,
    };
  }

  /** Starts something new. What comes from no request that is traced begins a trace of its own. */
  async function dispatch(begin: (claimBy: string | undefined) => Promise<Started>): Promise<Started> {
    const span = activeSpan() ? undefined : tracer?.begin('start operation', null, { kind: 'PRODUCER' });
    const started = await (span ? inSpan(span, () => dispatchNow(begin)) : dispatchNow(begin));
    const { sessionId, number } = started;
    tellAbout({ session: sessionId, operation: operationId(sessionId, number) });
    return started;
  }

  /** Starts it in a slot, where one is free. */
  async function dispatchNow(begin: (claimBy: string | undefined) => Promise<Started>): Promise<Started> {
    if (isStopping) throw new ServerStoppingError();
    const hasSlot = slots.tryTake();
    const beginning = begin(hasSlot ? nodeId : undefined);
    starting.add(beginning);
    let started: Started;
    try {
      started = await beginning;
    } catch (error) {
      if (hasSlot) slots.release();
      throw error;
    } finally {
      starting.delete(beginning);
    }
    const { sessionId, number, claim, claimed, timeoutMs } = started;
    if (timeoutMs !== null) deadlines.arm({ sessionId, number }, timeoutMs);
    if (claim) execute(claim, claimed);
    else if (hasSlot) slots.release();
    else void pump();
    return started;
  }

  /** Waits until an operation has ended, or whoever asked waits no longer. What it listens with is gone afterwards. */
  async function waitForEnd(
    operation: OperationRef,
    waitMs: number,
    signal: AbortSignal | undefined,
    isNew: boolean,
  ): Promise<void> {
    const over = new AbortController();
    const giveUp = (): void => over.abort();
    const timer = setTimeout(giveUp, waitMs);
    const signals = signal ? [signal, closing.signal] : [closing.signal];
    for (const each of signals) each.addEventListener('abort', giveUp);
    if (signals.some(({ aborted }) => aborted)) giveUp();
    try {
      await untilEndIsTold(database, nudges, operation, over.signal, isNew);
    } finally {
      clearTimeout(timer);
      for (const each of signals) each.removeEventListener('abort', giveUp);
    }
  }

  /** Resolves when nothing is at work, or the time is over: who only waits for a child that is not started any more waits in vain. */
  async function untilIdle(mostMs: number): Promise<void> {
    const over = delay(mostMs, undefined, { ref: false });
    for (;;) {
      const freed = new Promise<void>((resolve) => (onFree = resolve));
      const isFree = (): boolean => slots.free === settings.concurrency;
      const idle = isFree() ? delay(running.size === 0 ? 0 : idleMs).then(() => isFree() && 'idle') : freed;
      const found = await Promise.race([idle, over.then(() => 'over')]);
      if (found === 'idle' || found === 'over') return;
    }
  }

  async function stop({ workMs, unwindMs }: StopPatience): Promise<void> {
    isStopping = true;
    if (workMs > 0) await untilIdle(workMs);
    // What is being claimed is stopped with the rest.
    await Promise.allSettled([pumping, ...starting]);
    closing.abort();
    alarms.close();
    suspects.close();
    for (const { controller } of running.values()) controller.abort();
    const unwound = Promise.all([...running.values()].map(({ done }) => done));
    await Promise.race([unwound, delay(unwindMs, undefined, { ref: false })]);
    for (const [id, attempt] of running) {
      logger.warn({ operation: id }, 'an operation did not stop when it was told to; it is handed back all the same');
      running.delete(id);
      await store.recover(attempt);
    }
  }

  return {
    async open() {
      // The lock on the database proves that the former process is gone: what it claimed is nobody's.
      // Children first: a parent that fails takes what is left of them along.
      const left = await readLeftBehind(database);
      const verdicts = new Map(judgeCrash(left.filter(({ onlyWaited }) => !onlyWaited)));
      const { maxCrashes } = settings;
      const recovered = await Promise.all(
        left.map((operation) => {
          const verdict = verdicts.get(operation);
          return store.recover(operation, verdict && { ...verdict, maxCrashes });
        }),
      );
      if (recovered.includes('FAILED')) await store.clearSuspicion();
      if (left.length > 0) logger.info({ operations: left.length }, 'took up what the former process left');
      await deadlines.load();
      await waitAlarms.load();
      nudges.listen(queueTopic, () => void pump());
      void pump();
    },
    async start(request, signal) {
      const started = await dispatch((claimBy) => store.start(request, claimBy));
      if (started.waitMs > 0) await waitForEnd(started, started.waitMs, signal, started.claim !== undefined);
      return started;
    },
    untilEnded: (operation, waitMs, signal) => waitForEnd(operation, waitMs, signal, false),
    retry: (request) => dispatch((claimBy) => store.retry(request, claimBy)),
    abandonSession(sessionId) {
      for (const operation of running.values()) if (operation.sessionId === sessionId) operation.controller.abort();
    },
    get running() {
      return running.size;
    },
    get isStopping() {
      return isStopping;
    },
    stop,
    close: () => stop(atOnce),
  };
}
