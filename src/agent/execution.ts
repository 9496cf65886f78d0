import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import stringify from 'safe-stable-stringify';
import type { Database } from '../database/client.ts';
import { LionError } from '../errors.ts';
import type { JsonObject, UsagePayload } from '../history/event.ts';
import type { Nudges } from '../history/nudge.ts';
import { queueTopic } from '../history/nudge.ts';
import { operationId } from '../ids.ts';
import { isDeeperThan, parseInput } from '../input.ts';
import { ModelCallError, ModelOutputError } from '../models/errors.ts';
import { generate } from '../models/generate.ts';
import type { Models } from '../models/language-model.ts';
import { noUsage } from '../models/usage.ts';
import type { Attempt } from '../operations/attempt.ts';
import type { AnyDefinition, Context, GenerateRequest, StepContext } from '../operations/definition.ts';
import { untilEnded } from '../operations/ending.ts';
import {
  DefinitionChangedError,
  DefinitionInvalidError,
  DefinitionUnknownError,
  failureOf,
  OperationError,
} from '../operations/errors.ts';
import type { OperationStore } from '../operations/store.ts';
import { Outbox, Proposals } from './outbox.ts';
import type { HeldSlot } from './slots.ts';

/** How often a step is tried in one attempt. */
const mostTries = 3;
const firstBackoffMs = 500;
/** A provider that asks for a longer pause than this is not waited for. */
const longestBackoffMs = 10 * 60_000;
const deepestResult = 200;

export interface ExecutionServices {
  database: Database;
  nudges: Nudges;
  store: OperationStore;
  models: Models;
  definition(kind: string): AnyDefinition | undefined;
}

/** What an operation recorded before, read when an attempt begins. */
export interface Recorded {
  input: JsonObject;
  model: string | null;
  emits: number;
  steps: ReadonlyMap<string, { try: number; recorded: boolean; value: unknown }>;
  children: ReadonlyMap<number, RecordedChild>;
  /** The children of the operation that this one is a retry of. */
  retriedChildren: ReadonlyMap<number, RecordedChild>;
}

export interface RecordedChild {
  number: number;
  kind: string;
  input: JsonObject;
}

/** What one try of a step made. */
interface Made<T> {
  value: T;
  model: string | null;
  usage: UsagePayload;
}

/** One attempt at executing an operation's definition: hands back what is recorded, and records what is done. */
export class Execution {
  readonly #services: ExecutionServices;
  readonly #attempt: Attempt;
  readonly #definition: AnyDefinition;
  readonly #recorded: Recorded;
  readonly #slot: HeldSlot;
  readonly #signal: AbortSignal;
  readonly #logger: Logger;
  readonly #outbox: Outbox;
  readonly #stepsMet = new Set<string>();
  #childrenMet = 0;
  #emitsMet = 0;

  constructor(
    services: ExecutionServices,
    attempt: Attempt,
    definition: AnyDefinition,
    recorded: Recorded,
    slot: HeldSlot,
    controller: AbortController,
    logger: Logger,
  ) {
    this.#services = services;
    this.#attempt = attempt;
    this.#definition = definition;
    this.#recorded = recorded;
    this.#slot = slot;
    this.#signal = controller.signal;
    this.#logger = logger;
    // A write that is refused means that the claim is lost or the storage at fault: either way the work is to stop.
    this.#outbox = new Outbox(() => controller.abort());
  }

