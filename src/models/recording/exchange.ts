import { createHash } from 'node:crypto';
import type { LanguageModelV3CallOptions, LanguageModelV3Prompt, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import stringify from 'safe-stable-stringify';

/**
 * What a model was asked, as JSON: all that decides on its answer, and nothing of who asks, or how it is sent. Not how long the answer
 * may become either: under a budget that is what others have left of it.
 */
export type RecordedRequest = Omit<
  LanguageModelV3CallOptions,
  'abortSignal' | 'headers' | 'includeRawChunks' | 'maxOutputTokens'
>;

/** One request to a model, and its whole answer. */
export interface Exchange {
  /** The name that the model goes by: `provider/name`, or `builtin`. */
  model: string;
  /** What the model says of itself: Lion asks some providers otherwise than others. */
  provider: string;
  modelId: string;
  request: RecordedRequest;
  /** The parts of the stream, to the `finish`. */
  answer: LanguageModelV3StreamPart[];
}

/** What of a call is recorded, with its keys in a fixed order. */
export function requestOf(call: LanguageModelV3CallOptions): RecordedRequest {
  const { abortSignal: _signal, headers: _headers, includeRawChunks: _raw, maxOutputTokens: _length, ...request } = call;
  return JSON.parse(stringify(request)) as RecordedRequest;
}

/** The same for requests that are the same. */
export function fingerprint(model: string, request: RecordedRequest): string {
  return createHash('sha256')
    .update(stringify([model, request]))
    .digest('hex');
}

/** How a request begins that is asked: the first words of its user, 200 characters at most. */
export function opening(prompt: LanguageModelV3Prompt): string {
  const message = prompt.find(({ role }) => role === 'user');
  const content = message === undefined || typeof message.content === 'string' ? [] : message.content;
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

/** The longest delta that several are joined to, in characters: a replay still streams, and the file stays readable. */
const joinedLength = 80;

/**
 * Takes in a stream, and keeps what a replay needs. What would differ from one recording to the next although the model says
 * the same is left out: ids, times, and what providers say for their own use.
 */
export class AnswerKeeper {
  readonly #parts: LanguageModelV3StreamPart[] = [];
  readonly #blocks = new Map<string, string>();
  #failed = false;

  /** @returns the whole answer, once the part that ends it has come; undefined before, and for one that failed */
  take(part: LanguageModelV3StreamPart): LanguageModelV3StreamPart[] | undefined {
    switch (part.type) {
      case 'raw':
        return undefined;
      case 'error':
        this.#failed = true;
        return undefined;
      case 'response-metadata':
        if (part.modelId !== undefined) this.#parts.push({ type: part.type, modelId: part.modelId });
        return undefined;
      case 'text-start':
      case 'reasoning-start':
      case 'text-end':
      case 'reasoning-end':
        this.#parts.push({ type: part.type, id: this.#block(part.id) });
        return undefined;
      case 'text-delta':
      case 'reasoning-delta':
        this.#join({ type: part.type, id: this.#block(part.id), delta: part.delta });
        return undefined;
      case 'finish':
        this.#parts.push(withoutMetadata(part));
        return this.#failed ? undefined : this.#parts;
      default:
        this.#parts.push(withoutMetadata(part));
        return undefined;
    }
  }

  #join(part: { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }): void {
    const last = this.#parts.at(-1);
    const joins = last?.type === part.type && last.id === part.id && last.delta.length + part.delta.length <= joinedLength;
    if (joins) last.delta += part.delta;
    else this.#parts.push(part);
  }

  /** The providers' ids of blocks are new with each answer. */
  #block(id: string): string {
    const known = this.#blocks.get(id) ?? String(this.#blocks.size);
    this.#blocks.set(id, known);
    return known;
  }
}

function withoutMetadata(part: LanguageModelV3StreamPart): LanguageModelV3StreamPart {
  if (!('providerMetadata' in part)) return part;
  const { providerMetadata: _own, ...rest } = part;
  return rest;
}
