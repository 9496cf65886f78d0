import { describe, expect, test } from 'vitest';
import { rateLimitsOf, retryAfterMs } from '../../src/models/rate-limit-headers.ts';

const now = Date.UTC(2026, 10, 25, 12, 0, 0);

describe('Retry-After', () => {
  const cases: [Record<string, string>, number | undefined][] = [
    [{ 'retry-after': '1' }, 1000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': ' 2.5 ' }, 2500],
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after-ms': 'x', 'retry-after': '1' }, 1000],
    [{ 'retry-after': 'Wed, 25 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': '2026-11-25T12:00:30Z' }, 30_000],
    [{ 'retry-after': 'Wed, 25 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'Wed, 25 Nov 2099 11:00:00 GMT' }, 3_600_000],
    // This machine's clock is ten minutes behind: the provider's own date says what is meant.
    [{ 'retry-after': 'Wed, 25 Nov 2026 12:10:30 GMT', date: 'Wed, 25 Nov 2026 12:10:00 GMT' }, 30_000],
    // A date has whole seconds only: it is no reason to wait longer.
    [{ 'retry-after': 'Wed, 25 Nov 2026 12:00:02 GMT', date: 'Wed, 25 Nov 2026 11:59:59 GMT' }, 2000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '1e3' }, undefined],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'Wed, 99 Nov 2026 12:00:30 GMT' }, undefined],
    [{ 'retry-after': '99999999999999999999' }, undefined],
    [{}, undefined],
  ];
  test.each(cases)('%j is %s ms', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
    expect(retryAfterMs(new Headers(headers), now)).toBe(expected);
  });

  test('no headers ask for nothing', () => {
    expect(retryAfterMs(undefined, now)).toBeUndefined();
  });
});

describe('rate limits', () => {
  const of = (headers: Record<string, string>): unknown => rateLimitsOf(new Headers(headers), now);

  test('of OpenAI', () => {
    expect(
      of({
        'x-ratelimit-limit-requests': '60',
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
      }),
    ).toEqual([
      { name: 'x-ratelimit-requests', of: 'requests', remaining: 59, limit: 60, resetMs: 1000 },
      { name: 'x-ratelimit-tokens', of: 'tokens', remaining: 0, limit: 150_000, resetMs: 360_000 },
    ]);
  });

  test.each([
    ['20ms', 20],
    ['1s', 1000],
    ['6m0s', 360_000],
    ['2m59.56s', 179_560],
    ['1h2m', 3_600_000],
    ['1d2h', 3_600_000],
    ['7.66s', 7660],
    ['8us', 1],
    ['12', 12_000],
    ['0.5', 500],
    ['2026-11-25T12:00:05Z', 5000],
    [String(now + 4000), 4000],
    [String(now / 1000 + 4), 4000],
  ])('a reset of %s is in %d ms', (reset, resetMs) => {
    expect(of({ 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': reset })).toEqual([
      { name: 'x-ratelimit-requests', of: 'requests', remaining: 3, limit: undefined, resetMs },
    ]);
  });

  test.each([
    '',
    '0s',
    '0',
    'soon',
    '1s!',
    '-1s',
    '5 s',
    's',
    '1x',
    'NaN',
    'Infinity',
    '2026-11-25T11:00:00Z',
    '2026-99-99T12:00:00Z',
  ])('a reset of "%s" says nothing', (reset) => {
    expect(of({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': reset })).toEqual([]);
  });

  test.each(['', '-1', 'none', '1,5', '0x10', ' ', '1e400'])('"%s" remaining says nothing', (remaining) => {
    expect(of({ 'x-ratelimit-remaining-tokens': remaining, 'x-ratelimit-reset-tokens': '1s' })).toEqual([]);
  });

  test('of Anthropic', () => {
    const limits: Record<string, string> = {};
    for (const kind of ['requests', 'tokens', 'input-tokens', 'output-tokens']) {
      limits[`anthropic-ratelimit-${kind}-limit`] = '50';
      limits[`anthropic-ratelimit-${kind}-remaining`] = '49';
      limits[`anthropic-ratelimit-${kind}-reset`] = '2026-11-25T12:00:07.5Z';
    }
    expect(of(limits)).toEqual(
      ['requests', 'tokens', 'input-tokens', 'output-tokens'].map((kind) => ({
        name: `anthropic-ratelimit-${kind}`,
        of: kind,
        remaining: 49,
        limit: 50,
        resetMs: 7500,
      })),
    );
  });

  test('of OpenRouter, and of the separate headers of the IETF draft', () => {
    expect(of({ 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 2500) })).toEqual([
      { name: 'x-ratelimit', of: 'requests', remaining: 0, limit: 20, resetMs: 2500 },
    ]);
    expect(of({ 'ratelimit-limit': '20', 'ratelimit-remaining': '0', 'ratelimit-reset': '3' })).toEqual([
      { name: 'ratelimit', of: 'requests', remaining: 0, limit: 20, resetMs: 3000 },
    ]);
  });

  test('of the one header of the IETF drafts', () => {
    expect(of({ ratelimit: 'limit=100, remaining=50, reset=5' })).toEqual([
      { name: 'ratelimit', of: 'requests', remaining: 50, limit: 100, resetMs: 5000 },
    ]);
    expect(of({ ratelimit: '"minute";r=0;t=30, "day";r=900;t=80000' })).toEqual([
      { name: 'ratelimit "minute"', of: 'requests', remaining: 0, limit: undefined, resetMs: 30_000 },
      { name: 'ratelimit "day"', of: 'requests', remaining: 900, limit: undefined, resetMs: 3_600_000 },
    ]);
    expect(of({ ratelimit: 'limit=100' })).toEqual([]);
    expect(of({ ratelimit: ';;,=,r=;t=' })).toEqual([]);
  });
});
