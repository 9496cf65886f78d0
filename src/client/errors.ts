/** One thing that is wrong with what was given. */
export interface InputIssue {
  /** Where, as in `answer.choices[2].id`. */
  path: string;
  message: string;
}

/**
 * What went wrong, on the way to a Lion or in one. `code` is the server's (`SESSION_NOT_FOUND`, `BAD_INPUT`, ...), or one of
 * the client's own: `UNREACHABLE` (nothing answers, or the connection broke), `NOT_A_LION` (something else answers), and
 * `CLOSED` (the client was closed meanwhile).
 */
export class LionClientError extends Error {
  override readonly name = 'LionClientError';
  /** Names the kind of error for programs. */
  readonly code: string;
  /** The HTTP status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Whether the same request can succeed later without being changed, as far as that is known. */
  readonly retryable: boolean;
  /** When to come back, in so many ms, where the server says so (`RATE_LIMITED`). */
  readonly retryAfterMs: number | undefined;
  /** What is wrong with what was given, field by field, where the server says so. */
  readonly issues: readonly InputIssue[];
  /** The operation that is in the way, where that is why (`SESSION_BUSY`). */
  readonly operationId: string | undefined;

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & {
      status?: number;
      retryable?: boolean;
      retryAfterMs?: number | undefined;
      issues?: readonly InputIssue[];
      operationId?: string | undefined;
    } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.retryable = options.retryable ?? code === 'UNREACHABLE';
    this.retryAfterMs = options.retryAfterMs;
    this.issues = options.issues ?? [];
    this.operationId = options.operationId;
  }
}

/** A GraphQL error, as it travels. */
export interface ErrorAnswer {
  message: string;
  extensions?: Record<string, unknown>;
}

/** The first of the errors that a server gave for a request. */
export function refusal([first]: readonly ErrorAnswer[], status?: number): LionClientError {
  const { code, retryable, retryAfterMs, issues } = first?.extensions ?? {};
  return new LionClientError(
    typeof code === 'string' ? code : 'UNKNOWN',
    first?.message ?? 'The server refused, and did not say why.',
    {
      ...(status !== undefined && { status }),
      retryable: retryable === true,
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
      ...(Array.isArray(issues) && { issues: issues as InputIssue[] }),
    },
  );
}

/** Why nothing answers, in words. */
export function unreachable(url: string, cause: unknown): LionClientError {
  return new LionClientError('UNREACHABLE', `No Lion answers at ${url}: ${reasonOf(cause)}.`, { cause });
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak https',
};

/** Causes are nested, and come in bundles where a host has several addresses. */
function reasonOf(cause: unknown): string {
  const inner = innermost(cause);
  const code = (inner as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string' && reasons[code] !== undefined) return reasons[code];
  const message = (inner as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' && message !== '' ? message : 'the connection failed';
}

function innermost(cause: unknown): unknown {
  if (cause instanceof AggregateError && cause.errors.length > 0) return innermost(cause.errors[0]);
  if (cause instanceof Error && cause.cause !== undefined) return innermost(cause.cause);
  return cause;
}
