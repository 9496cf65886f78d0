import { APICallError } from 'ai';
import { LionError } from '../errors.ts';
import { ModelCallError, type CallFacts, type ModelCallErrorCode } from './errors.ts';
import { redactKeys } from './secrets.ts';
import type { Usage } from './usage.ts';

/** What a failed call was. */
interface Call {
  /** `provider/name` or `builtin`. */
  model: string;
  usage: Usage;
}

/**
 * Turns whatever the SDK, a provider package or the network threw into one error that says what it was, and whether to try
 * again. It keeps the provider's words, and no headers, no request body, no key.
 */
export function callFailure(thrown: unknown, { model, usage }: Call): LionError {
  if (thrown instanceof LionError) return thrown;
  const facts = APICallError.isInstance(thrown) ? (ofResponse(thrown) ?? ofNetwork(thrown, 'before')) : ofStream(thrown);
  return new ModelCallError({ ...facts, message: `${model} ${facts.message}`, usage });
}

/** The model was silent, or went on, for too long. */
export function timeoutFailure(
  kind: 'call-timeout' | 'silence-timeout',
  limitMs: number,
  { model, usage }: Call,
): ModelCallError {
  const message = kind === 'call-timeout' ? `did not finish within ${limitMs / 1000} s` : `sent nothing for ${limitMs / 1000} s`;
  return new ModelCallError({ code: 'MODEL_TIMED_OUT', message: `${model} ${message}`, retryable: true, usage });
}

/** The stream ended without the model having said that it was done. */
export function brokenStream(model: string, usage: Usage, what: string): ModelCallError {
  return new ModelCallError({ code: 'MODEL_STREAM_BROKEN', message: `${model}: ${what}`, retryable: true, usage });
}

/** @returns undefined where there was no HTTP response */
function ofResponse(error: APICallError): CallFacts | undefined {
  const status = error.statusCode;
  if (status === undefined) return undefined;
  if (status < 400) {
    return {
      code: 'MODEL_STREAM_BROKEN',
      message: `gave an answer that cannot be read: ${words(error.message)}`,
      retryable: true,
      status,
    };
  }
  const said = words(bodyWords(error.responseBody) ?? error.message);
  const answered = `answered with status ${status}${said === '' ? '' : `: ${said}`}`;
  return { ...ofStatus(status, error), message: answered, status, retryAfterMs: retryAfterMs(error.responseHeaders) };
}

function ofStatus(status: number, error: APICallError): { code: ModelCallErrorCode; retryable: boolean } {
  if (status === 401 || status === 403) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  if (status === 408) return { code: 'MODEL_TIMED_OUT', retryable: true };
  // An account without means is no better off for waiting.
  if (status === 429) return { code: 'MODEL_RATE_LIMITED', retryable: !/insufficient_quota/.test(error.responseBody ?? '') };
  if (status >= 500) return { code: 'MODEL_OVERLOADED', retryable: status !== 501 && status !== 505 };
  return { code: 'MODEL_REJECTED', retryable: status === 409 || status === 425 };
}

/** What an error body says, whichever of the usual shapes it has; the packages know only their own provider's. */
function bodyWords(body: string | undefined): string | undefined {
  try {
    const said = errorObject(JSON.parse(body ?? '')).said;
    return said === '' ? undefined : said;
  } catch {
    return undefined;
  }
}

/** An error object that came inside the stream, or a connection that ended in it. */
function ofStream(thrown: unknown): CallFacts {
  if (thrown instanceof Error) {
    return networkCode(thrown) === undefined && thrown.message !== 'terminated'
      ? {
          code: 'MODEL_STREAM_BROKEN',
          message: `broke its answer off: ${words(thrown.message)}`,
          retryable: true,
          cause: causeOf(thrown),
        }
      : ofNetwork(thrown, 'during');
  }
  const { kind, said } = errorObject(thrown);
  const message = `broke its answer off with an error: ${words(said === '' ? kind : said) || 'no reason given'}`;
  return { ...ofKind(`${kind} ${said}`), message };
}

