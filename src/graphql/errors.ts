import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { KeyNotFoundError, KeyNotRotatableError, LastAdminKeyError } from '../access/errors.ts';
import { refusalHeaders } from '../access/limit-headers.ts';
import { RateLimitedError, TooManyOperationsError, TooManySessionsError } from '../access/limit-errors.ts';
import { InputInvalidError, LionError, type InputIssue } from '../errors.ts';
import { CursorBeyondEndError } from '../history/errors.ts';
import { newFaultId } from '../ids.ts';
import { ModelUnknownError } from '../models/errors.ts';
import {
  AnswerInvalidError,
  IdempotencyConflictError,
  InputAlreadyReceivedError,
  OperationFinishedError,
  OperationNotFoundError,
  OperationNotRetryableError,
  OperationNotWaitingError,
  OperationOfPastError,
  ServerStoppingError,
  SessionBusyError,
} from '../operations/errors.ts';
import { ForkBeyondEndError, ForkTooDeepError, SessionExpiredError, SessionNotFoundError } from '../sessions/errors.ts';
import type { Builder } from './builder.ts';
import { QueryTooComplexError } from './query-too-complex.ts';

/** The errors that are members of result unions, each with its code and what it means. */
const expected = [
  {
    error: SessionNotFoundError,
    code: 'SESSION_NOT_FOUND',
    description: 'There is no such session, or none that the viewer may see.',
  },
  {
    error: SessionExpiredError,
    code: 'SESSION_EXPIRED',
    description: 'The session takes no new work. It can be read, and revived with `updateSession`.',
  },
  {
    error: SessionBusyError,
    code: 'SESSION_BUSY',
    description: 'The session has operations that have not ended, and this one was to be rejected then.',
  },
  {
    error: OperationNotFoundError,
    code: 'OPERATION_NOT_FOUND',
    description: 'There is no such operation, or none that the viewer may see.',
  },
  {
    error: OperationFinishedError,
    code: 'OPERATION_FINISHED',
    description: 'The operation has ended already, and terminal states do not change.',
  },
  {
    error: OperationNotRetryableError,
    code: 'OPERATION_NOT_RETRYABLE',
    description: 'Only an operation that has failed or was cancelled can be retried.',
  },
  {
    error: OperationNotWaitingError,
    code: 'OPERATION_NOT_WAITING',
    description: 'The operation does not wait for this answer, or not any more.',
  },
  {
    error: InputAlreadyReceivedError,
    code: 'INPUT_ALREADY_RECEIVED',
    description: 'Somebody else has answered before: the first valid answer counts.',
  },
  {
    error: AnswerInvalidError,
    code: 'ANSWER_INVALID',
    description: 'The answer does not have the shape that is asked for. The question stands.',
  },
  {
    error: OperationOfPastError,
    code: 'OPERATION_OF_PAST',
    description: 'The operation is of the past that its session shares as a fork: there it can only be read.',
  },
  {
    error: ForkTooDeepError,
    code: 'FORK_TOO_DEEP',
    description: 'The history up to that event is already that of as many forks of forks as may be.',
  },
  {
    error: ForkBeyondEndError,
    code: 'FORK_BEYOND_END',
    description: 'The session was to be forked at an event that its history does not have.',
  },
  {
    error: IdempotencyConflictError,
    code: 'IDEMPOTENCY_CONFLICT',
    description: 'The idempotency key was used for another request.',
  },
  {
    error: ModelUnknownError,
    code: 'MODEL_UNKNOWN',
    description: 'There is no model of that name, or what it needs is not configured.',
  },
  {
    error: KeyNotFoundError,
    code: 'KEY_NOT_FOUND',
    description: 'There is no such key in the project.',
  },
  {
    error: KeyNotRotatableError,
    code: 'KEY_NOT_ROTATABLE',
    description: 'The key has ended, or comes from the configuration: it can have no new secret.',
  },
  {
    error: LastAdminKeyError,
    code: 'LAST_ADMIN_KEY',
    description: 'The key is the last one that can administer the project.',
  },
  {
    error: TooManyOperationsError,
    code: 'TOO_MANY_OPERATIONS',
    description: 'As many operations are queued or running as may be.',
  },
  {
    error: TooManySessionsError,
    code: 'TOO_MANY_SESSIONS',
    description: 'As many sessions are stored as may be.',
  },
] as const;

