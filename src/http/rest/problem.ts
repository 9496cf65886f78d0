import type { Logger } from 'pino';
import { RateLimitedError, TooManyOperationsError } from '../../access/limit-errors.ts';
import { refusalHeaders } from '../../access/limit-headers.ts';
import { InputInvalidError, LionError, type InputIssue } from '../../errors.ts';
import { CursorBeyondEndError } from '../../history/errors.ts';
import { newFaultId, operationId } from '../../ids.ts';
import { AnswerInvalidError, SessionBusyError } from '../../operations/errors.ts';
import { ForkBeyondEndError } from '../../sessions/errors.ts';

/** What is wrong with a request before it is one: no such address, no such method, a body that is none. */
export class RequestError extends LionError {
  readonly code: string;
  readonly retryable = false;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The status of each error that a request may meet, by its code. */
const statuses: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  SESSION_NOT_FOUND: 404,
  OPERATION_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  KEY_NOT_ROTATABLE: 409,
  LAST_ADMIN_KEY: 409,
  SESSION_BUSY: 409,
  IDEMPOTENCY_CONFLICT: 409,
  OPERATION_FINISHED: 409,
  OPERATION_NOT_RETRYABLE: 409,
  OPERATION_NOT_WAITING: 409,
  OPERATION_OF_PAST: 409,
  INPUT_ALREADY_RECEIVED: 409,
  FORK_TOO_DEEP: 409,
  SESSION_EXPIRED: 410,
  BAD_INPUT: 422,
  ANSWER_INVALID: 422,
  CURSOR_BEYOND_END: 422,
  FORK_BEYOND_END: 422,
  MODEL_UNKNOWN: 422,
  RATE_LIMITED: 429,
  TOO_MANY_OPERATIONS: 429,
  TOO_MANY_SESSIONS: 429,
  SERVER_STOPPING: 503,
  STORAGE_LOCKED: 503,
  STORAGE_GONE: 503,
  STORAGE_FAILED: 503,
  STORAGE_READ_ONLY: 503,
  STORAGE_FULL: 503,
};

/** After so long, in seconds, a server that was started again is there. */
const restartSeconds = 2;

export interface Problem {
  status: number;
  headers: Record<string, string>;
  /** RFC 9457. */
  body: Record<string, unknown>;
}

/** What a caller should know of an error, whatever was thrown. Faults inside Lion are logged, and told of by their id only. */
export function problemOf(error: unknown, logger: Logger): Problem {
  const status = statusOf(error);
  if (!(error instanceof LionError) || status === undefined) {
    const faultId = newFaultId();
    logger.error({ err: error, faultId }, 'a request met a fault');
    const detail = `Something went wrong inside Lion. The server's log has it as ${faultId}.`;
    return { status: 500, headers: {}, body: { ...base('INTERNAL', 500, detail, false), fault_id: faultId } };
  }
  const { code, message, retryable } = error;
  return {
    status,
    headers: headersOf(error, status),
    body: { ...base(code, status, message, retryable), ...factsOf(error) },
  };
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof RequestError ? error.status : error instanceof LionError ? statuses[error.code] : undefined;

const base = (code: string, status: number, detail: string, retryable: boolean) => ({
  type: `urn:lion:problem:${code.toLowerCase().replaceAll('_', '-')}`,
  title: titleOf(code),
  status,
  detail,
  code,
  retryable,
});

const titleOf = (code: string): string => `${code.charAt(0)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`;

function headersOf(error: LionError, status: number): Record<string, string> {
  if (error instanceof RequestError) return error.headers;
  if (status === 401) return { 'www-authenticate': 'Bearer realm="Lion", charset="UTF-8"' };
  if (error instanceof RateLimitedError) return refusalHeaders(error);
  if (error instanceof TooManyOperationsError) return { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  if (error.code === 'SERVER_STOPPING') return { 'retry-after': String(restartSeconds) };
  return {};
}

function factsOf(error: LionError): Record<string, unknown> {
  if (error instanceof InputInvalidError || error instanceof AnswerInvalidError) return { errors: fieldsOf(error.issues) };
  if (error.code === 'MODEL_UNKNOWN') return { errors: [{ field: 'model', message: error.message }] };
  if (error instanceof CursorBeyondEndError)
    return { last_seq: error.lastSeq, errors: [{ field: 'after', message: `must be at most ${error.lastSeq}` }] };
  if (error instanceof ForkBeyondEndError)
    return { last_seq: error.lastSeq, errors: [{ field: 'at_seq', message: `must be at most ${error.lastSeq}` }] };
  if (error instanceof SessionBusyError) return { operation_id: operationId(error.operation.sessionId, error.operation.number) };
  return {};
}

const fieldsOf = (issues: readonly InputIssue[]) => issues.map(({ path, message }) => ({ field: path, message }));
