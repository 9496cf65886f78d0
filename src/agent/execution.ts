import type { Logger } from 'pino';
import stringify from 'safe-stable-stringify';
import { LionError } from '../errors.ts';
import type { JsonObject } from '../history/event.ts';
import { queueTopic } from '../history/nudge.ts';
import { operationId } from '../ids.ts';
import { parseInput } from '../input.ts';
import type { Models } from '../models/language-model.ts';
import { noUsage } from '../models/usage.ts';
import type { Attempt } from '../operations/attempt.ts';
import type { AnyDefinition, ChildOptions, Context, GenerateRequest, StepContext } from '../operations/definition.ts';
import { untilEnded } from '../operations/ending.ts';
import {
  DefinitionChangedError,
  DefinitionInvalidError,
  DefinitionUnknownError,
  failureOf,
  OperationError,
} from '../operations/errors.ts';
import { announcementKey } from '../operations/progress.ts';
import type { Prompts } from '../operations/prompts.ts';
import { Asking, type AskingSettings } from './asking.ts';
import { backoffMs, mostTries } from './backoff.ts';
import { Outbox } from './outbox.ts';
import type { HeldSlot } from './slots.ts';
import { outsideOfSteps, Steps, type RecordedStep, type StepWork } from './steps.ts';
import { storable } from './storable.ts';
import { Waits, type RecordedWait, type WaitServices } from './waits.ts';

export interface ExecutionServices extends WaitServices {
  models: Models;
  prompts: Prompts;
  asking: AskingSettings;
  definition(kind: string): AnyDefinition | undefined;
}

/** What an operation recorded before, read when an attempt begins. */
export interface Recorded {
  input: JsonObject;
  model: string | null;
  reasoning: boolean;
  emits: number;
  /** What was announced, by `announcementKey`. */
  announced: ReadonlySet<string>;
  steps: ReadonlyMap<string, RecordedStep>;
  waits: ReadonlyMap<string, RecordedWait>;
  /** By their keys, as of `childKey`. */
  children: ReadonlyMap<string, RecordedChild>;
  /** The children of the operation that this one is a retry of. */
  retriedChildren: ReadonlyMap<string, RecordedChild>;
}

export interface RecordedChild {
  number: number;
  kind: string;
  input: JsonObject;
}

