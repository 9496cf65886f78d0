/** The headers of a response, however they are held; names of a record are in lower case. */
export type ResponseHeaders = Headers | Readonly<Record<string, string | undefined>>;

/** What a provider says is left of one of its limits. */
export interface ProviderAllowance {
  /** Which limit it is: the name of its headers. The same name in a later response replaces it. */
  name: string;
  /** `input-tokens` and `output-tokens` count a part of a call's tokens only. */
  of: 'requests' | 'tokens' | 'input-tokens' | 'output-tokens';
  remaining: number;
  /** The whole of it, where the provider says so. */
  limit: number | undefined;
  /** When the whole of it is there again, in milliseconds from now: more than 0, and at most an hour. */
  resetMs: number;
}

/** Whatever a provider says, after an hour it is asked again. */
const longestWaitMs = 3_600_000;

/** Clocks that are further apart than this are set differently; the `Date` header has whole seconds only. */
const clockToleranceMs = 3000;

/**
 * How long a provider asks to wait, in milliseconds: from `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110).
 *
 * @param now by the clock of this machine; where the provider's clock is set differently, a date is read by the provider's
 * @returns an hour at most; undefined where there is no such header, or none that makes sense
 */
export function retryAfterMs(headers: ResponseHeaders | undefined, now: number): number | undefined {
  if (headers === undefined) return undefined;
  const exact = plainNumber(read(headers, 'retry-after-ms'));
  const after = read(headers, 'retry-after');
  const seconds = plainNumber(after);
  const waitMs = exact ?? (seconds === undefined ? untilDate(after, headers, now) : seconds * 1000);
  return waitMs === undefined ? undefined : Math.min(Math.max(0, Math.round(waitMs)), longestWaitMs);
}

/**
 * What a provider says of its rate limits. It reads the headers of OpenAI, and of the many that took over their names
 * (`x-ratelimit-remaining-requests`), of Anthropic (`anthropic-ratelimit-requests-remaining`), and of the IETF drafts
 * (`ratelimit`, `ratelimit-remaining`, with or without `x-`).
 *
 * @param now by the clock of this machine
 * @returns only what is complete and makes sense, and is not over already
 */
export function rateLimitsOf(headers: ResponseHeaders, now: number): ProviderAllowance[] {
  const found: (ProviderAllowance | undefined)[] = [];
  const take = (name: string, of: ProviderAllowance['of'], said: Said): void => void found.push(allowance(name, of, said));
  for (const of of ['requests', 'tokens'] as const) {
    take(`x-ratelimit-${of}`, of, {
      limit: read(headers, `x-ratelimit-limit-${of}`),
      remaining: read(headers, `x-ratelimit-remaining-${of}`),
      resetMs: resetOf(read(headers, `x-ratelimit-reset-${of}`), headers, now),
    });
  }
  for (const of of ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const) {
    const name = `anthropic-ratelimit-${of}`;
    take(name, of, {
      limit: read(headers, `${name}-limit`),
      remaining: read(headers, `${name}-remaining`),
      resetMs: resetOf(read(headers, `${name}-reset`), headers, now),
    });
  }
  for (const name of ['ratelimit', 'x-ratelimit']) {
    take(name, 'requests', {
      limit: read(headers, `${name}-limit`),
      remaining: read(headers, `${name}-remaining`),
      resetMs: resetOf(read(headers, `${name}-reset`), headers, now),
    });
  }
  for (const { name, said } of combined(read(headers, 'ratelimit'))) take(name, 'requests', said);
  return found.filter((each) => each !== undefined);
}

/** As the headers have it. */
interface Said {
  limit: string | undefined;
  remaining: string | undefined;
  resetMs: number | undefined;
}

function allowance(
  name: string,
  of: ProviderAllowance['of'],
  { limit, remaining, resetMs }: Said,
): ProviderAllowance | undefined {
  const left = plainNumber(remaining);
  if (left === undefined || resetMs === undefined || resetMs <= 0) return undefined;
  return { name, of, remaining: left, limit: plainNumber(limit), resetMs: Math.min(Math.ceil(resetMs), longestWaitMs) };
}

/** `limit=100, remaining=50, reset=5` of the earlier drafts; `"minute";r=50;t=5, "day";r=900;t=80000` of the later ones. */
function combined(text: string | undefined): { name: string; said: Said }[] {
  if (text === undefined) return [];
  const policies = /\bremaining=/i.test(text) ? [text] : text.split(',');
  return policies.map((policy) => {
    const value = (names: string): string | undefined =>
      new RegExp(String.raw`(?:^|[;,\s])(?:${names})\s*=\s*([\d.]+)`, 'i').exec(policy)?.[1];
    const seconds = plainNumber(value('reset|t'));
    return {
      name: `ratelimit ${policies.length === 1 ? '' : policy.split(';', 1)[0]!.trim()}`.trim(),
      said: {
        limit: value('limit'),
        remaining: value('remaining|r'),
        resetMs: seconds === undefined ? undefined : seconds * 1000,
      },
    };
  });
}

/** From a length of time (`1s`, `6m0s`, `20ms`), seconds, a date, or the seconds or milliseconds since 1970. */
function resetOf(text: string | undefined, headers: ResponseHeaders, now: number): number | undefined {
  const number = plainNumber(text);
  if (number === undefined) return lengthOf(text) ?? untilDate(text, headers, now);
  // A length of 30 years is none, and neither is a time in the year 33,000.
  if (number >= 1e12) return number - clockOf(headers, now);
  return number >= 1e9 ? number * 1000 - clockOf(headers, now) : number * 1000;
}

const unitsMs: Record<string, number> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 1e-6,
};

/** As Go prints a duration: `1h2m3.5s`. */
function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|d|h|m|s))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/([\d.]+)(ms|us|µs|ns|d|h|m|s)/g)) sum += Number(count) * unitsMs[unit!]!;
  return sum;
}

/** From a date of HTTP or RFC 3339. The parser of the language takes nearly anything: `-5` is a day in May 2001 to it. */
function untilDate(text: string | undefined, headers: ResponseHeaders, now: number): number | undefined {
  if (text === undefined || !/^(?:[a-z]{3,9},? |\d{4}-\d\d-\d\dt)/i.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at - clockOf(headers, now);
}

/** The time at the provider: a laptop whose clock is behind would wait for longer than it was asked to. */
function clockOf(headers: ResponseHeaders, now: number): number {
  const there = Date.parse(read(headers, 'date') ?? '');
  return Math.abs(there - now) > clockToleranceMs ? there : now;
}

function plainNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function read(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  const text = value?.trim() ?? '';
  return text === '' ? undefined : text;
}
