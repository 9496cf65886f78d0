import type { JSONObject, LanguageModelV3 } from '@ai-sdk/provider';
import { streamText, type JSONSchema7, type ModelMessage, type TextStreamPart, type ToolSet } from 'ai';
import type { z } from 'zod';
import { brokenStream, callFailure, timeoutFailure } from './call-failure.ts';
import { CallLimits } from './call-limits.ts';
import { ModelOutputError } from './errors.ts';
import { isBuiltin, providerOptionsFor } from './provider-options.ts';
import { ElementStream } from './stream-elements.ts';
import { jsonOutput, jsonSchemaOf, parseAnswer, schemaInstruction, type Parsed } from './structured-output.ts';
import { fromLanguageModelUsage, noUsage, type Usage } from './usage.ts';

// The SDK would write to the console what a provider does not support.
globalThis.AI_SDK_LOG_WARNINGS = false;

export interface GenerateRequest<T> {
  model: LanguageModelV3;
  /** How to go about it; what the model is. */
  system?: string;
  /** What is wanted. */
  prompt: string;
  /** Earlier tries of the same step: what the model said, and what was wrong with it. They become messages. */
  earlier?: readonly { output: string; complaint: string }[];
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
  /** A rule that the schema cannot express. Returns the complaint, for the model to read; undefined when all is well. */
  check?(value: T): string | undefined;
  /** What is asked, as data, for the builtin model; others never see it. */
  task?: JSONObject;
  /** The same seed gives the same answer, where the provider can do that. */
  seed?: number;
  /** Aborted: the call ends at once, its socket closes, and `generate` rejects with the signal's reason. */
  signal: AbortSignal;
  /** How long the whole call may take. @default 300_000 */
  callTimeoutMs?: number;
  /** How long nothing may arrive, before the first chunk too. @default 60_000 */
  silenceTimeoutMs?: number;
}

export interface Generated<T> {
  value: T;
  /** The whole answer as it came. */
  text: string;
  usage: Usage;
  /** The model that answered, by the provider's word: `provider/modelId`, or `builtin`. */
  modelId: string;
}

/**
 * One model call, without a retry inside. Whatever way it ends, nothing of it is left: no socket, no timer, no listener.
 * What `onElement`, `onText` or `check` throw ends the call, and is thrown on as it is.
 * @throws ModelCallError when the model could not be asked or its answer did not come through
 * @throws ModelOutputError when it answered what cannot be used
 */
export async function generate<T>(request: GenerateRequest<T>): Promise<Generated<T>> {
  request.signal.throwIfAborted();
  const schema = request.schema && (await jsonSchemaOf(request.schema));
  const limits = new CallLimits(request.signal, {
    callTimeoutMs: request.callTimeoutMs ?? 300_000,
    silenceTimeoutMs: request.silenceTimeoutMs ?? 60_000,
  });
  try {
    return judge(request, await receive(request, limits, schema));
  } finally {
    limits.close();
  }
}

/** What came over the wire, to its end. */
interface Answer {
  text: string;
  usage: Usage;
  modelId: string;
  finishReason: string;
  /** Whether the model itself said that it was done. */
  finished: boolean;
}

async function receive<T>(request: GenerateRequest<T>, limits: CallLimits, schema: JSONSchema7 | undefined): Promise<Answer> {
  const { model } = request;
  const elements =
    request.elements === undefined
      ? undefined
      : new ElementStream(request.elements, (element, index) => request.onElement?.(element, index));
  const answer: Answer = { text: '', usage: noUsage, modelId: nameOf(model), finishReason: 'other', finished: false };
  const parts = ask(request, limits.signal, schema)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await limits.wait(parts.next()).catch((thrown: unknown) => {
        throw failureOf(thrown, request, limits, answer.usage);
      });
      if (part.done === true) return answer;
      limits.heard();
      switch (part.value.type) {
        case 'text-delta':
          answer.text += part.value.text;
          elements?.push(part.value.text);
          if (schema === undefined) request.onText?.(part.value.text);
          break;
        case 'finish-step':
          answer.modelId = nameOf(model, part.value.response.modelId);
          answer.usage = fromLanguageModelUsage(part.value.usage, answer.modelId);
          answer.finishReason = part.value.finishReason;
          // Where the stream ends without a word, the providers report `other`, and no reason of the model's own.
          answer.finished = part.value.finishReason !== 'other' || part.value.rawFinishReason !== undefined;
          break;
        case 'error':
          throw failureOf(part.value.error, request, limits, answer.usage);
        case 'abort':
          throw failureOf(new Error('the call was aborted'), request, limits, answer.usage);
        default:
      }
    }
  } finally {
    // Not awaited: a model that ignores its signal may never settle it.
    parts.return?.().then(undefined, () => undefined);
  }
}

