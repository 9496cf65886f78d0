import type { JSONSchema7 } from 'ai';
import type { z } from 'zod';
import { Answer } from './answer.ts';
import { ask, lengthOf, nameOf, type Question } from './ask.ts';
import { brokenStream, callFailure, timeoutFailure } from './call-failure.ts';
import { CallLimits } from './call-limits.ts';
import type { LionError } from '../errors.ts';
import { traced, type Span } from '../origin.ts';
import { ModelCallError, ModelOutputError } from './errors.ts';
import { describeAnswer, describeCall } from './call-attributes.ts';
import type { Prices } from './prices.ts';
import { ReasoningSplitter, type Split } from './reasoning.ts';
import { ElementStream } from './stream-elements.ts';
import { jsonSchemaOf, parseAnswer, type Parsed } from './structured-output.ts';
import type { CallUse, Usage } from './usage.ts';

export interface GenerateRequest<T> extends Question {
  /** Structured output; without it the answer is plain text, and T is string. */
  schema?: z.ZodType<T>;
  /**
   * Name of a top-level array property whose elements are handed to `onElement`, each as soon as it is complete in the
   * stream. They are provisional: not validated yet, and void when the call fails.
   */
  elements?: string;
  onElement?(element: unknown, index: number): void;
  /** Plain-text answers: each delta as it comes. */
  onText?(delta: string): void;
  /**
   * What the model tells of its reasoning, each delta as it comes; `<think>...</think>` before an answer is reasoning, too. None of
   * it is in the answer.
   */
  onReasoning?(delta: string): void;
  /** Makes do with a value that fits the schema, and nearly the wish; `mends` says in sentences what was changed. Before `check`. */
  mend?(value: T): { value: T; mends: string[] };
  /** Told when the model is asked. @param call what it has used so far: the provider's count, or else an estimate */
  onBegin?(call: CallUse): void;
  /** A rule that the schema cannot express. Returns the complaint, for the model to read; undefined when all is well. */
  check?(value: T): string | undefined;
  /** Aborted: the call ends at once, its socket closes, and `generate` rejects with the signal's reason. */
  signal: AbortSignal;
  /** How long the whole call may take. @default 300_000 */
  callTimeoutMs?: number;
  /** How long nothing may arrive, before the headers too. @default 60_000 */
  silenceTimeoutMs?: number;
  /** What tokens cost. @default the prices of the table */
  prices?: Prices;
  /** How long an answer may become, its reasoning included; one that goes on past it is broken off. @default 1_000_000 */
  maxAnswerCharacters?: number;
}

export interface Generated<T> {
  value: T;
  /** The whole answer as it came, without the model's reasoning. */
  text: string;
  usage: Usage;
  /** The model that answered, by the provider's word: `provider/modelId`, or `builtin`. */
  modelId: string;
  /** What was mended in the answer, in sentences. */
  mends: string[];
}

/**
 * One model call, without a retry inside. Whatever way it ends, nothing of it is left: no socket, no timer, no listener.
 * What `onElement`, `onText`, `onReasoning`, `mend` or `check` throw ends the call, and is thrown on as it is.
 * @throws ModelCallError when the model could not be asked or its answer did not come through
 * @throws ModelOutputError when it answered what cannot be used
 */
export async function generate<T>(request: GenerateRequest<T>): Promise<Generated<T>> {
  request.signal.throwIfAborted();
  return traced(`chat ${request.model.modelId}`, { kind: 'CLIENT', attributes: describeCall(request) }, (span) =>
    generateIn(span, request),
  );
}

async function generateIn<T>(span: Span | undefined, request: GenerateRequest<T>): Promise<Generated<T>> {
  const schema = request.schema && (await jsonSchemaOf(request.schema));
  const limits = new CallLimits(request.signal, {
    callTimeoutMs: request.callTimeoutMs ?? 300_000,
    silenceTimeoutMs: request.silenceTimeoutMs ?? 60_000,
  });
  try {
    return judge(request, await receive(request, limits, schema, span));
  } finally {
    limits.close();
  }
}

