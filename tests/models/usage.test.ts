import { expect, test } from 'vitest';
import { addUsage, fromLanguageModelUsage, noUsage, type Usage } from '../../src/models/usage.ts';

const used = (cost: number | null): Usage => ({ inputTokens: 10, outputTokens: 5, cachedTokens: 4, reasoningTokens: 2, cost });

test('tokens add up, and so does what is known to be paid', () => {
  expect(addUsage(used(3), used(4))).toEqual({ inputTokens: 20, outputTokens: 10, cachedTokens: 8, reasoningTokens: 4, cost: 7 });
});

test('an unknown price stays unknown, never zero', () => {
  expect(addUsage(used(3), used(null)).cost).toBeNull();
  expect(addUsage(used(null), noUsage).cost).toBeNull();
  // No tokens cost nothing, whatever their price.
  expect(addUsage(used(3), { ...noUsage, cost: null }).cost).toBe(3);
  expect(addUsage(noUsage, noUsage)).toEqual(noUsage);
});

test('what a provider does not tell counts as none', () => {
  const untold = {
    inputTokens: undefined,
    inputTokenDetails: { noCacheTokens: undefined, cacheReadTokens: undefined, cacheWriteTokens: undefined },
    outputTokens: 3,
    outputTokenDetails: { textTokens: undefined, reasoningTokens: undefined },
    totalTokens: undefined,
  };
  expect(fromLanguageModelUsage(untold, 'openai/x')).toEqual({ ...noUsage, outputTokens: 3, cost: null });
  expect(fromLanguageModelUsage(untold, 'builtin').cost).toBe(0);
  expect(fromLanguageModelUsage(untold, 'ollama/x').cost).toBe(0);
});