function ask<T>(
  request: GenerateRequest<T>,
  abortSignal: AbortSignal,
  schema: JSONSchema7 | undefined,
): AsyncIterable<TextStreamPart<ToolSet>> {
  const { model, seed } = request;
  // The builtin model reads the response format; the words of a schema would be none of the instruction's.
  const instruction = schema === undefined || isBuiltin(model) ? undefined : schemaInstruction(schema);
  const system = [request.system, instruction].filter((text) => text !== undefined && text !== '').join('\n\n');
  return streamText({
    model,
    ...(system === '' ? {} : { system }),
    messages: messagesOf(request),
    ...(schema === undefined ? {} : { output: jsonOutput(schema) }),
    ...(seed === undefined ? {} : { seed }),
    providerOptions: providerOptionsFor(model, { schema, task: request.task, seed, prompt: request.prompt }),
    maxRetries: 0,
    abortSignal,
    // What a provider sends that is neither text nor reasoning (a ping while it thinks) is no silence.
    includeRawChunks: true,
    // Errors come as parts of the stream; without this the SDK would print them.
    onError: () => undefined,
  }).fullStream;
}

function messagesOf<T>({ prompt, earlier = [] }: GenerateRequest<T>): ModelMessage[] {
  return [
    { role: 'user', content: prompt },
    ...earlier.flatMap(({ output, complaint }): ModelMessage[] => [
      // Some providers refuse a message without text.
      { role: 'assistant', content: output.trim() === '' ? '(no answer)' : output },
      { role: 'user', content: complaint },
    ]),
  ];
}

/** Why the call failed; when it was cancelled, the reason given for that. */
function failureOf<T>(thrown: unknown, request: GenerateRequest<T>, limits: CallLimits, usage: Usage): unknown {
  if (limits.end === 'cancelled') return request.signal.reason;
  const call = { model: nameOf(request.model), usage };
  return limits.end === undefined ? callFailure(thrown, call) : timeoutFailure(limits.end, limits.limitMs(limits.end), call);
}

/** Whether the answer can be used. */
function judge<T>({ schema, check }: GenerateRequest<T>, answer: Answer): Generated<T> {
  const { text, usage, modelId, finishReason, finished } = answer;
  const refuse = (complaint: string): ModelOutputError =>
    new ModelOutputError({ model: modelId, complaint, output: text, usage, finishReason });
  if (finishReason === 'content-filter') throw refuse("The provider's content filter withheld the answer, or a part of it.");
  const parsed = schema === undefined ? parseText<T>(text, finishReason) : parseAnswer(text, schema, finishReason);
  if ('complaint' in parsed) {
    // A document that closes is whole, whether or not the server said so; anything else was cut off on its way.
    if (!finished) throw brokenStream(modelId, usage, 'the answer ended before the model had said that it was done');
    throw refuse(parsed.complaint);
  }
  if (schema === undefined && !finished) {
    throw brokenStream(modelId, usage, 'the answer ended before the model had said that it was done');
  }
  const complaint = check?.(parsed.value);
  if (complaint !== undefined) throw refuse(complaint);
  return { value: parsed.value, text, usage, modelId };
}

// Without a schema T is string: that is the contract of GenerateRequest.
function parseText<T>(text: string, finishReason: string): Parsed<T> {
  if (text.trim() === '') return { complaint: 'The answer is empty; text was expected.' };
  if (finishReason === 'length')
    return { complaint: 'The answer is cut off: it reached the limit of its length. Answer more briefly.' };
  return { value: text as T };
}

/** `provider/modelId`, or `builtin`. */
function nameOf(model: LanguageModelV3, modelId = model.modelId): string {
  return isBuiltin(model) ? 'builtin' : `${model.provider.split('.', 1)[0]}/${modelId}`;
}