/** The providers name their errors alike enough for this. */
function ofKind(text: string): { code: ModelCallErrorCode; retryable: boolean } {
  if (/insufficient_quota/i.test(text)) return { code: 'MODEL_RATE_LIMITED', retryable: false };
  if (/rate.?limit|too many requests|resource.?exhausted/i.test(text)) return { code: 'MODEL_RATE_LIMITED', retryable: true };
  if (/overloaded|server.?error|api_error|unavailable/i.test(text)) return { code: 'MODEL_OVERLOADED', retryable: true };
  if (/authentication|permission|invalid.?api.?key/i.test(text)) return { code: 'MODEL_UNAUTHORIZED', retryable: false };
  if (/invalid.?request|not.?found|context.?length/i.test(text)) return { code: 'MODEL_REJECTED', retryable: false };
  return { code: 'MODEL_STREAM_BROKEN', retryable: true };
}

function errorObject(thrown: unknown): { kind: string; said: string } {
  if (typeof thrown !== 'object' || thrown === null) return { kind: '', said: String(thrown) };
  const fields = thrown as Record<string, unknown>;
  const nested = fields['error'] ?? (fields['response'] as Record<string, unknown> | undefined)?.['error'];
  if (nested !== undefined && nested !== null) return errorObject(nested);
  const text = (name: string): string =>
    typeof fields[name] === 'string' || typeof fields[name] === 'number' ? String(fields[name]) : '';
  return { kind: `${text('type')} ${text('code')} ${text('status')}`.trim(), said: text('message') };
}

function ofNetwork(thrown: Error, when: 'before' | 'during'): CallFacts {
  const code = networkCode(thrown);
  const suffix = code === undefined ? '' : ` (${code})`;
  const cause = causeOf(thrown);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return { code: 'MODEL_TIMED_OUT', message: `sent nothing for too long${suffix}`, retryable: true, cause };
  }
  if (when === 'during') {
    return {
      code: 'MODEL_STREAM_BROKEN',
      message: `broke the connection off in the middle of its answer${suffix}`,
      retryable: true,
      cause,
    };
  }
  // A certificate or an address that does not fit stays so.
  const lasting = code !== undefined && /CERT|TLS|SSL|SIGNED|INVALID_URL|ERR_INVALID/.test(code);
  return {
    code: 'MODEL_UNREACHABLE',
    message: `cannot be reached: ${words(thrown.message)}${suffix}`,
    retryable: !lasting,
    cause,
  };
}

/** The code of the innermost fault, as in ECONNREFUSED. */
function networkCode(thrown: unknown): string | undefined {
  let code: string | undefined;
  let at: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof at === 'object' && at !== null; depth++) {
    const fields = at as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof fields.code === 'string') code = fields.code;
    at = fields.cause ?? (Array.isArray(fields.errors) ? fields.errors[0] : undefined);
  }
  return code;
}

// The SDK's own errors hold the request, with the prompt, and the response's headers: they are not passed on.
function causeOf(thrown: Error): unknown {
  return APICallError.isInstance(thrown) || 'data' in thrown || 'value' in thrown ? undefined : thrown;
}

const words = (text: string): string => {
  const clean = redactKeys(text).replaceAll(/\s+/g, ' ').trim();
  return clean.length <= 500 ? clean : `${clean.slice(0, 500)}…`;
};

/** From `retry-after-ms`, or `retry-after` in seconds or as a date. */
function retryAfterMs(headers: Record<string, string> | undefined, now = Date.now()): number | undefined {
  const exact = Number.parseFloat(headers?.['retry-after-ms'] ?? '');
  if (Number.isFinite(exact)) return Math.max(0, exact);
  const after = headers?.['retry-after'];
  if (after === undefined) return undefined;
  const seconds = Number(after);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(after) - now;
  return Number.isFinite(waitMs) ? Math.max(0, Math.round(waitMs)) : undefined;
}
