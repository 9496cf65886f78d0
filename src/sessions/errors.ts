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