/** What a child is found again by: its name, or its place among those that have none. */
export const childKey = ({ name, position }: { name: string | null; position: number | null }): string =>
  name === null ? `${position}` : `name ${name}`;

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
  readonly #steps: Steps;
  readonly #waits: Waits;
  readonly #announced: Set<string>;
  readonly #childrenMet = new Set<string>();
  #unnamedChildren = 0;
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
    this.#announced = new Set(recorded.announced);
    this.#slot = slot;
    this.#signal = controller.signal;
    this.#logger = logger;
    // A write that is refused means that the claim is lost or the storage at fault: either way the work is to stop.
    this.#outbox = new Outbox(() => controller.abort());
    const { kind } = definition;
    this.#steps = new Steps(services.store, attempt, kind, recorded.steps, slot, controller.signal, this.#outbox);
    this.#waits = new Waits(services, attempt, kind, recorded.waits, controller, this.#outbox);
  }

  /**
   * @returns the output
   * @throws what the definition throws; the failure of a write, when there was one; ParkedError when it only waits for a person or a time
   */
  async run(): Promise<JsonObject> {
    try {
      const work = outsideOfSteps(() => this.#definition.execute(this.#context()));
      const result: unknown = await Promise.race([work, this.#waits.parked]);
      const output = this.#definition.output.safeParse(result);
      if (!output.success) throw outputInvalid(this.#definition.kind, output.error.issues[0]);
      this.#refuseUnmet();
      return output.data as JsonObject;
    } catch (error) {
      // What was written before counts for more: when that failed, this is but its echo.
      await this.#outbox.flush();
      throw this.#withFittingOutput(error);
    } finally {
      this.#waits.close();
    }
  }

  /** A child's failure that the definition passes on may bring the child's output, which is none of this kind's. */
  #withFittingOutput(error: unknown): unknown {
    if (!(error instanceof OperationError) || !error.partialOutput) return error;
    const fits = this.#definition.output.safeParse(error.partialOutput);
    return new OperationError(failureOf(error), {
      cause: error,
      ...(fits.success && { partialOutput: fits.data as JsonObject }),
    });
  }

  #context(): Context {
    const { sessionId, number, attempt } = this.#attempt;
    const { store, prompts, models, asking } = this.#services;
    const { input, model, reasoning, emits } = this.#recorded;
    const waits = this.#waits;
    return {
      input,
      operation: { id: operationId(sessionId, number), sessionId, kind: this.#definition.kind, attempt },
      signal: this.#signal,
      logger: this.#logger,
      prompt: (name, values) => prompts.render(name, values),
      step: <T>(name: string, work: (step: StepContext) => Promise<T> | T) =>
        waits.during(() => this.#steps.run(name, plainWork(work))),
      generate: <T>(name: string, request: GenerateRequest<T>) =>
        waits.during(() =>
          this.#steps.run(name, new Asking<T>(models, models.chain(model ?? undefined), request, asking, reasoning)),
        ),
      child: ((definition: AnyDefinition | string, given: unknown, options?: ChildOptions) =>
        waits.during(() => this.#child(definition, given, options))) as Context['child'],
      ask: async (name, request) => {
        this.#steps.refuseInside('ask');
        return waits.ask(name, request);
      },
      sleep: async (time, options) => {
        this.#steps.refuseInside('sleep');
        return waits.sleep(time, options);
      },
      announce: (event) => {
        const key = announcementKey(event);
        if (this.#announced.has(key)) return;
        this.#announced.add(key);
        this.#outbox.send(store.announce(this.#attempt, event));
      },
      emit: async (name, data) => {
        this.#steps.refuseInside('emit');
        const index = this.#emitsMet++;
        if (index < emits) return;
        this.#outbox.send(store.emit(this.#attempt, index, name, storable(data, `what is emitted as "${name}"`)));
        await waits.during(() => this.#outbox.flush());
      },
    };
  }

  async #child(wanted: AnyDefinition | string, given: unknown, options: ChildOptions = {}): Promise<JsonObject> {
    this.#steps.refuseInside('a child');
    const { database, nudges, store } = this.#services;
    const { sessionId } = this.#attempt;
    const kind = typeof wanted === 'string' ? wanted : wanted.kind;
    const definition = this.#services.definition(kind);
    if (!definition) throw new DefinitionUnknownError(kind);
    const input = storable(
      parseInput(definition.input, given, `input of the child ${kind}`),
      'the input of a child',
    ) as JsonObject;
    const { name = null } = options;
    const position = name === null ? this.#unnamedChildren++ : null;
    const key = childKey({ name, position });
    if (this.#childrenMet.has(key))
      throw new DefinitionInvalidError(`The definition "${this.#definition.kind}" gives two children the name "${name}".`);
    this.#childrenMet.add(key);
    const before = this.#recorded.children.get(key);
    if (before && !isSameWork(before, kind, input)) {
      const which = name === null ? `its child ${position! + 1}` : `its child "${name}"`;
      throw new DefinitionChangedError(this.#definition.kind, `${which} was a ${before.kind} with another input`);
    }
    let number = before?.number;
    if (number === undefined) {
      await this.#outbox.flush();
      // What is being stopped starts nothing any more.
      this.#signal.throwIfAborted();
      const retried = this.#recorded.retriedChildren.get(key);
      const retryOf = retried && isSameWork(retried, kind, input) ? retried.number : null;
      ({ number } = await store.startChild(this.#attempt, { definition, input, position, name, retryOf }));
      nudges.nudge(queueTopic);
    }
    options.onStarted?.({ sessionId, number });
    const ended = untilEnded(database, nudges, { sessionId, number }, this.#signal, before === undefined);
    await this.#slot.wait(ended.then(() => {}));
    this.#signal.throwIfAborted();
    const end = await ended;
    if (end?.status === 'SUCCEEDED') return end.output!;
    const failure = end?.error ?? { code: 'CHILD_CANCELLED', message: 'it was cancelled', retryable: false };
    const message = `The ${kind} within this operation failed: ${failure.message}`;
    throw new OperationError({ ...failure, message }, end?.partialOutput ? { partialOutput: end.partialOutput } : undefined);
  }

  /** A replay has to meet all that was recorded. */
  #refuseUnmet(): void {
    const { kind } = this.#definition;
    const { children, emits } = this.#recorded;
    const step = this.#steps.unmet();
    if (step !== undefined) throw new DefinitionChangedError(kind, `it recorded the step "${step}", which is not met any more`);
    const wait = this.#waits.unmet();
    if (wait !== undefined) throw new DefinitionChangedError(kind, `it waited for "${wait}", which is not met any more`);
    if ([...children.keys()].some((key) => !this.#childrenMet.has(key)))
      throw new DefinitionChangedError(kind, `it started ${children.size} children, and now ${this.#childrenMet.size}`);
    if (emits > this.#emitsMet) throw new DefinitionChangedError(kind, `it emitted ${emits} times, and now ${this.#emitsMet}`);
  }
}

const isSameWork = (child: RecordedChild, kind: string, input: JsonObject): boolean =>
  child.kind === kind && stringify(child.input) === stringify(input);

/** A step that asks no model: a failure that says so is tried again. */
function plainWork<T>(work: (step: StepContext) => Promise<T> | T): StepWork<T> {
  let failures = 0;
  return {
    asked: () => ({ model: null, prompt: null }),
    bound: () => Promise.reject(new Error('A step that asks no model has no bound')),
    make: async (step) => ({ value: await work(step), model: null, usage: noUsage, mends: [] }),
    afterFailure: (error) =>
      error instanceof LionError && error.retryable && ++failures < mostTries
        ? { waitMs: backoffMs(failures), nextModel: null }
        : undefined,
    usageOf: () => noUsage,
    failure: (error) => error,
  };
}

function outputInvalid(kind: string, issue: { path: PropertyKey[]; message: string } | undefined): OperationError {
  const where = issue ? ` (${issue.path.map(String).join('.')}: ${issue.message})` : '';
  return new OperationError({
    code: 'OUTPUT_INVALID',
    message: `The output of the definition "${kind}" does not fit its schema${where}.`,
    retryable: false,
  });
}
