/** US dollars for 1,000,000 tokens, six decimals at most: so many micro-US-dollars for one. */
export interface Rates {
  input: number;
  /** Input that the provider read from its cache. @default `input` */
  cachedInput?: number | undefined;
  /** Input that the provider wrote to its cache. @default `input` */
  cacheWrite?: number | undefined;
  /** Reasoning is output. */
  output: number;
}

export interface Price extends Rates {
  /** What the whole of a call costs whose input, cached or not, has more tokens than this. */
  above?: (Rates & { inputTokens: number }) | undefined;
}

/** A price of the table, and the one that its vendor has announced to follow it. */
export interface ListedPrice extends Price {
  next?: Price & {
    /** As in `2027-01-01`: the first day (UTC) on which it holds. */
    from: string;
  };
}

export interface PriceList {
  provider: 'openai' | 'anthropic' | 'google';
  /** The day on which these prices were last known to stand on the vendor's page. */
  asOf: string;
  /** The vendor's page. */
  source: string;
  /** By the model's name without the date or number of a snapshot. */
  models: Readonly<Record<string, ListedPrice>>;
}

/** OpenAI's long context: twice the input, cached or not, and one and a half times the output, for the whole call. */
const longContext = ({ input, cachedInput, cacheWrite, output }: Rates): Price => ({
  input,
  cachedInput,
  cacheWrite,
  output,
  above: {
    inputTokens: 272_000,
    input: input * 2,
    cachedInput: cachedInput === undefined ? undefined : cachedInput * 2,
    cacheWrite: cacheWrite === undefined ? undefined : cacheWrite * 2,
    output: output * 1.5,
  },
});

const flashUntil2027: ListedPrice = {
  input: 0.75,
  cachedInput: 0.075,
  output: 3.75,
  next: { from: '2027-01-01', input: 1.5, cachedInput: 0.15, output: 7.5 },
};

/**
 * What the vendors charge at their own addresses for text, at standard service: no batch, flex, fast or priority tier, no
 * surcharge for a region, no audio. A cache write is one of the shortest time to live. What a vendor calls a preview is in
 * here under that name; what has been withdrawn, and what no source was found for, is not: its price is unknown.
 *
 * The numbers were learned from the vendors' pages, in copies and transcripts that others had made of them, and from open
 * price lists (LiteLLM, models.dev, simonw/llm-prices); where these differed the vendor's page counted, and a model whose
 * price stayed in doubt was left out. `asOf` is the day of the reading. Who needs a later one overrides it with LION_PRICES.
 */
