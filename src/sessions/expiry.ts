import type { Draft } from '../history/draft.ts';
import { SessionExpiredError } from './errors.ts';

/** What decides whether a session has expired. */
export interface Expiry {
  expiresAt: Date | null;
  /** Set once its `SessionExpired` is in the history. */
  expiredAt: Date | null;
  /** How many of its operations have not ended: they hold it open. */
  unfinished: number;
}

/** Whether a session takes no new work. */
export const isExpired = ({ expiresAt, expiredAt, unfinished }: Expiry, now: Date): boolean =>
  expiredAt !== null || (expiresAt !== null && expiresAt <= now && unfinished === 0);

/** The guard of everything that would start work in a session. @throws SessionExpiredError, SessionNotFoundError */
export function takesNewWork({ session, now }: Draft): void {
  if (isExpired(session, now)) throw new SessionExpiredError(session.sessionId, session.expiresAt ?? now);
}
