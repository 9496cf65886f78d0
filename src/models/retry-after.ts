import { rateLimitsOf, retryAfterMs } from './rate-limit-headers.ts';

/**
 * How long a provider that refused a call wants to be left alone, in ms: what it asks for itself; else, of the limits that its
 * headers say are used up, until the last is there again; else what Gemini says in the body.
 * @returns undefined where it says nothing
 */
export function askedWaitMs(
  status: number,
  headers: Record<string, string> | undefined,
  body: string | undefined,
  now = Date.now(),
): number | undefined {
  const asked = retryAfterMs(headers, now);
  if (asked !== undefined) return asked;
  if (status === 429 && headers !== undefined) {
    const usedUp = rateLimitsOf(headers, now).filter(({ remaining }) => remaining <= 0);
    if (usedUp.length > 0) return Math.max(...usedUp.map(({ resetMs }) => resetMs));
  }
  // google.rpc.RetryInfo, https://cloud.google.com/apis/design/errors#error_details
  const delay = /"retryDelay"\s*:\s*"(\d+(?:\.\d+)?)s"/.exec(body ?? '')?.[1];
  return delay === undefined ? undefined : Math.round(Number(delay) * 1000);
}
