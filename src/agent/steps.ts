import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { StorageError } from '../database/errors.ts';
import { LionError } from '../errors.ts';
import type { Failure, UsagePayload } from '../history/event.ts';
import type { Wait } from '../models/turn.ts';
import type { Attempt } from '../operations/attempt.ts';
import type { StepContext } from '../operations/definition.ts';
import { ClaimLostError, DefinitionInvalidError, failureOf } from '../operations/errors.ts';
import type { CallBound } from '../models/call-bound.ts';
import type { CallUse } from '../models/usage.ts';
import type { Asked, StepTry } from '../operations/progress.ts';
import type { OperationStore } from '../operations/store.ts';
import { codeOf, traced, type Span } from '../origin.ts';
import { Outbox, Proposals } from './outbox.ts';
import type { HeldSlot } from './slots.ts';
import { storable } from './storable.ts';

/** What one try of a step made. */
export interface Made<T> {
  value: T;
  /** The model that answered, by the provider's word; null where none was asked. */
  model: string | null;
  usage: UsagePayload;
  /** What was mended in the answer. */
  mends: string[];
}

/** What a try works with. */
export interface TryContext extends StepContext {
  /** How many tokens an answer may have, where a budget says so. */
  maxOutputTokens: number | undefined;
  /** Tells that a model is asked. @param call what it has used so far */
  onCall(call: CallUse): void;
  /** Tells that a call waits for its turn. */
  onWait(wait: Wait): void;
}

/** What follows on a try that failed. */
export interface Retry {
  waitMs: number;
  nextModel: string | null;
}

/** The work of a step: one try of it at a time, and what follows where one fails. */
export interface StepWork<T> {
  /** What the next try asks, and of whom. */
  asked(): Asked;
  /** What the next try may use at most, where it asks a model. */
  bound(): Promise<CallBound>;
  make(step: TryContext): Promise<Made<T>>;
  /** @returns undefined where there is to be no other try */
  afterFailure(error: unknown): Retry | undefined;
  /** What a failed try is known to have used. */
  usageOf(error: unknown): UsagePayload;
  /** What the step fails with, once its last try has failed. */
  failure(error: unknown): unknown;
}

/** What was recorded of a step before. */
export interface RecordedStep {
  try: number;
  recorded: boolean;
  value: unknown;
}

const insideStep = new AsyncLocalStorage<string | undefined>();

/** Begins outside of any step: what sets an execution off can come from the step of another operation that has just ended. */
export const outsideOfSteps = <T>(work: () => T): T => insideStep.run(undefined, work);

/** The steps of one attempt: hands back what is recorded, and records what is done. */
export class Steps {
  readonly #store: OperationStore;
  readonly #attempt: Attempt;
  readonly #kind: string;
  readonly #recorded: ReadonlyMap<string, RecordedStep>;
  readonly #slot: HeldSlot;
  readonly #signal: AbortSignal;
  readonly #outbox: Outbox;
  readonly #met = new Set<string>();

  constructor(
    store: OperationStore,
    attempt: Attempt,
    kind: string,
    recorded: ReadonlyMap<string, RecordedStep>,
    slot: HeldSlot,
    signal: AbortSignal,
    outbox: Outbox,
  ) {
    this.#store = store;
    this.#attempt = attempt;
    this.#kind = kind;
    this.#recorded = recorded;
    this.#slot = slot;
    this.#signal = signal;
    this.#outbox = outbox;
  }

  /** A step that was recorded, and that the definition has not met. */
  unmet(): string | undefined {
    return [...this.#recorded].find(([name, { recorded }]) => recorded && !this.#met.has(name))?.[0];
  }

  /** What a definition does inside of a step is not recorded on its own: it would be done again, or not at all. */
  refuseInside(what: string): void {
    const step = insideStep.getStore();
    if (step !== undefined) {
      throw new DefinitionInvalidError(
        `The definition "${this.#kind}" uses ${what} inside of its step "${step}". Use it outside of steps, and give the step the result.`,
      );
    }
  }

  async run<T>(name: string, work: StepWork<T>): Promise<T> {
    this.refuseInside('a step');
    const before = this.#meet(name);
    if (before?.recorded) return before.value as T;
    return this.#slot.work(async () => {
      // What came before is recorded before anything new has an effect.
      await this.#outbox.flush();
      for (let number = (before?.try ?? 0) + 1; ; number++) {
        const attributes = { 'lion.step.name': name, 'lion.step.try': number };
        const outcome = await traced(`step ${name}`, { attributes }, (span) => this.#try(name, number, work, span));
        if ('value' in outcome) return outcome.value;
      }
    });
  }