/** Takes in what comes over the wire, to its end, and hands on what may be seen of it meanwhile. */
async function receive<T>(
  request: GenerateRequest<T>,
  limits: CallLimits,
  schema: JSONSchema7 | undefined,
  span: Span | undefined,
): Promise<Answer> {
  const answer = new Answer(request.model, lengthOf(request, schema), request.prices);
  request.onBegin?.(answer);
  const take = taker(request, answer);
  const splitter = new ReasoningSplitter();
  const parts = ask(request, schema, limits.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await limits.wait(parts.next()).catch((thrown: unknown) => {
        throw failureOf(thrown, request, limits, answer);
      });
      if (part.done === true) {
        take(splitter.end());
        return answer;
      }
      if (isOfResponse(part.value.type)) limits.heard();
      switch (part.value.type) {
        case 'text-delta':
          take(splitter.push(part.value.text));
          break;
        case 'reasoning-delta':
          take({ reasoning: part.value.text, text: '' });
          break;
        case 'error':
          throw failureOf(part.value.error, request, limits, answer);
        case 'abort':
          throw failureOf(new Error('the call was aborted'), request, limits, answer);
        default:
          answer.note(part.value);
      }
    }
  } finally {
    span?.set(describeAnswer(answer));
    // Not awaited: a model that ignores its signal may never settle it.
    parts.return?.().then(undefined, () => undefined);
  }
}

/** The other parts the SDK makes itself, some before it has asked. */
const isOfResponse = (type: string): boolean => type === 'raw' || type === 'text-delta' || type === 'reasoning-delta';

/** Adds to the answer, and tells whoever listens. */
function taker<T>(request: GenerateRequest<T>, answer: Answer): (split: Split) => void {
  const { schema, maxAnswerCharacters = 1_000_000 } = request;
  const elements =
    request.elements === undefined
      ? undefined
      : new ElementStream(request.elements, (element, index) => request.onElement?.(element, index));
  return ({ reasoning, text }) => {
    answer.length += reasoning.length + text.length;
    if (answer.length > maxAnswerCharacters) {
      answer.finishReason = 'length';
      throw refusal(answer, `The answer went on past ${maxAnswerCharacters} characters and was broken off. Answer more briefly.`);
    }
    if (reasoning !== '') request.onReasoning?.(reasoning);
    if (text === '') return;
    answer.text += text;
    elements?.push(text);
    if (schema === undefined) request.onText?.(text);
  };
}

/** Why the call failed; when it was cancelled, the reason given for that. */
function failureOf<T>(thrown: unknown, request: GenerateRequest<T>, limits: CallLimits, answer: Answer): unknown {
  if (limits.end === 'cancelled') return request.signal.reason;
  const call = { model: nameOf(request.model), usage: answer.usage };
  if (limits.end !== undefined) return timeoutFailure(limits.end, limits.limitMs(limits.end), call);
  const failure = callFailure(thrown, call, {
    hasBegun: limits.hasBegun,
    hasContent: answer.length > 0,
    status: limits.status,
  });
  answer.refused = wasRefused(failure);
  return failure;
}

/** Whether the provider has not begun. What is none of its failures was thrown here, before anybody was asked. */
const wasRefused = (failure: LionError): boolean =>
  !(failure instanceof ModelCallError) ||
  (failure.status ?? 0) >= 400 ||
  failure.code === 'MODEL_UNREACHABLE' ||
  failure.code === 'MODEL_CERTIFICATE_INVALID';

/** Whether the answer can be used. */
function judge<T>({ schema, mend, check }: GenerateRequest<T>, answer: Answer): Generated<T> {
  const { text, usage, modelId, finishReason, finished } = answer;
  const call = { model: modelId, usage };
  if (answer.length === 0 && !finished) throw brokenStream(call, false);
  if (finishReason === 'content-filter')
    throw refusal(answer, "The provider's content filter withheld the answer, or a part of it.");
  const parsed = schema === undefined ? parseText<T>(text, finishReason) : parseAnswer(text, schema, finishReason);
  // A document that closes is whole, whether or not the server said so; anything else was cut off on its way.
  if (!finished && (schema === undefined || 'complaint' in parsed)) throw brokenStream(call, true);
  if ('complaint' in parsed) throw refusal(answer, parsed.complaint);
  const { value, mends } = mend?.(parsed.value) ?? { value: parsed.value, mends: [] };
  const complaint = check?.(value);
  if (complaint !== undefined) throw refusal(answer, complaint);
  return { value, text, usage, modelId, mends: [...parsed.mends, ...mends] };
}

function refusal({ text, usage, modelId, finishReason }: Answer, complaint: string): ModelOutputError {
  return new ModelOutputError({ model: modelId, complaint, output: text, usage, finishReason });
}

// Without a schema T is string: that is the contract of GenerateRequest.
function parseText<T>(text: string, finishReason: string): Parsed<T> {
  if (text.trim() === '') return { complaint: 'The answer is empty; text was expected.' };
  if (finishReason === 'length')
    return { complaint: 'The answer is cut off: it reached the limit of its length. Answer more briefly.' };
  return { value: text as T, mends: [] };
}
