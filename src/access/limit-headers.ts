import type { RateLimitedError } from './limit-errors.ts';
import type { LimitName, LimitOf } from './limit-settings.ts';
import type { Quota } from './limits.ts';
import { windowMs } from './rate-windows.ts';

// As the IETF's draft has them: draft-ietf-httpapi-ratelimit-headers-10.

/** What a browser may read of an answer beside its body. */
export const exposedHeaders = ['RateLimit', 'RateLimit-Policy', 'Retry-After'];

/** As in `key` for requests, and `project-operations` for all else. */
const nameOf = (limit: LimitName, of: LimitOf): string => `"${of.toLowerCase()}${limit === 'requests' ? '' : `-${limit}`}"`;

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** What is left of the limits that a request was counted on. */
export function quotaHeaders(quotas: readonly Quota[]): Record<string, string> {
  if (quotas.length === 0) return {};
  return {
    'ratelimit-policy': quotas.map(({ limit, of, most }) => `${nameOf(limit, of)};q=${most};w=${windowMs / 1000}`).join(', '),
    ratelimit: quotas.map(({ limit, of, left, resetMs }) => `${nameOf(limit, of)};r=${left};t=${seconds(resetMs)}`).join(', '),
  };
}

/** Limits of what is open at a time have no window. */
const withoutWindow: readonly LimitName[] = ['concurrent', 'subscriptions', 'connections', 'sessions'];

/** When to come back after a refusal. */
export function refusalHeaders({ limit, of, most, retryAfterMs }: RateLimitedError): Record<string, string> {
  const window = withoutWindow.includes(limit) ? '' : `;w=${windowMs / 1000}`;
  return {
    'retry-after': String(seconds(retryAfterMs)),
    'ratelimit-policy': `${nameOf(limit, of)};q=${most}${window}`,
    ratelimit: `${nameOf(limit, of)};r=0;t=${seconds(retryAfterMs)}`,
  };
}
