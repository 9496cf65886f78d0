import { LionError } from '../errors.ts';
import type { LimitName, LimitOf } from './limit-settings.ts';

const whose: Record<LimitOf, string> = {
  KEY: 'this key',
  PROJECT: 'the project',
  ADDRESS: 'this address',
  CONNECTION: 'this connection',
};

const what: Record<LimitName, (most: string) => string> = {
  requests: (most) => `make ${most} requests a minute`,
  operations: (most) => `start ${most} operations a minute`,
  concurrent: (most) => `have ${most} operations queued or running at a time`,
  subscriptions: (most) => `have ${most} subscriptions open at a time`,
  connections: (most) => `have ${most} connections open at a time`,
  sessions: (most) => `keep ${most} sessions`,
  logins: (most) => `try ${most} wrong keys a minute`,
};

/** As in `this key may make 600 requests a minute`. */
const rule = (limit: LimitName, of: LimitOf, most: number): string =>
  `${whose[of]} may ${what[limit](most.toLocaleString('en'))}`;

/** How long, for people. */
const inWords = (ms: number): string => (ms < 1000 ? `${Math.ceil(ms)} ms` : `${Math.ceil(ms / 1000)} s`);

/** More was asked for than may be at this time. Nothing was done. */
export class RateLimitedError extends LionError {
  readonly code = 'RATE_LIMITED';
  readonly retryable = true;
  readonly limit: LimitName;
  readonly of: LimitOf;
  readonly most: number;
  /** When to come back: in so many ms. */
  readonly retryAfterMs: number;

  constructor({ limit, of, most, retryAfterMs }: Pick<RateLimitedError, 'limit' | 'of' | 'most' | 'retryAfterMs'>) {
    super(`Too much was asked: ${rule(limit, of, most)}. Nothing was done; come back in ${inWords(retryAfterMs)}.`);
    this.limit = limit;
    this.of = of;
    this.most = most;
    this.retryAfterMs = Math.ceil(retryAfterMs);
  }
}

/** When to look whether others have ended meanwhile. */
const lookAgainMs = 1_000;

/** As many operations have not ended as may be. Nothing was started. */
export class TooManyOperationsError extends LionError {
  readonly code = 'TOO_MANY_OPERATIONS';
  readonly retryable = true;
  readonly of: LimitOf;
  readonly most: number;
  /** When to look whether others have ended meanwhile: nobody knows when they will. */
  readonly retryAfterMs = lookAgainMs;

  constructor(of: LimitOf, most: number) {
    super(
      `No operation was started: ${rule('concurrent', of, most)}, and has. Wait for the end of some, or cancel them; those that wait for a person or a time do not count.`,
    );
    this.of = of;
    this.most = most;
  }
}

/** As many sessions are stored as may be. None was made. */
export class TooManySessionsError extends LionError {
  readonly code = 'TOO_MANY_SESSIONS';
  readonly retryable = false;
  readonly of: LimitOf;
  readonly most: number;

  constructor(of: LimitOf, most: number) {
    super(
      `No session was made: ${rule('sessions', of, most)}, and does. Delete some that are not needed any more, or have the limit raised.`,
    );
    this.of = of;
    this.most = most;
  }
}