  /**
   * @returns the output
   * @throws what the definition throws; the failure of a write, when there was one
   */
  async run(): Promise<JsonObject> {
    try {
      const result: unknown = await this.#definition.execute(this.#context());
      const output = this.#definition.output.safeParse(result);
      if (!output.success) throw outputInvalid(this.#definition.kind, output.error.issues[0]);
      this.#refuseUnmet();
      return output.data as JsonObject;
    } catch (error) {
      // What was written before counts for more: when that failed, this is but its echo.
      await this.#outbox.flush();
      throw error;
    }
  }

  #context(): Context {
    const { sessionId, number, attempt } = this.#attempt;
    return {
      input: this.#recorded.input,
      operation: { id: operationId(sessionId, number), sessionId, kind: this.#definition.kind, attempt },
      signal: this.#signal,
      logger: this.#logger,
      step: (name, work) => this.#step(name, async (step) => ({ value: await work(step), model: null, usage: noUsage })),
      generate: <T>(name: string, request: GenerateRequest<T>) => this.#generate(name, request),
      child: ((definition: AnyDefinition | string, input: unknown) => this.#child(definition, input)) as Context['child'],
      emit: async (name, data) => {
        const index = this.#emitsMet++;
        if (index < this.#recorded.emits) return;
        this.#outbox.send(this.#services.store.emit(this.#attempt, index, name, storable(data, `what is emitted as "${name}"`)));
        await this.#outbox.flush();
      },
    };
  }

  async #step<T>(name: string, make: (step: StepContext) => Promise<Made<T>>): Promise<T> {
    if (this.#stepsMet.has(name))
      throw new DefinitionInvalidError(`The definition "${this.#definition.kind}" uses the step name "${name}" twice.`);
    this.#stepsMet.add(name);
    const before = this.#recorded.steps.get(name);
    if (before?.recorded) return before.value as T;
    return this.#slot.work(async () => {
      // What came before is recorded before anything new has an effect.
      await this.#outbox.flush();
      const first = (before?.try ?? 0) + 1;
      for (let number = first; ; number++) {
        const outcome = await this.#try(name, number, make);
        if ('value' in outcome) return outcome.value;
        await this.#backOff(name, number, number - first + 1, outcome.error);
      }
    });
  }

  async #try<T>(
    name: string,
    number: number,
    make: (step: StepContext) => Promise<Made<T>>,
  ): Promise<{ value: T } | { error: unknown }> {
    const { store } = this.#services;
    this.#signal.throwIfAborted();
    this.#outbox.send(store.startStep(this.#attempt, name, number));
    const proposals = new Proposals((events) => this.#outbox.send(store.propose(this.#attempt, name, number, events)));
    try {
      const { value, model, usage } = await make({ try: number, signal: this.#signal, emit: (event) => proposals.add(event) });
      proposals.flush();
      this.#signal.throwIfAborted();
      const stored = storable(value, `the result of step "${name}"`);
      this.#outbox.send(store.recordStep(this.#attempt, name, number, stored, model, usage));
      return { value: stored };
    } catch (error) {
      proposals.flush();
      return { error };
    }
  }

  /** Waits before the next try. @throws the error where there is to be none */
  async #backOff(name: string, number: number, tries: number, error: unknown): Promise<void> {
    if (this.#signal.aborted || !(error instanceof LionError) || !error.retryable || tries >= mostTries) throw error;
    const waitMs = backoffMs(error, tries);
    if (waitMs > longestBackoffMs) throw error;
    const when = new Date(Date.now() + waitMs);
    this.#outbox.send(this.#services.store.retryStep(this.#attempt, name, number, failureOf(error), when, usageOf(error)));
    await this.#outbox.flush();
    await delay(waitMs, undefined, { signal: this.#signal });
  }

  #generate<T>(name: string, { elements, ...request }: GenerateRequest<T>): Promise<T> {
    const earlier: { output: string; complaint: string }[] = [];
    return this.#step(name, async ({ emit }) => {
      const model = await this.#services.models.languageModel(this.#recorded.model ?? undefined);
      try {
        const { value, modelId, usage } = await generate<T>({
          ...request,
          model,
          earlier,
          signal: this.#signal,
          ...(elements && {
            elements: elements.of,
            onElement(element, index) {
              const event = elements.event(element, index);
              if (event) emit(event);
            },
          }),
          ...(!request.schema && { onText: (text: string) => emit({ type: 'TextDelta', text }) }),
        });
        return { value, model: modelId, usage };
      } catch (error) {
        if (error instanceof ModelOutputError) earlier.push({ output: error.output, complaint: error.complaint });
        throw error;
      }
    });
  }

  async #child(wanted: AnyDefinition | string, given: unknown): Promise<JsonObject> {
    const { database, nudges, store } = this.#services;
    const kind = typeof wanted === 'string' ? wanted : wanted.kind;
    const definition = this.#services.definition(kind);
    if (!definition) throw new DefinitionUnknownError(kind);
    const input = storable(
      parseInput(definition.input, given, `input of the child ${kind}`),
      'the input of a child',
    ) as JsonObject;
    const position = this.#childrenMet++;
    const before = this.#recorded.children.get(position);
    if (before && !isSameWork(before, kind, input)) {
      throw new DefinitionChangedError(
        this.#definition.kind,
        `its child ${position + 1} was a ${before.kind} with another input`,
      );
    }
    let number = before?.number;
    if (number === undefined) {
      await this.#outbox.flush();
      const retried = this.#recorded.retriedChildren.get(position);
      const retryOf = retried && isSameWork(retried, kind, input) ? retried.number : null;
      ({ number } = await store.startChild(this.#attempt, { definition, input, position, retryOf }));
      nudges.nudge(queueTopic);
    }
    const ended = untilEnded(database, nudges, { sessionId: this.#attempt.sessionId, number }, this.#signal);
    await this.#slot.wait(ended.then(() => {}));
    this.#signal.throwIfAborted();
    const end = await ended;
    if (end?.status === 'SUCCEEDED') return end.output!;
    const failure = end?.error ?? { code: 'CHILD_CANCELLED', message: 'it was cancelled', retryable: false };
    throw new OperationError({ ...failure, message: `The ${kind} within this operation failed: ${failure.message}` });
  }

  /** A replay has to meet all that was recorded. */
  #refuseUnmet(): void {
    const { kind } = this.#definition;
    const { steps, children, emits } = this.#recorded;
    const step = [...steps].find(([name, { recorded }]) => recorded && !this.#stepsMet.has(name));
    if (step) throw new DefinitionChangedError(kind, `it recorded the step "${step[0]}", which is not met any more`);
    if (children.size > this.#childrenMet)
      throw new DefinitionChangedError(kind, `it started ${children.size} children, and now ${this.#childrenMet}`);
    if (emits > this.#emitsMet) throw new DefinitionChangedError(kind, `it emitted ${emits} times, and now ${this.#emitsMet}`);
  }
}

const isSameWork = (child: RecordedChild, kind: string, input: JsonObject): boolean =>
  child.kind === kind && stringify(child.input) === stringify(input);

/** What a value is once it was stored: a replay is given the same. @throws DefinitionInvalidError for what is not JSON */
function storable<T>(value: T, what: string): T {
  let text: string | undefined;
  try {
    text = JSON.stringify(value ?? null);
  } catch {
    text = undefined;
  }
  const copy: unknown = text === undefined ? undefined : JSON.parse(text);
  if (copy === undefined || isDeeperThan(copy, deepestResult)) {
    throw new DefinitionInvalidError(`${what} must be JSON, at most ${deepestResult} levels deep.`);
  }
  return copy as T;
}

/** Twice as long each time, and never the same: those that failed together do not all come back together. */
function backoffMs(error: LionError, tries: number): number {
  if (error instanceof ModelOutputError) return 0;
  const ownMs = firstBackoffMs * 2 ** (tries - 1) * (0.5 + Math.random());
  return Math.max(ownMs, error instanceof ModelCallError ? (error.retryAfterMs ?? 0) : 0);
}

/** What a failed try is known to have used. */
export const usageOf = (error: unknown): UsagePayload =>
  error instanceof ModelOutputError || error instanceof ModelCallError ? error.usage : noUsage;

function outputInvalid(kind: string, issue: { path: PropertyKey[]; message: string } | undefined): OperationError {
  const where = issue ? ` (${issue.path.map(String).join('.')}: ${issue.message})` : '';
  return new OperationError({
    code: 'OUTPUT_INVALID',
    message: `The output of the definition "${kind}" does not fit its schema${where}.`,
    retryable: false,
  });
}
