import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ModelCallError, ModelOutputError } from '../../src/models/errors.ts';
import { openTraffic, type Traffic, type Turn } from '../../src/models/traffic.ts';
import type { Wait } from '../../src/models/turn.ts';
import { noUsage } from '../../src/models/usage.ts';

const start = Date.UTC(2026, 10, 25, 12, 0, 0);
const at = (seconds: number): Date => new Date(start + seconds * 1000);

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  // Nothing may be armed once nobody waits.
  if (timers > 0) throw new Error(`${timers} timer(s) were left behind`);
});

/** Calls that ask for a turn at `openai`, and what became of each. */
class Calls {
  /** Who got a turn, in order, and at which second. */
  readonly entered: [name: string, second: number][] = [];
  readonly turns = new Map<string, Turn>();
  readonly refused = new Map<string, unknown>();
  readonly waits = new Map<string, Wait[]>();
  readonly #traffic: Traffic;

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  async ask(name: string, { tokens = 0, signal = new AbortController().signal, provider = 'openai' } = {}): Promise<void> {
    const waits: Wait[] = [];
    this.waits.set(name, waits);
    this.#traffic.enter(provider, { tokens, signal, onWait: (wait) => void waits.push(wait) }).then(
      (turn) => {
        this.entered.push([name, (Date.now() - start) / 1000]);
        this.turns.set(name, turn);
      },
      (reason: unknown) => this.refused.set(name, reason),
    );
    await settled();
  }

  async end(name: string, tokens = 0): Promise<void> {
    this.turns.get(name)!.end({ tokens });
    await settled();
  }

  async fail(name: string, error: unknown): Promise<void> {
    this.turns.get(name)!.end({ error });
    await settled();
  }
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);
const failure = (code: ModelCallError['code'], more: { status?: number; retryable?: boolean } = {}): ModelCallError =>
  new ModelCallError({ model: 'openai/x', code, message: `failed with ${code}`, retryable: true, ...more });