  #meet(name: string): RecordedStep | undefined {
    if (this.#met.has(name))
      throw new DefinitionInvalidError(`The definition "${this.#kind}" uses the step name "${name}" twice.`);
    this.#met.add(name);
    return this.#recorded.get(name);
  }

  async #try<T>(
    name: string,
    number: number,
    work: StepWork<T>,
    span: Span | undefined,
  ): Promise<{ value: T } | { retried: true }> {
    this.#signal.throwIfAborted();
    const step = { step: name, try: number };
    const asked = work.asked();
    const begun =
      asked.model !== null && this.#store.keepsBudgets() ? this.#reserve(step, asked, work) : this.#begin(step, asked);
    const proposals = new Proposals((events) => this.#outbox.send(this.#store.propose(this.#attempt, step, events)));
    try {
      const maxOutputTokens = await begun;
      const { value, model, usage, mends } = await insideStep.run(name, () =>
        work.make({
          try: number,
          signal: this.#signal,
          maxOutputTokens,
          emit: (event) => proposals.add(event),
          onCall: (call) => this.#store.callBegan(this.#attempt, step, asked.model!, call),
          onWait: (wait) => this.#outbox.send(this.#store.waitStep(this.#attempt, step, wait)),
        }),
      );
      proposals.flush();
      this.#signal.throwIfAborted();
      const stored = storable(value, `the result of step "${name}"`);
      this.#outbox.send(
        this.#store.recordStep(this.#attempt, step, { value: stored, model: asked.model, answeredBy: model, usage, mends }),
      );
      return { value: stored };
    } catch (error) {
      proposals.flush();
      // Who stopped the work says what becomes of it.
      if (this.#signal.aborted || error instanceof ClaimLostError || error instanceof StorageError) throw error;
      // What it waits for is no part of the try.
      span?.end(codeOf(error));
      await this.#afterFailure(step, error, asked.model, work);
      return { retried: true };
    }
  }

  /** A call waits for nobody where there is no budget: that it began is stored along with what comes next. */
  #begin(step: StepTry, asked: Asked): undefined {
    this.#outbox.send(this.#store.startStep(this.#attempt, step, asked));
  }

  /** What a call may use is reserved, durably, before it is made. @returns how many tokens the answer may have @throws why it is not to be made */
  async #reserve<T>(step: StepTry, asked: Asked, work: StepWork<T>): Promise<number | undefined> {
    let bound: CallBound | undefined;
    let unbounded: { error: unknown } | undefined;
    try {
      bound = await work.bound();
    } catch (error) {
      unbounded = { error };
    }
    this.#signal.throwIfAborted();
    const started = this.#store.startStep(this.#attempt, step, asked, bound);
    this.#outbox.send(started);
    const allowance = await started;
    if (unbounded) throw unbounded.error;
    if (allowance && 'refusal' in allowance) throw allowance.refusal;
    return allowance?.maxOutputTokens;
  }

  /** Waits before the next try. @throws the failure where there is to be none */
  async #afterFailure<T>(step: { step: string; try: number }, error: unknown, model: string | null, work: StepWork<T>) {
    const retry = work.afterFailure(error);
    const usage = work.usageOf(error);
    if (!retry) {
      this.#outbox.send(this.#store.failStep(this.#attempt, step, { error: shown(error), model, usage }));
      throw work.failure(error);
    }
    const { waitMs, nextModel } = retry;
    const when = new Date(Date.now() + waitMs);
    this.#outbox.send(this.#store.retryStep(this.#attempt, step, { error: shown(error), when, model, nextModel, usage }));
    await this.#outbox.flush();
    await delay(waitMs, undefined, { signal: this.#signal });
  }
}

/** What a history shows of a failure; what nobody foresaw is told of by the operation's end, and by the log. */
function shown(error: unknown): Failure {
  return error instanceof LionError
    ? failureOf(error)
    : { code: 'INTERNAL', message: 'The step failed for an unforeseen reason.', retryable: false };
}
