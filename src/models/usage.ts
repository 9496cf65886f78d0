import type { LanguageModelUsage } from 'ai';

/** What model calls used. Counts are whole tokens. */
export interface Usage {
  /** All input tokens, the cached ones among them. */
  inputTokens: number;
  /** All output tokens, reasoning among them. */
  outputTokens: number;
  /** Input tokens that the provider read from its cache. */
  cachedTokens: number;
  reasoningTokens: number;
  /** Micro-US-dollars; null where tokens were used whose price is not known. */
  cost: number | null;
}

export const noUsage: Readonly<Usage> = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  cost: 0,
});

/** The models that run on this machine: their tokens cost nothing. */
const freeProviders = new Set(['builtin', 'ollama']);

/** The sum of two usages. Its cost is null as soon as tokens of either have no known price. */
export function addUsage(a: Readonly<Usage>, b: Readonly<Usage>): Usage {
  const costA = costOf(a);
  const costB = costOf(b);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    cost: costA === null || costB === null ? null : costA + costB,
  };
}

/**
 * What the AI SDK counted, as Lion counts it.
 * @param modelName `provider/name` or `builtin`
 */
export function fromLanguageModelUsage(usage: LanguageModelUsage, modelName: string): Usage {
  const counted = {
    inputTokens: usage.inputTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    cachedTokens: usage.inputTokenDetails.cacheReadTokens ?? 0,
    reasoningTokens: usage.outputTokenDetails.reasoningTokens ?? 0,
  };
  const provider = modelName.split('/', 1)[0] ?? '';
  return { ...counted, cost: freeProviders.has(provider) ? 0 : null };
}

// No tokens cost nothing, whatever their price.
function costOf(usage: Readonly<Usage>): number | null {
  return usage.inputTokens === 0 && usage.outputTokens === 0 ? (usage.cost ?? 0) : usage.cost;
}
