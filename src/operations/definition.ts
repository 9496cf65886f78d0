import type { Logger } from 'pino';
import type { z } from 'zod';
import type { JsonObject, Json, Provisional } from '../history/event.ts';
import type { OperationId, OperationRef, SessionId } from '../ids.ts';
import { DefinitionInvalidError } from './errors.ts';
import type { Announcement } from './progress.ts';
import type { RenderedPrompt } from './prompts.ts';

/** The code of a kind of operation. The kinds that come with Lion and those of its users are written alike. */
export interface Definition<Input = unknown, Output = unknown> {
  /** Its name in the API: a mutation is called so. Camel case, as in `summarizePage`. */
  readonly kind: string;
  /** Counted up with a change that a replay of older operations would not meet. */
  readonly version: number;
  /** What it does, for the API. */
  readonly description: string;
  /** A JSON object. What is parsed is stored, and given to `execute`. */
  readonly input: z.ZodType<Input>;
  /** A JSON object. */
  readonly output: z.ZodType<Output>;
  /**
   * Does the work. It is run again from its start after a crash, and what is recorded is handed back instead of done again:
   * so it must be deterministic between steps, children and emits, and do whatever has an effect inside of them.
   */
  execute(context: Context<Input>): Promise<Output>;
}

/** What `execute` works with. */
export interface Context<Input = unknown> {
  readonly input: Input;
  readonly operation: {
    readonly id: OperationId;
    readonly sessionId: SessionId;
    readonly kind: string;
    readonly attempt: number;
  };
  /** Fires when the work is to stop: cancelled, timed out, or handed to another attempt. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /**
   * Does a named piece of work whose result is recorded once. A failure that is `retryable` is tried again, a bounded number of times.
   *
   * @param name unique within the operation
   * @returns what `work` returns: JSON
   */
  step<T>(name: string, work: (step: StepContext) => Promise<T> | T): Promise<T>;
  /** A step that asks the model. What it says streams into events, is validated, and asked for again with the complaint when it does not fit. */
  generate<T = string>(step: string, request: GenerateRequest<T>): Promise<T>;
  /**
   * Starts another operation and waits for it. Children that are started side by side, in an order that may differ the next
   * time, need names: the others are known by their order.
   *
   * @throws OperationError with the child's code when it fails
   */
  child<I, O>(definition: Definition<I, O>, input: z.input<z.ZodType<I>>, options?: ChildOptions): Promise<O>;
  child(kind: string, input: JsonObject, options?: ChildOptions): Promise<JsonObject>;
  /**
   * A prompt of a file of its own, with these values in it: one that comes with Lion, or one of the folder that `LION_PROMPTS`
   * names. Spread the result into `generate`.
   */
  prompt(name: string, values: JsonObject): RenderedPrompt;
  /**
   * Asks a person, and waits for the answer, however long it takes: the operation then holds neither a slot nor a claim, and is executed again
   * from its start once there is an answer, which is recorded. An answer that does not fit the JSON Schema of `schema` is refused where
   * it is given; one that `schema` refuses for reasons that JSON Schema cannot express is asked for again, with the complaint.
   *
   * @param name unique among the waits of the operation: `answerOperation` names it
   * @throws OperationError with the code `INPUT_TIMED_OUT` when nobody answers within `withinMs`
   */
  ask<T>(name: string, request: AskRequest<T>): Promise<T>;
  /**
   * Waits for a time, without a slot or a claim: a duration in ms, or until a date. It comes also when the server is down then. Waits
   * that are raced against each other (`Promise.race`) may be won by another one in a replay: give `ask` its `withinMs` instead.
   *
   * @param options.name unique among the waits of the operation. @default `sleep <n>`, by order
   */
  sleep(time: number | Date, options?: { name?: string }): Promise<void>;
  /** Tells how the operation stands: once, however often it is executed. */
  announce(event: Announcement): void;
  /** Tells something to those who follow the operation, as the event `DataEmitted`. */
  emit(name: string, data: Json): Promise<void>;
}

/** What a person is asked. */
export interface AskRequest<T> {
  question: string;
  /** What there is to know for an answer. */
  context?: Json;
  /** What the answer must be. */
  schema: z.ZodType<T>;
  /** How long a person may take, in ms. @default for ever */
  withinMs?: number | undefined;
}

export interface ChildOptions {
  /** What the parent calls it: unique among its children. */
  name?: string;
  /** Told which operation it is, as soon as it is there. */
  onStarted?(operation: OperationRef): void;
}

/** What a step works with. */
export interface StepContext {
  /** 1, 2, ...: a crash or a failure ends a try. */
  readonly try: number;
  readonly signal: AbortSignal;
  /** Shows something that is provisional until the step has succeeded. */
  emit(event: Provisional): void;
}

export interface GenerateRequest<T> {
  /** Who the model is to be. */
  system?: string;
  prompt: string;
  /** Which prompt this is, for the history: `brainstorm.ideas@1`. */
  promptVersion?: string;
  /** What the answer must be; without it, it is text, and streams as `TextDelta`. */
  schema?: z.ZodType<T>;
  /** A list in the answer whose elements are shown as soon as each is complete. */
  elements?: {
    /** The name of the property that holds the list. */
    of: string;
    /**
     * @param earlier what was shown of this try before
     * @returns undefined for an element that is not to be shown
     */
    event(element: unknown, index: number, earlier: readonly Provisional[]): Provisional | undefined;
  };
  /** A rule that the schema cannot express. @returns the complaint, for the model to read */
  check?(value: T): string | undefined;
  /**
   * Makes do with a value that fits the schema and nearly the wish: `mends` says in sentences, for the history, what was changed.
   * Called before `check`. Pure.
   */
  mend?(value: T): { value: T; mends: string[] };
  /** What is asked, as data: for the embedded model, which does not read prompts. */
  task?: JsonObject;
}

/**
 * Checks a definition.
 *
 * @throws DefinitionInvalidError
 */
export function define<Input, Output>(definition: Definition<Input, Output>): Definition<Input, Output> {
  const { kind, version } = definition;
  if (!/^[a-z][A-Za-z0-9]{0,63}$/.test(kind)) {
    throw new DefinitionInvalidError(
      `A definition's kind must be a camel-case name of at most 64 letters and digits, as in summarizePage; ${JSON.stringify(kind)} is not.`,
    );
  }
  if (!Number.isInteger(version) || version < 1)
    throw new DefinitionInvalidError(`The version of the definition "${kind}" must be 1, 2, 3, ...`);
  return definition;
}

/** A definition of whatever types. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of definitions has as many types as members
export type AnyDefinition = Definition<any, any>;