describe('the queue', () => {
  test('lets in as many as may be under way, in the order in which they came', async () => {
    const calls = new Calls(openTraffic({ openai: { concurrency: 2 } }));
    const { signal } = new AbortController();
    for (const name of ['a', 'b', 'c', 'd']) await calls.ask(name, { signal });
    await seconds(100);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    expect(calls.waits.get('a')).toEqual([]);
    expect(calls.waits.get('c')).toEqual([{ provider: 'openai', reason: 'CONCURRENCY', until: null }]);
    expect(calls.waits.get('d')).toEqual([{ provider: 'openai', reason: 'CONCURRENCY', until: null }]);
    await calls.end('b');
    await calls.ask('e');
    await calls.end('a');
    await calls.end('c');
    expect(calls.entered.map(([name]) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('a turn that is ended twice gives its place back once', async () => {
    const calls = new Calls(openTraffic({ openai: { concurrency: 1 } }));
    for (const name of ['a', 'b', 'c']) await calls.ask(name);
    await calls.end('a');
    await calls.end('a');
    expect(calls.entered.map(([name]) => name)).toEqual(['a', 'b']);
  });

  test('providers do not wait for each other, and builtin waits for nobody', async () => {
    const calls = new Calls(openTraffic({ openai: { concurrency: 1 } }));
    await calls.ask('a');
    await calls.ask('b');
    await calls.ask('c', { provider: 'anthropic' });
    await calls.ask('d', { provider: 'builtin' });
    expect(calls.entered.map(([name]) => name)).toEqual(['a', 'c', 'd']);
    await calls.end('a');
  });

  test('builtin has limits where they are set', async () => {
    const calls = new Calls(openTraffic({ builtin: { concurrency: 1 } }));
    await calls.ask('a', { provider: 'builtin' });
    await calls.ask('b', { provider: 'builtin' });
    expect(calls.entered.map(([name]) => name)).toEqual(['a']);
    await calls.end('a');
    expect(calls.entered.map(([name]) => name)).toEqual(['a', 'b']);
  });

  test('who is aborted leaves at once, with the reason, and the next one goes', async () => {
    const calls = new Calls(openTraffic({ openai: { tokensPerMinute: 100 } }));
    const cancel = new AbortController();
    await calls.ask('a', { tokens: 60 });
    await calls.ask('b', { tokens: 90, signal: cancel.signal });
    await calls.ask('c', { tokens: 40 });
    expect(calls.entered).toEqual([['a', 0]]);
    await seconds(1);
    cancel.abort(new Error('enough'));
    await settled();
    expect(calls.refused.get('b')).toEqual(new Error('enough'));
    expect(calls.entered).toEqual([
      ['a', 0],
      ['c', 1],
    ]);
    expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
    await calls.ask('d', { signal: cancel.signal });
    expect(calls.refused.get('d')).toEqual(new Error('enough'));
  });

  test('an `onWait` that throws ends its own wait, and no other', async () => {
    const traffic = openTraffic({ openai: { concurrency: 1 } });
    const calls = new Calls(traffic);
    await calls.ask('a');
    const onWait = (): void => {
      throw new Error('no room to write it down');
    };
    const entering = traffic.enter('openai', { tokens: 0, signal: new AbortController().signal, onWait });
    await expect(entering).rejects.toThrow('no room to write it down');
    await calls.ask('b');
    await calls.end('a');
    expect(calls.entered.map(([name]) => name)).toEqual(['a', 'b']);
  });
});

describe('limits a minute', () => {
  test('requests: never more than the limit in any 60 s', async () => {
    const calls = new Calls(openTraffic({ openai: { requestsPerMinute: 2 } }));
    await calls.ask('a');
    await seconds(50);
    for (const name of ['b', 'c', 'd', 'e']) await calls.ask(name);
    expect(calls.waits.get('c')).toEqual([{ provider: 'openai', reason: 'REQUESTS', until: at(60) }]);
    expect(calls.waits.get('d')).toEqual([{ provider: 'openai', reason: 'REQUESTS', until: null }]);
    await seconds(100);
    // A bucket that fills evenly would have let `c` in together with `b`.
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 50],
      ['c', 60],
      ['d', 110],
      ['e', 120],
    ]);
    expect(calls.waits.get('d')).toEqual([
      { provider: 'openai', reason: 'REQUESTS', until: null },
      { provider: 'openai', reason: 'REQUESTS', until: at(110) },
    ]);
  });

  test('tokens: what is expected is kept free, and nobody who would fit overtakes', async () => {
    const calls = new Calls(openTraffic({ openai: { tokensPerMinute: 100 } }));
    await calls.ask('a', { tokens: 60 });
    await seconds(10);
    await calls.ask('b', { tokens: 50 });
    await calls.ask('c', { tokens: 10 });
    expect(calls.waits.get('b')).toEqual([{ provider: 'openai', reason: 'TOKENS', until: at(60) }]);
    await seconds(50);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 60],
      ['c', 60],
    ]);
  });

  test('tokens: a call that used less gives room at once, one that used more takes room from then on', async () => {
    const calls = new Calls(openTraffic({ openai: { tokensPerMinute: 100 } }));
    await calls.ask('a', { tokens: 80 });
    await calls.ask('b', { tokens: 50 });
    await seconds(10);
    await calls.end('a', 30);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 10],
    ]);
    await seconds(10);
    await calls.end('b', 120);
    await calls.ask('c', { tokens: 30 });
    expect(calls.waits.get('c')).toEqual([{ provider: 'openai', reason: 'TOKENS', until: at(70) }]);
    await seconds(60);
    // Of b, 50 counted from 10 s on, and 70 from 20 s on.
    expect(calls.entered.at(-1)).toEqual(['c', 70]);
  });

  test('tokens: a call that failed frees what it cannot have used', async () => {
    const calls = new Calls(openTraffic({ openai: { tokensPerMinute: 100 } }));
    await calls.ask('a', { tokens: 100 });
    await calls.fail('a', failure('MODEL_RATE_LIMITED', { status: 429 }));
    await calls.ask('b', { tokens: 100 });
    await calls.fail('b', failure('MODEL_STREAM_BROKEN'));
    await calls.ask('c', { tokens: 100 });
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    await seconds(60);
    expect(calls.entered.at(-1)).toEqual(['c', 60]);
  });

  test('tokens: a call that needs more than the whole limit goes when nothing else counts', async () => {
    const calls = new Calls(openTraffic({ openai: { tokensPerMinute: 100 } }));
    await calls.ask('a', { tokens: 1 });
    await seconds(30);
    // A call that used nothing does not count.
    await calls.ask('nothing', { tokens: 10 });
    await calls.end('nothing', 0);
    calls.entered.length = 1;
    await calls.ask('b', { tokens: 500 });
    await calls.ask('c', { tokens: 1 });
    await seconds(130);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 60],
      ['c', 120],
    ]);
  });
});

