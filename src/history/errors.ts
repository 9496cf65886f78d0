import { LionError } from '../errors.ts';

/** There is no such session, or none that the caller may see. */
export class SessionNotFoundError extends LionError {
  readonly code = 'SESSION_NOT_FOUND';
  readonly retryable = false;

  constructor(sessionId: string) {
    super(`There is no session ${sessionId.slice(0, 64)}. It may have been deleted; createSession makes a new one.`);
  }
}

/** A cursor that the history does not reach. */
export class CursorBeyondEndError extends LionError {
  readonly code = 'CURSOR_BEYOND_END';
  readonly retryable = false;
  readonly lastSeq: number;

  constructor(after: number, lastSeq: number) {
    super(
      `The cursor ${after} is past the end of the history, whose last event is ${lastSeq}. Follow it from ${lastSeq}, or from 0 for all of it.`,
    );
    this.lastSeq = lastSeq;
  }
}