export const priceTable: readonly PriceList[] = [
  {
    provider: 'openai',
    asOf: '2026-10-27',
    source: 'https://developers.openai.com/api/docs/pricing',
    models: {
      'gpt-6.1-terra': longContext({ input: 1, cachedInput: 0.05, cacheWrite: 1.25, output: 5 }),
      'gpt-6.1-sol': longContext({ input: 2, cachedInput: 0.1, cacheWrite: 2.5, output: 10 }),
      'gpt-6-astra': longContext({ input: 10, cachedInput: 1, cacheWrite: 12.5, output: 50 }),
      'gpt-6-sol': longContext({ input: 2, cachedInput: 0.2, cacheWrite: 2.5, output: 10 }),
      'gpt-6-luna': longContext({ input: 0.1, cachedInput: 0.01, cacheWrite: 0.125, output: 0.5 }),
      'gpt-5.6-terra': longContext({ input: 2, cachedInput: 0.2, cacheWrite: 2.5, output: 12 }),
      'gpt-5.6-luna': longContext({ input: 0.2, cachedInput: 0.02, cacheWrite: 0.25, output: 1.2 }),
    },
  },
  {
    provider: 'openai',
    asOf: '2026-08-15',
    source: 'https://developers.openai.com/api/docs/pricing',
    models: {
      'gpt-5.5': longContext({ input: 5, cachedInput: 0.5, output: 30 }),
      'gpt-5.4': longContext({ input: 2.5, cachedInput: 0.25, output: 15 }),
      'gpt-5.4-mini': { input: 0.75, cachedInput: 0.075, output: 4.5 },
      'gpt-5.4-nano': { input: 0.2, cachedInput: 0.02, output: 1.25 },
      'gpt-5.2': { input: 1.75, cachedInput: 0.175, output: 14 },
      'gpt-5.1': { input: 1.25, cachedInput: 0.125, output: 10 },
      'gpt-5': { input: 1.25, cachedInput: 0.125, output: 10 },
      'gpt-5-mini': { input: 0.25, cachedInput: 0.025, output: 2 },
      'gpt-5-nano': { input: 0.05, cachedInput: 0.005, output: 0.4 },
      'gpt-4.1': { input: 2, cachedInput: 0.5, output: 8 },
      'gpt-4.1-mini': { input: 0.4, cachedInput: 0.1, output: 1.6 },
      'gpt-4.1-nano': { input: 0.1, cachedInput: 0.025, output: 0.4 },
      'gpt-4o': { input: 2.5, cachedInput: 1.25, output: 10 },
      // The one snapshot that costs more than its model.
      'gpt-4o-2024-05-13': { input: 5, output: 15 },
      'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 },
      o3: { input: 2, cachedInput: 0.5, output: 8 },
      'o4-mini': { input: 1.1, cachedInput: 0.275, output: 4.4 },
    },
  },
  {
    provider: 'anthropic',
    asOf: '2026-10-24',
    source: 'https://platform.claude.com/docs/en/about-claude/pricing',
    models: {
      'claude-fable-5-1': { input: 10, cachedInput: 0.25, cacheWrite: 12.5, output: 50 },
      'claude-fable-5': { input: 10, cachedInput: 1, cacheWrite: 12.5, output: 50 },
      'claude-opus-5-5': { input: 4, cachedInput: 0.2, cacheWrite: 5, output: 20 },
      'claude-opus-5': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
      'claude-opus-4-8': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
      'claude-opus-4-7': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
      'claude-opus-4-6': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
      'claude-opus-4-5': { input: 5, cachedInput: 0.5, cacheWrite: 6.25, output: 25 },
      'claude-sonnet-5-5': { input: 2, cachedInput: 0.1, cacheWrite: 2.5, output: 10 },
      'claude-sonnet-5': { input: 2, cachedInput: 0.2, cacheWrite: 2.5, output: 10 },
      'claude-sonnet-4-6': { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 },
      'claude-sonnet-4-5': { input: 3, cachedInput: 0.3, cacheWrite: 3.75, output: 15 },
      'claude-haiku-5-5': {
        input: 0.1,
        cachedInput: 0.01,
        cacheWrite: 0.125,
        output: 0.5,
        above: { inputTokens: 100_000, input: 0.5, cachedInput: 0.05, cacheWrite: 0.625, output: 2.5 },
      },
      'claude-haiku-4-5': { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 },
    },
  },
  {
    provider: 'google',
    asOf: '2026-09-30',
    source: 'https://ai.google.dev/gemini-api/docs/pricing',
    models: {
      'gemini-3.8-flash': flashUntil2027,
      'gemini-3.7-flash': flashUntil2027,
      'gemini-3.6-flash': flashUntil2027,
      'gemini-3.5-flash': { input: 1.5, cachedInput: 0.15, output: 9 },
      'gemini-3.5-flash-lite': { input: 0.3, cachedInput: 0.03, output: 2.5 },
      'gemini-3.1-pro-preview': {
        input: 2,
        cachedInput: 0.2,
        output: 12,
        above: { inputTokens: 200_000, input: 4, cachedInput: 0.4, output: 18 },
      },
      'gemini-3.1-flash-lite': { input: 0.25, cachedInput: 0.025, output: 1.5 },
      'gemini-3-flash-preview': { input: 0.5, cachedInput: 0.05, output: 3 },
      'gemini-2.5-pro': {
        input: 1.25,
        cachedInput: 0.125,
        output: 10,
        above: { inputTokens: 200_000, input: 2.5, cachedInput: 0.25, output: 15 },
      },
      'gemini-2.5-flash': { input: 0.3, cachedInput: 0.03, output: 2.5 },
      'gemini-2.5-flash-lite': { input: 0.1, cachedInput: 0.01, output: 0.4 },
    },
  },
];
