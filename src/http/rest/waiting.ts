import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

/** The longest that a request may wait for the end of an operation, in seconds; and how long it does where it says nothing. */
export const longestWaitSeconds = 600;

export const wait = z
  .preprocess(
    (text) => (typeof text === 'string' && /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : text),
    z.number('must be a number of seconds').min(0).max(longestWaitSeconds, `must be at most ${longestWaitSeconds}`),
  )
  .optional();

export interface Wait {
  ms: number;
  /** Of what the header `Prefer` asked for, what is done: for `Preference-Applied`. */
  applied: string[];
}

/** How long to wait: as `wait` says in the address, or `Prefer: respond-async, wait=<seconds>` (RFC 7240). */
export function waitOf({ headers }: IncomingMessage, seconds: number | undefined, otherwise = longestWaitSeconds): Wait {
  if (seconds !== undefined) return { ms: seconds * 1000, applied: [] };
  const preferences = [headers['prefer'] ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((text) => text.trim().toLowerCase());
  const isAsync = preferences.includes('respond-async');
  const asked = preferences.map((text) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(text)?.[1]).find((found) => found !== undefined);
  const wanted = asked === undefined ? undefined : Math.min(Number(asked), longestWaitSeconds);
  return {
    ms: (wanted ?? (isAsync ? 0 : otherwise)) * 1000,
    applied: [...(isAsync ? ['respond-async'] : []), ...(wanted === undefined ? [] : [`wait=${wanted}`])],
  };
}
