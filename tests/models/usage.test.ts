import type { LanguageModelUsage } from 'ai';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pricesWith } from '../../src/models/prices.ts';
import { addUsage, fromLanguageModelUsage, noUsage, untoldUsage, type Usage } from '../../src/models/usage.ts';

const used = (cost: number | null): Usage => ({ inputTokens: 10, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2, cost });

const counts = (inputTokens?: number, outputTokens?: number, cacheReadTokens?: number): LanguageModelUsage => ({
  inputTokens,
  inputTokenDetails: { noCacheTokens: undefined, cacheReadTokens, cacheWriteTokens: undefined },
  outputTokens,
  outputTokenDetails: { textTokens: undefined, reasoningTokens: undefined },
  totalTokens: undefined,
});

test('tokens add up, and so does what is known to be paid', () => {
  expect(addUsage(used(3), used(4))).toEqual({ inputTokens: 20, outputTokens: 10, cachedTokens: 8, reasoningTokens: 4, cost: 7 });
});

test('an unknown cost stays unknown, never zero, though no tokens were told', () => {
  expect(addUsage(used(3), used(null)).cost).toBeNull();
  expect(addUsage(used(null), noUsage).cost).toBeNull();
  expect(addUsage(used(3), untoldUsage('openai/gpt-5-mini')).cost).toBeNull();
  expect(addUsage(noUsage, noUsage)).toEqual(noUsage);
});

test('costs add up exactly, in whole micro-dollars, whatever the order', () => {
  const cost = fc.option(fc.nat(1_000_000_000_000), { freq: 20 });
  fc.assert(
    fc.property(fc.array(cost, { minLength: 1, maxLength: 200 }), (costs) => {
      const sum = costs.map(used).reduce(addUsage, noUsage).cost;
      const exact = costs.includes(null) ? null : costs.reduce((total, each) => total + BigInt(each ?? 0), 0n);
      expect(sum === null ? null : BigInt(sum)).toBe(exact);
      expect(costs.toReversed().map(used).reduce(addUsage, noUsage).cost).toBe(sum);
    }),
  );
});

test('what a provider does not tell counts as no tokens at an unknown cost, but for a model that costs nothing', () => {
  for (const untold of [counts(), counts(undefined, 3), counts(0, 3), counts(11)]) {
    expect(fromLanguageModelUsage(untold, 'openai/gpt-5-mini')).toEqual({
      ...noUsage,
      inputTokens: untold.inputTokens ?? 0,
      outputTokens: untold.outputTokens ?? 0,
      cost: null,
    });
    expect(fromLanguageModelUsage(untold, 'builtin').cost).toBe(0);
    expect(fromLanguageModelUsage(untold, 'ollama/x').cost).toBe(0);
  }
  const own = pricesWith([{ pattern: 'openai-compatible/*', price: { input: 0, output: 0 } }]);
  expect(untoldUsage('openai-compatible/x')).toEqual({ ...noUsage, cost: null });
  expect(untoldUsage('openai-compatible/x', {}, own)).toEqual(noUsage);
});

test('what is no number of tokens was not told', () => {
  for (const nonsense of [-1, 1.5, Number.NaN, Infinity, 1e300]) {
    expect(fromLanguageModelUsage(counts(nonsense, 5), 'openai/gpt-5-mini')).toEqual({ ...noUsage, outputTokens: 5, cost: null });
    expect(fromLanguageModelUsage(counts(11, 5, nonsense), 'openai/gpt-5-mini')).toMatchObject({ cachedTokens: 0, cost: 13 });
  }
});
