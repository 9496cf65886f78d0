import type { LanguageModelUsage } from 'ai';
import { listPrices, type Prices, type Served } from './prices.ts';

/** What model calls used. Counts are whole tokens. */
export interface Usage {
  /** All input tokens, the cached ones among them. */
  inputTokens: number;
  /** All output tokens, reasoning among them. */
  outputTokens: number;
  /** Input tokens that the provider read from its cache. */
  cachedTokens: number;
  reasoningTokens: number;
  /** Micro-US-dollars; null where tokens were used whose price, or whose number, is not known. */
  cost: number | null;
}

/** What a call has used so far. */
export interface CallUse {
  readonly usage: Usage;
  /** Whether that is all: the provider has counted it, or cannot have done anything. Otherwise it may have been more. */
  readonly isCounted: boolean;
}

/** Nothing was asked of any model. */
export const noUsage: Readonly<Usage> = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  cost: 0,
});

/** The sum of two usages. Its cost is null as soon as that of either is: also where no tokens were counted, since none may have been told. */
export function addUsage(a: Readonly<Usage>, b: Readonly<Usage>): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    cost: a.cost === null || b.cost === null ? null : a.cost + b.cost,
  };
}

/**
 * What the AI SDK counted, as Lion counts it. What was not counted counts as 0 tokens, at an unknown cost.
 * @param modelName `provider/name` by the provider's word, or `builtin`
 */
export function fromLanguageModelUsage(
  { inputTokens, outputTokens, inputTokenDetails, outputTokenDetails }: LanguageModelUsage,
  modelName: string,
  served: Served = {},
  prices: Prices = listPrices,
): Usage {
  // No call is without input: a provider that says 0 has not counted.
  const input = counted(inputTokens) === 0 ? undefined : counted(inputTokens);
  const output = counted(outputTokens);
  const cachedTokens = counted(inputTokenDetails.cacheReadTokens) ?? 0;
  const cacheWriteTokens = counted(inputTokenDetails.cacheWriteTokens) ?? 0;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    cachedTokens,
    reasoningTokens: counted(outputTokenDetails.reasoningTokens) ?? 0,
    cost: prices.costOf(modelName, { inputTokens: input, outputTokens: output, cachedTokens, cacheWriteTokens }, served),
  };
}

/** The usage of a call that a model began to answer, and whose tokens were never told: its cost is unknown, but for a free model. */
export function untoldUsage(modelName: string, served: Served = {}, prices: Prices = listPrices): Usage {
  return { ...noUsage, cost: prices.costOf(modelName, { inputTokens: undefined, outputTokens: undefined }, served) };
}

/** More than any call can use: who says so has not counted. Within it all sums and costs are exact. */
const mostTokens = 10_000_000_000;

/** @returns undefined for what is no number of tokens, whatever a server may say */
const counted = (tokens: number | undefined): number | undefined =>
  Number.isInteger(tokens) && tokens !== undefined && tokens >= 0 && tokens <= mostTokens ? tokens : undefined;