type Code = (typeof expected)[number]['code'];

export function addErrors(builder: Builder): void {
  const ErrorCode = builder.enumType('ErrorCode', {
    description: 'Names the kind of an error that a client is expected to handle.',
    values: Object.fromEntries(expected.map(({ code, description }) => [code, { description }])) as Record<
      Code,
      { description: string }
    >,
  });
  const ErrorInterface = builder.interfaceRef<LionError>('Error').implement({
    description: 'What went wrong, where a client is expected to handle it.',
    fields: (t) => ({
      message: t.exposeString('message', { description: 'For people: what was wrong, and what to do.' }),
      code: t.field({ type: ErrorCode, description: 'For programs.', resolve: ({ code }) => code as Code }),
    }),
  });
  for (const { error, description } of expected) {
    builder.objectType(error, { name: error.name, description, interfaces: [ErrorInterface] });
  }
  const InputIssueType = builder.objectRef<InputIssue>('InputIssue').implement({
    description: 'One thing that is wrong with what was given.',
    fields: (t) => ({
      path: t.exposeString('path', { description: 'Where, as in `answer.choices[2].id`.' }),
      message: t.exposeString('message', { description: 'What.' }),
    }),
  });
  builder.objectField(AnswerInvalidError, 'issues', (t) =>
    t.field({ type: [InputIssueType], description: 'What does not fit, field by field.', resolve: ({ issues }) => [...issues] }),
  );
  builder.objectField(ForkBeyondEndError, 'lastSeq', (t) =>
    t.exposeInt('lastSeq', { description: 'The last event that there is.' }),
  );
}

/** What a caller should know of an error, whatever was thrown. Faults inside Lion are logged, and told of by their id only. */
export function presentError(error: unknown, logger: Logger): GraphQLError {
  const cause = causeOf(error);
  // Of a request that is wrong in itself, the outermost error says where.
  const thrown = cause instanceof GraphQLError ? error : cause;
  const where =
    error instanceof GraphQLError
      ? { nodes: error.nodes ?? null, source: error.source ?? null, positions: error.positions ?? null, path: error.path ?? null }
      : {};
  if (thrown instanceof LionError) return new GraphQLError(thrown.message, { ...where, extensions: extensionsOf(thrown) });
  if (thrown instanceof GraphQLError) {
    // Of the request itself: its syntax, its names, its variables, its cursors.
    const { originalError: _, code, http, ...extensions } = thrown.extensions;
    // A request that is none has no result, whatever media type the client prefers.
    const status =
      code === 'BAD_REQUEST'
        ? { http: { status: 400, ...(http as object), spec: false } }
        : { ...(http !== undefined && { http }) };
    return new GraphQLError(thrown.message, { ...where, extensions: { ...extensions, ...status, code: 'BAD_INPUT' } });
  }
  const faultId = newFaultId();
  logger.error({ err: thrown, faultId, path: where.path }, 'a request met a fault');
  return new GraphQLError(`Something went wrong inside Lion. The server's log has it as ${faultId}.`, {
    ...where,
    extensions: { code: 'INTERNAL', faultId },
  });
}

function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? causeOf(error.originalError) : error;
}

/** By then, where a server is started again, it is there. */
const retryAfterSeconds = 2;

function extensionsOf(error: LionError): Record<string, unknown> {
  const { code, retryable } = error;
  if (code === 'UNAUTHENTICATED') return { code, http: { status: 401 } };
  if (code === 'FORBIDDEN' || code === 'DOCUMENT_NOT_ALLOWED') return { code, http: { status: 403 } };
  if (error instanceof ServerStoppingError)
    return { code, retryable, http: { status: 503, headers: { 'retry-after': String(retryAfterSeconds) } } };
  if (error instanceof RateLimitedError) {
    const { limit, of, most, retryAfterMs } = error;
    return { code, retryable, retryAfterMs, limit, of, max: most, http: { status: 429, headers: refusalHeaders(error) } };
  }
  if (error instanceof QueryTooComplexError) {
    const { limit, actual, max } = error;
    return { code, retryable, limit, actual, max, http: { spec: true, status: 400 } };
  }
  if (error instanceof InputInvalidError) return { code, issues: error.issues };
  if (error instanceof CursorBeyondEndError) return { code, lastSeq: error.lastSeq };
  return { code, retryable };
}
