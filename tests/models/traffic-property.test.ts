import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { openTraffic } from '../../src/models/traffic.ts';

const minuteMs = 60_000;

const call = fc.record({
  arrivesAt: fc.integer({ min: 0, max: 200_000 }),
  tokens: fc.integer({ min: 0, max: 120 }),
  /** Of the tokens that were expected. */
  used: fc.double({ min: 0, max: 1, noNaN: true }),
  takesMs: fc.integer({ min: 0, max: 90_000 }),
  abortedAfterMs: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
});
const traffic = fc.record({
  limits: fc.record(
    {
      concurrency: fc.integer({ min: 1, max: 4 }),
      requestsPerMinute: fc.integer({ min: 1, max: 8 }),
      tokensPerMinute: fc.integer({ min: 1, max: 200 }),
    },
    { requiredKeys: [] },
  ),
  calls: fc.array(call, { minLength: 1, maxLength: 40 }),
  pauses: fc.array(fc.record({ at: fc.integer({ min: 0, max: 200_000 }), seconds: fc.integer({ min: 0, max: 100 }) }), {
    maxLength: 3,
  }),
});

/** A call that has had its turn. */
interface Entered {
  id: number;
  at: number;
  expected: number;
  used: number;
  endedAt: number;
}

test('whatever comes: no limit is passed in any 60 s, nobody overtakes, everybody gets a turn, nothing is left', async () => {
  vi.useFakeTimers();
  let waited = 0;
  try {
    await fc.assert(
      fc.asyncProperty(traffic, async ({ limits, calls, pauses }) => {
        const open = openTraffic({ openai: limits });
        const start = performance.now();
        const now = (): number => Math.round(performance.now() - start);
        const arrived: number[] = [];
        const entered: Entered[] = [];
        const aborted = new Set<number>();
        calls.forEach(({ arrivesAt, tokens, used, takesMs, abortedAfterMs }, id) => {
          setTimeout(() => {
            const cancel = new AbortController();
            let waits = true;
            if (abortedAfterMs !== undefined) setTimeout(() => waits && cancel.abort(id), abortedAfterMs);
            arrived.push(id);
            const onWait = (): void => void waited++;
            open.enter('openai', { tokens, signal: cancel.signal, onWait }).then(
              (turn) => {
                waits = false;
                const entry = { id, at: now(), expected: tokens, used: Math.floor(tokens * used), endedAt: now() + takesMs };
                entered.push(entry);
                setTimeout(() => turn.end({ tokens: entry.used }), takesMs);
              },
              (reason: unknown) => {
                expect(reason).toBe(id);
                aborted.add(id);
              },
            );
          }, arrivesAt);
        });
        for (const { at, seconds } of pauses) {
          setTimeout(() => open.observe('openai', 429, new Headers({ 'retry-after': String(seconds) })), at);
        }
        await vi.runAllTimersAsync();

        expect(vi.getTimerCount()).toBe(0);
        expect(entered.map(({ id }) => id)).toEqual(arrived.filter((id) => !aborted.has(id)));
        for (const { at, seconds } of pauses) {
          expect(entered.filter((each) => each.at > at && each.at < at + seconds * 1000)).toEqual([]);
        }
        entered.forEach(({ at }, index) => {
          const window = entered.slice(index).filter((each) => each.at < at + minuteMs);
          expect(window.length).toBeLessThanOrEqual(limits.requestsPerMinute ?? Number.POSITIVE_INFINITY);
          const counting = window.filter(({ used }) => used > 0);
          const sum = counting.reduce((total, { used }) => total + used, 0);
          // A call that needs more than the limit has the window to itself.
          if (counting.length > 1) expect(sum).toBeLessThanOrEqual(limits.tokensPerMinute ?? Number.POSITIVE_INFINITY);
          const underWay = entered.slice(0, index + 1).filter((each) => each.endedAt > at).length;
          expect(underWay).toBeLessThanOrEqual(limits.concurrency ?? Number.POSITIVE_INFINITY);
        });
      }),
      { numRuns: 300 },
    );
  } finally {
    vi.useRealTimers();
  }
  // It would hold of calls that never meet a limit, too.
  expect(waited).toBeGreaterThan(1000);
}, 60_000);
