import { APICallError } from 'ai';
import { LionError } from '../errors.ts';
import type { CallLimit } from './call-limits.ts';
import { ModelCallError, type CallFacts, type ModelCallErrorCode } from './errors.ts';
import { networkFailure, networkFault } from './network-failure.ts';
import { askedWaitMs } from './retry-after.ts';
import { redactKeys } from './secrets.ts';
import { canPass, errorBody, errorObject, type ErrorObject } from './stream-error.ts';
import type { Usage } from './usage.ts';

/** What a failed call was. */
export interface Call {
  /** `provider/name` or `builtin`. */
  model: string;
  usage: Usage;
}

/** What was seen of its response. */
interface Seen {
  /** Whether any of the answer came. */
  hasContent: boolean;
  hasBegun: boolean;
  /** The status of the HTTP response, where it was seen on the wire. */
  status: number | undefined;
}

type Facts = Omit<CallFacts, 'model' | 'usage'>;

/**
 * Turns whatever the SDK, a provider package or the network threw into one error that says what it was, and whether to try
 * again. It keeps the provider's words, and no headers, no request body, no key.
 */
export function callFailure(thrown: unknown, { model, usage }: Call, seen: Seen): LionError {
  if (thrown instanceof LionError) return thrown;
  const facts = factsOf(thrown, seen);
  return new ModelCallError({ ...facts, message: `${model} ${facts.message}`, model, usage });
}

/** The model was silent, or went on, for too long. */
export function timeoutFailure(limit: CallLimit, limitMs: number, { model, usage }: Call): ModelCallError {
  const after = `${limitMs / 1000} s`;
  const timeouts: Record<CallLimit, { code: ModelCallErrorCode; message: string }> = {
    'call-timeout': { code: 'MODEL_TIMED_OUT', message: `did not finish within ${after}` },
    'no-response': { code: 'MODEL_NO_RESPONSE', message: `did not begin to answer for ${after}` },
    stalled: { code: 'MODEL_STREAM_STALLED', message: `stopped in its answer, and sent nothing for ${after}` },
  };
  const { code, message } = timeouts[limit];
  return new ModelCallError({ code, message: `${model} ${message}`, retryable: true, model, usage });
}

/** The stream ended in good order, without the model having said that it was done. */
export function brokenStream({ model, usage }: Call, hasContent: boolean): ModelCallError {
  const facts = ended(hasContent);
  return new ModelCallError({ ...facts, message: `${model} ${facts.message}`, model, usage });
}

function factsOf(thrown: unknown, seen: Seen): Facts {
  if (APICallError.isInstance(thrown)) {
    const status = thrown.statusCode;
    if (status !== undefined) return ofResponse(thrown, status, seen.status);
    return ofNetwork(thrown, seen.hasBegun);
  }
  if (!(thrown instanceof Error)) return ofStreamError(errorObject(thrown));
  if (networkFault(thrown) !== undefined || thrown.message === 'terminated') return ofNetwork(thrown, seen.hasBegun);
  // How the SDK, and some packages, tell of a stream that ended in good order.
  if (/ended without a finish/.test(thrown.message)) return ended(seen.hasContent);
  return {
    code: 'MODEL_STREAM_BROKEN',
    message: `broke its answer off: ${words(thrown.message)}`,
    retryable: true,
    cause: causeOf(thrown),
  };
}

const ended = (hasContent: boolean): Facts =>
  hasContent
    ? { code: 'MODEL_STREAM_BROKEN', message: 'ended its answer before it had said that it was done', retryable: true }
    : { code: 'MODEL_STREAM_EMPTY', message: 'ended its answer without anything in it', retryable: true };

function ofResponse(error: APICallError, status: number, seenStatus = status): Facts {
  const body = errorBody(error.responseBody);
  // The packages give an error at the beginning of a stream a status of their own.
  if (seenStatus < 400 && status >= 400) return ofStreamError(body.said === '' ? { ...body, said: error.message } : body);
  if (status < 400) {
    if (networkFault(error) !== undefined) return ofNetwork(error, true);
    const message = `gave an answer that cannot be read: ${words(error.message)}`;
    return { code: 'MODEL_STREAM_BROKEN', message, retryable: true, status };
  }
  const said = words(body.said === '' ? error.message : body.said);
  return {
    ...ofStatus(status, `${body.kind} ${body.said}`),
    message: `answered with status ${status}${said === '' ? '' : `: ${said}`}`,
    status,
    retryAfterMs: askedWaitMs(status, error.responseHeaders, error.responseBody),
  };
}

function ofStatus(status: number, body: string): { code: ModelCallErrorCode; retryable: boolean } {
  // An account without means is no better off for waiting. Anthropic says it with a 400.
  if (status === 402 || /insufficient_quota|credit balance is too low/i.test(body))
    return { code: 'MODEL_QUOTA_EXHAUSTED', retryable: false };
  if (status === 401 || status === 403) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  if (status === 408) return { code: 'MODEL_TIMED_OUT', retryable: true };
  if (status === 429) return { code: 'MODEL_RATE_LIMITED', retryable: true };
  if (status === 503 || status === 529) return { code: 'MODEL_OVERLOADED', retryable: true };
  if (status >= 500) return { code: 'MODEL_SERVER_ERROR', retryable: status !== 501 && status !== 505 };
  return { code: 'MODEL_REJECTED', retryable: status === 409 || status === 425 };
}

function ofStreamError(error: ErrorObject): Facts {
  const said = words(error.said === '' ? error.kind : error.said) || 'no reason given';
  return { code: 'MODEL_STREAM_ERROR', message: `broke its answer off with an error: ${said}`, retryable: canPass(error) };
}

const ofNetwork = (thrown: Error, hasBegun: boolean): Facts => ({
  ...networkFailure(networkFault(thrown), hasBegun, words(thrown.message)),
  cause: causeOf(thrown),
});

// The SDK's own errors hold the request, with the prompt, and the response's headers: they are not passed on.
function causeOf(thrown: Error): unknown {
  return APICallError.isInstance(thrown) || 'data' in thrown || 'value' in thrown ? undefined : thrown;
}

const words = (text: string): string => {
  const clean = redactKeys(text).replaceAll(/\s+/g, ' ').trim();
  return clean.length <= 500 ? clean : `${clean.slice(0, 500)}…`;
};
