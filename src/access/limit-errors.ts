import { LionError } from '../errors.ts';
import type { LimitName, LimitOf } from './limit-settings.ts';

const whose: Record<LimitOf, string> = { KEY: 'this key', PROJECT: 'the project', ADDRESS: 'this address' };

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