describe('what the provider says', () => {
  const observe = (traffic: Traffic, status: number, headers: Record<string, string>): void =>
    traffic.observe('openai', status, new Headers(headers));

  test.each([
    [429, { 'retry-after': '30' }, 30],
    [429, { 'retry-after-ms': '1500' }, 1.5],
    [429, { 'retry-after': at(300).toUTCString() }, 300],
    [503, { 'retry-after': '86400' }, 3600],
    [529, { 'retry-after': '2' }, 2],
  ])('%d with %j keeps everybody away until then', async (status, headers, until) => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, status, headers);
    await calls.ask('a');
    await calls.ask('b');
    expect(calls.waits.get('a')).toEqual([{ provider: 'openai', reason: 'PROVIDER', until: at(until) }]);
    expect(calls.waits.get('b')).toEqual([{ provider: 'openai', reason: 'PROVIDER', until: at(until) }]);
    await seconds(until - 0.01);
    expect(calls.entered).toEqual([]);
    await seconds(0.01);
    expect(calls.entered).toEqual([
      ['a', until],
      ['b', until],
    ]);
  });

  test.each([
    [200, { 'retry-after': '30' }],
    [500, { 'retry-after': '30' }],
    [429, { 'retry-after': 'soon' }],
    [429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': 'soon' }],
    [200, { 'x-ratelimit-remaining-requests': '0' }],
  ])('%d with %j keeps nobody away', async (status, headers) => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, status, headers);
    await calls.ask('a');
    expect(calls.entered).toEqual([['a', 0]]);
  });

  test('a shorter pause does not end a longer one', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, 429, { 'retry-after': '30' });
    observe(traffic, 429, { 'retry-after': '1' });
    observe(traffic, 200, {});
    await calls.ask('a');
    await seconds(30);
    expect(calls.entered).toEqual([['a', 30]]);
  });

  test('requests that are left are counted down, until the provider says so again', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, 200, { 'x-ratelimit-remaining-requests': '2', 'x-ratelimit-reset-requests': '20s' });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await calls.ask(name);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    expect(calls.waits.get('c')).toEqual([{ provider: 'openai', reason: 'PROVIDER', until: at(20) }]);
    await seconds(5);
    observe(traffic, 200, { 'x-ratelimit-remaining-requests': '1', 'x-ratelimit-reset-requests': '20s' });
    await settled();
    expect(calls.entered.at(-1)).toEqual(['c', 5]);
    await seconds(20);
    expect(calls.entered.slice(3)).toEqual([
      ['d', 25],
      ['e', 25],
    ]);
  });

  test('tokens that are left have to be enough for the next call', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, 200, {
      'anthropic-ratelimit-tokens-remaining': '100',
      'anthropic-ratelimit-tokens-reset': at(8).toISOString(),
    });
    await calls.ask('a', { tokens: 60 });
    await calls.ask('b', { tokens: 60 });
    await seconds(10);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 8],
    ]);
  });

  test('a call that needs more than the provider ever gives goes while nothing of it is used', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    observe(traffic, 200, {
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': '100',
      'x-ratelimit-reset-tokens': '30s',
    });
    await calls.ask('a', { tokens: 500 });
    await calls.ask('b', { tokens: 1 });
    await seconds(30);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 30],
    ]);
  });

  test('output tokens keep calls away when none are left, and not before', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    const reset = { 'anthropic-ratelimit-output-tokens-reset': at(8).toISOString() };
    observe(traffic, 200, { 'anthropic-ratelimit-output-tokens-remaining': '10', ...reset });
    await calls.ask('a', { tokens: 60 });
    observe(traffic, 200, { 'anthropic-ratelimit-output-tokens-remaining': '0', ...reset });
    await calls.ask('b', { tokens: 60 });
    await seconds(10);
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 8],
    ]);
  });

  test('it counts together with the limits that are set; each wait is told once', async () => {
    const traffic = openTraffic({ openai: { concurrency: 1, requestsPerMinute: 1 } });
    const calls = new Calls(traffic);
    await calls.ask('a');
    await calls.ask('b');
    await calls.ask('c');
    observe(traffic, 429, { 'retry-after': '70' });
    observe(traffic, 429, { 'retry-after': '70.4' });
    observe(traffic, 429, { 'retry-after': '90' });
    await seconds(90);
    expect(calls.entered).toEqual([['a', 0]]);
    await calls.end('a');
    expect(calls.entered).toEqual([
      ['a', 0],
      ['b', 90],
    ]);
    expect(calls.waits.get('b')!.map(({ reason, until }) => [reason, until])).toEqual([
      ['REQUESTS', at(60)],
      ['PROVIDER', at(70)],
      ['PROVIDER', at(90)],
      ['CONCURRENCY', null],
    ]);
    expect(calls.waits.get('c')!.map(({ reason, until }) => [reason, until])).toEqual([
      ['REQUESTS', null],
      ['PROVIDER', at(70)],
      ['PROVIDER', at(90)],
      ['REQUESTS', at(150)],
    ]);
    await seconds(60);
    await calls.end('b');
    expect(calls.entered.at(-1)).toEqual(['c', 150]);
  });
});

