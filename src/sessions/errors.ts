import { LionError } from '../errors.ts';

export { SessionNotFoundError } from '../history/errors.ts';

/** The session can be read, and takes no new work. */
export class SessionExpiredError extends LionError {
  readonly code = 'SESSION_EXPIRED';
  readonly retryable = false;

  constructor(sessionId: string, expiredAt: Date) {
    super(
      `Session ${sessionId} expired at ${expiredAt.toISOString()} and takes no new work. Its history can still be read; revive it with updateSession, or create another.`,
    );
  }
}

/** A fork at an event that the history does not have (yet). */
export class ForkBeyondEndError extends LionError {
  readonly code = 'FORK_BEYOND_END';
  readonly retryable = false;
  readonly lastSeq: number;

  constructor(sessionId: string, atSeq: number, lastSeq: number) {
    super(
      `Session ${sessionId} cannot be forked at event ${atSeq}, as its last one is ${lastSeq}. Give at most that, or leave atSeq out for the end as it is.`,
    );
    this.lastSeq = lastSeq;
  }
}

/** A fork of a fork of a fork ..., once too often. */
export class ForkTooDeepError extends LionError {
  readonly code = 'FORK_TOO_DEEP';
  readonly retryable = false;

  constructor(sessionId: string, most: number) {
    super(
      `Session ${sessionId} cannot be forked there: its history up to that event is that of ${most} sessions already, each a fork of the one before, and no history may lie in more. Fork it at an earlier event, or create a session.`,
    );
  }
}
