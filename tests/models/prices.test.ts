import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputInvalidError } from '../../src/errors.ts';
import { loadPrices } from '../../src/models/own-prices.ts';
import { priceTable, type ListedPrice, type Price, type Rates } from '../../src/models/price-table.ts';
import { listPrices, pricesWith, type CountedTokens } from '../../src/models/prices.ts';
import { providers } from '../../src/models/providers.ts';
import { scratchFolder } from '../support/scratch.ts';

const million: CountedTokens = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
const short: CountedTokens = { inputTokens: 1000, outputTokens: 100 };
const in2026 = { at: new Date('2026-11-25T12:00:00Z') };

/** The prices of a file with this content. */
function ownPrices(content: unknown): ReturnType<typeof loadPrices> {
  using scratch = scratchFolder();
  const file = join(scratch.path, 'prices.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadPrices(file);
}

function issuesOf(content: unknown): string[] {
  try {
    ownPrices(content);
  } catch (error) {
    if (error instanceof InputInvalidError) return error.issues.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  throw new Error('was taken');
}

describe('the table', () => {
  const models = priceTable.flatMap((list) =>
    Object.entries(list.models).map(([name, price]): [string, ListedPrice] => [`${list.provider}/${name}`, price]),
  );
  const ratesOf = ({ input, cachedInput, cacheWrite, output }: Rates): number[] =>
    [input, cachedInput, cacheWrite, output].filter((rate) => rate !== undefined);

  test('is dated, names the page of the vendor, and has each model once', () => {
    for (const { provider, asOf, source } of priceTable) {
      expect(new Date(asOf).toISOString()).toBe(`${asOf}T00:00:00.000Z`);
      expect(new URL(source).protocol).toBe('https:');
      expect(source).toContain({ openai: 'openai.com', anthropic: 'claude.com', google: 'ai.google.dev' }[provider]);
    }
    expect(new Set(models.map(([name]) => name)).size).toBe(models.length);
  });

  test.each(models)(
    '%s: positive prices of six decimals, of which reading the cache is the cheapest and output the dearest',
    (_, listed) => {
      const prices: Price[] = [listed, ...(listed.next ? [listed.next] : [])];
      for (const rates of prices.flatMap((price): Rates[] => [price, ...(price.above ? [price.above] : [])])) {
        for (const rate of ratesOf(rates)) {
          expect(rate).toBeGreaterThan(0);
          expect(Number(rate.toFixed(6))).toBeCloseTo(rate, 12);
        }
        expect(Math.min(...ratesOf(rates))).toBe(rates.cachedInput ?? rates.input);
        expect(Math.max(...ratesOf(rates))).toBe(rates.output);
      }
      if (listed.above) expect(listed.above.input).toBeGreaterThan(listed.input);
    },
  );

  test('knows the default model of each provider that is paid', () => {
    for (const [provider, { defaultModel }] of Object.entries(providers)) {
      if (defaultModel === undefined) continue;
      expect(listPrices.costOf(`${provider}/${defaultModel}`, short)).toBeGreaterThan(0);
    }
  });

  test('holds for dated snapshots, and for nothing else that is named alike', () => {
    const cost = listPrices.costOf('openai/gpt-5-mini', short);
    expect(cost).toBe(450);
    expect(listPrices.costOf('openai/gpt-5-mini-2025-08-07', short)).toBe(cost);
    expect(listPrices.costOf('anthropic/claude-sonnet-4-5-20250929', short)).toBe(4500);
    expect(listPrices.costOf('google/gemini-2.5-flash-001', short)).toBe(550);
    // The one that costs more than its model.
    expect(listPrices.costOf('openai/gpt-4o-2024-11-20', short)).toBe(3500);
    expect(listPrices.costOf('openai/gpt-4o-2024-05-13', short)).toBe(6500);
    for (const other of ['openai/gpt-5-minimal', 'openai/gpt-5-mini-tuned', 'openai/gpt-5-mini-', 'openai/gpt', 'gpt-5-mini'])
      expect(listPrices.costOf(other, short)).toBeNull();
  });

  test('what is not in it is unknown; what runs on a machine of the user costs nothing', () => {
    expect(listPrices.costOf('openai/gpt-99', short)).toBeNull();
    expect(listPrices.costOf('openai/constructor', short)).toBeNull();
    expect(listPrices.costOf('openai-compatible/gpt-5-mini', short)).toBeNull();
    expect(listPrices.costOf('builtin', million)).toBe(0);
    expect(listPrices.costOf('ollama/llama3.2:latest', million, { elsewhere: true })).toBe(0);
  });

  test('says nothing about a server of somebody else', () => {
    expect(listPrices.costOf('openai/gpt-5-mini', short, { elsewhere: true })).toBeNull();
  });

  test('a price that a vendor has announced counts from its day on', () => {
    const costAt = (at: string): number | null => listPrices.costOf('google/gemini-3.8-flash', million, { at: new Date(at) });
    expect(costAt('2026-12-31T23:59:59.999Z')).toBe(4_500_000);
    expect(costAt('2027-01-01T00:00:00Z')).toBe(9_000_000);
  });
});

describe('the cost of a call', () => {
  test('computed by hand: cached input, cache writes, output', () => {
    // 600 x 2 + 300 x 0.1 + 100 x 2.5 + 50 x 10 micro-dollars
    const tokens = { inputTokens: 1000, cachedTokens: 300, cacheWriteTokens: 100, outputTokens: 50 };
    expect(listPrices.costOf('anthropic/claude-sonnet-5-5', tokens)).toBe(1980);
    // 9,000 x 1 + 1,000 x 0.05 + 2,000 x 5
    expect(listPrices.costOf('openai/gpt-6.1-terra', { inputTokens: 10_000, cachedTokens: 1000, outputTokens: 2000 })).toBe(
      19_050,
    );
    // 7 x 0.75 + 4 x 0.075 + 7 x 3.75 = 31.8
    expect(listPrices.costOf('google/gemini-3.8-flash', { inputTokens: 11, cachedTokens: 4, outputTokens: 7 }, in2026)).toBe(32);
  });

  test('where there is no price of cached input, or of writing it, it is charged as input', () => {
    const prices = pricesWith([{ pattern: 'openai/x', price: { input: 3, output: 5 } }]);
    expect(prices.costOf('openai/x', { inputTokens: 10, cachedTokens: 4, cacheWriteTokens: 2, outputTokens: 1 })).toBe(35);
  });

  test('more cached tokens than input are charged as no more than the input', () => {
    const tokens = { inputTokens: 10, cachedTokens: 40, cacheWriteTokens: 40, outputTokens: 0 };
    const prices = pricesWith([{ pattern: 'openai/x', price: { input: 3, cachedInput: 1, cacheWrite: 2, output: 5 } }]);
    expect(prices.costOf('openai/x', tokens)).toBe(10);
  });

  test('half a micro-dollar is rounded up, less is rounded down', () => {
    const costOf = (input: number): number | null =>
      pricesWith([{ pattern: 'openai/x', price: { input, output: 1 } }]).costOf('openai/x', { inputTokens: 1, outputTokens: 0 });
    expect(costOf(0.5)).toBe(1);
    expect(costOf(0.499999)).toBe(0);
    expect(costOf(2.5)).toBe(3);
    // In binary fractions 6 x 0.7 + 0.3 is 4.499999999999999.
    const tenths = pricesWith([{ pattern: 'openai/x', price: { input: 0.7, output: 0.3 } }]);
    expect(tenths.costOf('openai/x', { inputTokens: 6, outputTokens: 1 })).toBe(5);
  });

  test('above a limit of input, cached or not, all of the call costs more', () => {
    const costOf = (inputTokens: number, model: string): number | null =>
      listPrices.costOf(model, { inputTokens, cachedTokens: 100_000, outputTokens: 1000 });
    // 100,000 x 1.25 + 100,000 x 0.125 + 1,000 x 10; then 100,001 x 2.5 + 100,000 x 0.25 + 1,000 x 15 = 290,002.5
    expect(costOf(200_000, 'google/gemini-2.5-pro')).toBe(147_500);
    expect(costOf(200_001, 'google/gemini-2.5-pro')).toBe(290_003);
    // 172,000 x 1 + 100,000 x 0.05 + 1,000 x 5; then 172,001 x 2 + 100,000 x 0.1 + 1,000 x 7.5
    expect(costOf(272_000, 'openai/gpt-6.1-terra')).toBe(182_000);
    expect(costOf(272_001, 'openai/gpt-6.1-terra')).toBe(361_502);
  });

  test('is a whole number, grows with the tokens, and the calls of a sum cost that sum but for their rounding', () => {
    const tokens = fc.record({
      inputTokens: fc.nat(1_000_000),
      cachedTokens: fc.nat(1_000_000),
      outputTokens: fc.nat(1_000_000),
    });
    const dollars = fc.nat(50_000_000).map((millionths) => millionths / 1_000_000);
    const honest = tokens.filter(({ inputTokens, cachedTokens }) => cachedTokens <= inputTokens);
    const rates = fc.record({ input: dollars, cachedInput: dollars, output: dollars });
    fc.assert(
      fc.property(rates, honest, honest, ({ input, cachedInput, output }, a, b) => {
        const prices = pricesWith([{ pattern: 'openai/x', price: { input, cachedInput, output } }]);
        const costOf = (counted: CountedTokens): number => prices.costOf('openai/x', counted) ?? Number.NaN;
        const both = {
          inputTokens: a.inputTokens + b.inputTokens,
          cachedTokens: a.cachedTokens + b.cachedTokens,
          outputTokens: a.outputTokens + b.outputTokens,
        };
        expect(Number.isSafeInteger(costOf(a))).toBe(true);
        expect(costOf(both)).toBeGreaterThanOrEqual(costOf(a));
        expect(Math.abs(costOf(both) - costOf(a) - costOf(b))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('prices of the user', () => {
  test('come before those of the table, for dated snapshots too and whoever serves the model; without a file there are none', () => {
    const prices = ownPrices({ 'openai/gpt-5-mini': { input: 1, output: 2 }, 'ollama/*': { input: 0.5, output: 0.5 } });
    expect(prices.costOf('openai/gpt-5-mini', million)).toBe(3_000_000);
    expect(prices.costOf('openai/gpt-5-mini-2025-08-07', million, { elsewhere: true })).toBe(3_000_000);
    expect(prices.costOf('ollama/x', million)).toBe(1_000_000);
    expect(prices.costOf('openai/gpt-5-nano', million)).toBe(450_000);
    expect(prices.costOf('openai/gpt-99', million)).toBeNull();
    expect(loadPrices(undefined)).toBe(listPrices);
  });

  test('of which the more specific counts, wherever it stands', () => {
    const rate = (input: number): Price => ({ input, output: 0 });
    const entries = [
      ['openai-compatible/*', rate(1)],
      ['openai-compatible/meta/*', rate(2)],
      ['openai-compatible/meta/llama-3', rate(3)],
      ['openai-compatible/meta/llama-3-2025-01-01', rate(4)],
    ] as const;
    for (const order of [entries, entries.toReversed()]) {
      const prices = ownPrices(Object.fromEntries(order));
      const costOf = (name: string): number | null =>
        prices.costOf(`openai-compatible/${name}`, { inputTokens: 1, outputTokens: 0 });
      expect(['qwen', 'meta/llama-4', 'meta/llama-3', 'meta/llama-3-2025-12-12', 'meta/llama-3-2025-01-01'].map(costOf)).toEqual([
        1, 2, 3, 3, 4,
      ]);
      expect(prices.costOf('openai/meta/llama-3', short)).toBeNull();
    }
  });

  test('hold for the name that was asked for, where a server answers under another one', () => {
    const prices = ownPrices({
      'openai-compatible/small': { input: 1, output: 1 },
      'openai-compatible/*': { input: 9, output: 9 },
    });
    expect(prices.costOf('openai-compatible/gpt-oss', million, { asked: 'openai-compatible/small' })).toBe(2_000_000);
    // The table's do not: another model has answered than the one that it knows the price of.
    expect(listPrices.costOf('openai/gpt-99', million, { asked: 'openai/gpt-5-mini' })).toBeNull();
  });

  test('have the limit above which all costs more', () => {
    const prices = ownPrices({ 'google/x': { input: 1, output: 1, above: { inputTokens: 10, input: 2, output: 3 } } });
    expect(prices.costOf('google/x', { inputTokens: 10, outputTokens: 1 })).toBe(11);
    expect(prices.costOf('google/x', { inputTokens: 11, outputTokens: 1 })).toBe(25);
  });

  test('that do not fit are refused, each by the name of its entry', () => {
    expect(
      issuesOf({
        'openai/a': { input: -1, output: 'two' },
        'openai/b': { input: 1 },
        'openai/c': { input: 1, output: 1, cachedinput: 1 },
        'openai/d': { input: 0.000_000_1, output: 1e9 },
        'opanai/e': { input: 1, output: 1 },
        'openai/*f': { input: 1, output: 1 },
        '*': { input: 1, output: 1 },
        'openai/g': { input: 1, output: 1, above: { inputTokens: 0.5, input: 1, output: 1 } },
        'openai/h': 3,
      }),
    ).toEqual([
      'LION_PRICES["openai/a"].input: must not be negative',
      'LION_PRICES["openai/a"].output: must be a number: US dollars for a million tokens',
      'LION_PRICES["openai/b"].output: must be a number: US dollars for a million tokens',
      expect.stringMatching(/^LION_PRICES\["openai\/c"\]: .*cachedinput/),
      'LION_PRICES["openai/d"].input: must have at most six decimals',
      'LION_PRICES["openai/d"].output: must be at most 100,000 US dollars for a million tokens',
      expect.stringMatching(/^LION_PRICES\["opanai\/e"\]: must be named provider\/model, or provider\/\* .* openai, anthropic/),
      'LION_PRICES["openai/*f"]: may have a * at its end only',
      expect.stringMatching(/^LION_PRICES\["\*"\]: must be named provider\/model/),
      'LION_PRICES["openai/g"].above.inputTokens: must be a whole number',
      expect.stringMatching(/^LION_PRICES\["openai\/h"\]: /),
    ]);
    expect(() =>
      ownPrices({ 'openai/a': { input: 0.0833, cachedInput: 0.005, cacheWrite: 0.000_001, output: 0.3 } }),
    ).not.toThrow();
  });

  test('in a file that is not there, or is no JSON object, are an error that says so', () => {
    using scratch = scratchFolder();
    const file = join(scratch.path, 'none.json');
    expect(() => loadPrices(file)).toThrow(/^LION_PRICES: the file of prices cannot be read: ENOENT.*none\.json/);
    expect(() => loadPrices(scratch.path)).toThrow(/^LION_PRICES: the file of prices cannot be read: EISDIR/);
    expect(() => ownPrices('{')).toThrow(/^LION_PRICES: the file of prices, .*prices\.json, is not JSON: /);
    for (const content of ['[]', 'null', '3'])
      expect(() => ownPrices(content)).toThrow(
        'LION_PRICES: the file of prices must be a JSON object, with a price for each model',
      );
  });
});