describe('the breaker', () => {
  /** That many calls, one after the other, fail with that. */
  async function failing(calls: Calls, count: number, error: unknown): Promise<void> {
    for (let index = 0; index < count; index++) {
      await calls.ask('failing');
      await calls.fail('failing', error);
    }
  }
  const isOpen = async (calls: Calls): Promise<boolean> => {
    await calls.ask('probe');
    const refused = calls.refused.has('probe');
    if (!refused) await calls.fail('probe', new Error('only asked'));
    calls.refused.delete('probe');
    return refused;
  };

  test.each([
    'MODEL_UNREACHABLE',
    'MODEL_CONNECTION_RESET',
    'MODEL_CERTIFICATE_INVALID',
    'MODEL_SERVER_ERROR',
    'MODEL_OVERLOADED',
    'MODEL_NO_RESPONSE',
    'MODEL_STREAM_STALLED',
    'MODEL_TIMED_OUT',
    'MODEL_STREAM_BROKEN',
    'MODEL_STREAM_ERROR',
    'MODEL_STREAM_EMPTY',
    'MODEL_UNAUTHORIZED',
  ] as const)('opens after five times %s', async (code) => {
    const calls = new Calls(openTraffic({}));
    await failing(calls, 4, failure(code));
    expect(await isOpen(calls)).toBe(false);
    await failing(calls, 1, failure(code));
    await calls.ask('a');
    expect(calls.refused.get('a')).toMatchObject({
      code: 'MODEL_CIRCUIT_OPEN',
      retryable: true,
      retryAfterMs: 10_000,
      model: 'openai',
      message: `openai is not asked at present: its last calls failed (${code}); it will be tried again in 10 s`,
    });
    await seconds(4.5);
    await calls.ask('b');
    expect(calls.refused.get('b')).toMatchObject({ retryAfterMs: 5500 });
  });

  test.each([
    failure('MODEL_RATE_LIMITED', { status: 429 }),
    failure('MODEL_QUOTA_EXHAUSTED'),
    failure('MODEL_REJECTED', { retryable: false }),
    failure('MODEL_STREAM_ERROR', { retryable: false }),
    new DOMException('cancelled', 'AbortError'),
  ])('stays closed after %s, however often', async (error) => {
    const calls = new Calls(openTraffic({}));
    await failing(calls, 4, failure('MODEL_SERVER_ERROR'));
    await failing(calls, 20, error);
    expect(await isOpen(calls)).toBe(false);
    // It is no success either.
    await failing(calls, 1, failure('MODEL_SERVER_ERROR'));
    expect(await isOpen(calls)).toBe(true);
  });

  test('a call that goes well starts the count anew, and so does an answer that cannot be used', async () => {
    const calls = new Calls(openTraffic({}));
    const unusable = new ModelOutputError({
      model: 'openai/x',
      complaint: 'no JSON',
      output: 'Sure!',
      usage: noUsage,
      finishReason: 'stop',
    });
    for (let round = 0; round < 3; round++) {
      await failing(calls, 4, failure('MODEL_SERVER_ERROR'));
      await failing(calls, 1, unusable);
      await failing(calls, 4, failure('MODEL_SERVER_ERROR'));
      await calls.ask('well');
      await calls.end('well');
    }
    expect(await isOpen(calls)).toBe(false);
  });

  test('one call is the trial, and the others still fail at once; when it goes well, all may ask', async () => {
    const calls = new Calls(openTraffic({}));
    await failing(calls, 5, failure('MODEL_SERVER_ERROR'));
    await seconds(10);
    await calls.ask('trial');
    await calls.ask('other');
    expect(calls.refused.get('other')).toMatchObject({
      code: 'MODEL_CIRCUIT_OPEN',
      retryAfterMs: 10_000,
      message: expect.stringContaining('(MODEL_SERVER_ERROR); one call is trying it right now'),
    });
    await calls.end('trial');
    expect(await isOpen(calls)).toBe(false);
    // Closed, it takes as many failures as before.
    await failing(calls, 4, failure('MODEL_SERVER_ERROR'));
    expect(await isOpen(calls)).toBe(false);
    await failing(calls, 1, failure('MODEL_SERVER_ERROR'));
    expect(await isOpen(calls)).toBe(true);
  });

  test('each trial that fails doubles the time, up to two minutes; one that goes well sets it back', async () => {
    const calls = new Calls(openTraffic({}));
    await failing(calls, 5, failure('MODEL_SERVER_ERROR'));
    for (const openSeconds of [10, 20, 40, 80, 120, 120]) {
      await seconds(openSeconds - 0.01);
      expect(await isOpen(calls)).toBe(true);
      await seconds(0.01);
      await failing(calls, 1, failure('MODEL_UNREACHABLE'));
    }
    await seconds(120);
    await calls.ask('trial');
    await calls.end('trial');
    await failing(calls, 5, failure('MODEL_SERVER_ERROR'));
    await seconds(10);
    expect(await isOpen(calls)).toBe(false);
  });

  test('a trial that the provider refuses or limits shows that it works', async () => {
    const calls = new Calls(openTraffic({}));
    await failing(calls, 5, failure('MODEL_SERVER_ERROR'));
    await seconds(10);
    await failing(calls, 1, failure('MODEL_RATE_LIMITED', { status: 429 }));
    await failing(calls, 4, failure('MODEL_SERVER_ERROR'));
    expect(await isOpen(calls)).toBe(false);
  });

  test('a trial that its caller aborts leaves the trial to the next one', async () => {
    const traffic = openTraffic({});
    const calls = new Calls(traffic);
    await failing(calls, 5, failure('MODEL_SERVER_ERROR'));
    await seconds(10);
    await calls.ask('first');
    await calls.fail('first', new DOMException('cancelled', 'AbortError'));
    // While it waits for its turn, too.
    traffic.observe('openai', 503, new Headers({ 'retry-after': '5' }));
    const cancel = new AbortController();
    await calls.ask('second', { signal: cancel.signal });
    expect(calls.waits.get('second')).toHaveLength(1);
    cancel.abort();
    await seconds(5);
    await calls.ask('third');
    await calls.ask('other');
    expect(calls.refused.has('third')).toBe(false);
    expect(calls.refused.has('other')).toBe(true);
    await calls.end('third');
    expect(await isOpen(calls)).toBe(false);
  });

  test('whoever waits when it opens fails with it, and is not let in by the failure that opens it', async () => {
    const calls = new Calls(openTraffic({ openai: { concurrency: 5 } }));
    for (let index = 0; index < 10; index++) await calls.ask(`call ${index}`);
    for (let index = 0; index < 5; index++) calls.turns.get(`call ${index}`)!.end({ error: failure('MODEL_OVERLOADED') });
    await settled();
    // Each of the first four failures let one in; the fifth let nobody in.
    expect(calls.entered).toHaveLength(9);
    expect(calls.refused.get('call 9')).toMatchObject({ code: 'MODEL_CIRCUIT_OPEN' });
    // What becomes of those that had begun before changes nothing.
    await seconds(5);
    await calls.fail('call 6', failure('MODEL_OVERLOADED'));
    await calls.end('call 5');
    expect(await isOpen(calls)).toBe(true);
    await seconds(5);
    await calls.ask('trial');
    expect(calls.refused.has('trial')).toBe(false);
    await calls.fail('call 7', failure('MODEL_OVERLOADED'));
    await calls.end('trial');
    await failing(calls, 4, failure('MODEL_OVERLOADED'));
    await calls.fail('call 8', failure('MODEL_OVERLOADED'));
    expect(await isOpen(calls)).toBe(false);
  });

  test('how many failures, and for how long, can be set', async () => {
    const calls = new Calls(openTraffic({}, { breaker: { failures: 1, openMs: 500 } }));
    await failing(calls, 1, failure('MODEL_SERVER_ERROR'));
    expect(await isOpen(calls)).toBe(true);
    await calls.ask('a', { provider: 'anthropic' });
    expect(calls.refused.has('a')).toBe(false);
    await seconds(0.5);
    expect(await isOpen(calls)).toBe(false);
  });
});
