import { priceTable, type ListedPrice, type Price, type Rates } from './price-table.ts';

/** The tokens of one call; undefined where the provider did not count them. */
export interface CountedTokens {
  /** All input tokens, those read from a cache and those written to one among them. */
  inputTokens: number | undefined;
  /** All output tokens, reasoning among them. */
  outputTokens: number | undefined;
  /** Input tokens that the provider read from its cache. @default 0 */
  cachedTokens?: number | undefined;
  /** Input tokens that the provider wrote to its cache. @default 0 */
  cacheWriteTokens?: number | undefined;
}

/** What else is known of a call when its price is looked up. */
export interface Served {
  /** What the model was asked for as, where the provider answered under another name. */
  asked?: string | undefined;
  /**
   * Somebody else than the vendor served it, at another address: the vendor's prices say nothing about it.
   * @default false
   */
  elsewhere?: boolean | undefined;
  /** When. @default now */
  at?: Date | undefined;
}

export interface Prices {
  /**
   * What a call cost, in whole micro-US-dollars, rounded half up once:
   *
   *     (input − cached − cacheWrite) × inputPrice + cached × cachedInputPrice + cacheWrite × cacheWritePrice + output × outputPrice
   *
   * with prices in US dollars for a million tokens, which is how the vendors state them and bill:
   * https://developers.openai.com/api/docs/pricing, https://platform.claude.com/docs/en/about-claude/pricing,
   * https://ai.google.dev/gemini-api/docs/pricing. It is computed exactly, in whole numbers.
   *
   * @param model `provider/name` by the provider's word, or `builtin`; the name may be that of a dated snapshot
   * @returns null where the price is not known, or the tokens are not and are not free; never a guess
   */
  costOf(model: string, tokens: CountedTokens, served?: Served): number | null;
}

/** A price that the user gave: for one model (`provider/name`), or for all whose names begin so (`provider/pre*`). */
export interface OwnPrice {
  pattern: string;
  price: Price;
}

/** The models that run on this machine, or on one of the user's: their tokens cost nothing. */
const freeProviders = new Set(['builtin', 'ollama']);
const free: Price = { input: 0, output: 0 };

const listed = new Map<string, ListedPrice>(
  priceTable.flatMap(({ provider, models }) =>
    Object.entries(models).map(([name, price]): [string, ListedPrice] => [`${provider}/${name}`, price]),
  ),
);

/** The prices of the table, and before them the user's own, of which the most specific counts. */
export function pricesWith(own: readonly OwnPrice[]): Prices {
  return {
    costOf(model, tokens, { asked = model, elsewhere = false, at = new Date() } = {}) {
      const price = mostSpecific(own, [model, asked]) ?? given(model, elsewhere, at);
      return price === undefined ? null : costAt(price, tokens);
    },
  };
}

/** The prices of the table alone. */
export const listPrices: Prices = pricesWith([]);

function given(model: string, elsewhere: boolean, at: Date): Price | undefined {
  if (freeProviders.has(model.split('/', 1)[0] ?? '')) return free;
  if (elsewhere) return undefined;
  const price = listed.get(model) ?? listed.get(undated(model));
  return price?.next !== undefined && at.getTime() >= Date.parse(price.next.from) ? price.next : price;
}

/** Without what the vendors append to name a snapshot: `-2025-08-07`, `-20250929`, `-001`. */
const undated = (model: string): string => model.replace(/-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3})$/, '');

function mostSpecific(own: readonly OwnPrice[], names: readonly string[]): Price | undefined {
  let best: { price: Price; rank: number } | undefined;
  for (const { pattern, price } of own) {
    for (const name of names) {
      const rank = rankOf(pattern, name);
      if (rank !== undefined && rank > (best?.rank ?? -1)) best = { price, rank };
    }
  }
  return best?.price;
}

/** How exactly a pattern names a model: entirely, else by how much of it; undefined where it does not. */
function rankOf(pattern: string, name: string): number | undefined {
  if (pattern === name) return Infinity;
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1)) ? pattern.length - 1 : undefined;
  return pattern === undated(name) ? pattern.length + 0.5 : undefined;
}

function costAt(
  price: Price,
  { inputTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0 }: CountedTokens,
): number | null {
  if (inputTokens === undefined || outputTokens === undefined) return isFree(price) ? 0 : null;
  const rates = price.above !== undefined && inputTokens > price.above.inputTokens ? price.above : price;
  // A provider that counts more cached tokens than input is wrong about one of them; nobody is paid for the difference.
  const cached = Math.min(cachedTokens, inputTokens);
  const written = Math.min(cacheWriteTokens, inputTokens - cached);
  const millionths =
    BigInt(inputTokens - cached - written) * millionthsOf(rates.input) +
    BigInt(cached) * millionthsOf(rates.cachedInput ?? rates.input) +
    BigInt(written) * millionthsOf(rates.cacheWrite ?? rates.input) +
    BigInt(outputTokens) * millionthsOf(rates.output);
  return Number((millionths + 500_000n) / 1_000_000n);
}

const ratesOf = ({ input, cachedInput = input, cacheWrite = input, output }: Rates): number[] => [
  input,
  cachedInput,
  cacheWrite,
  output,
];
const isFree = (price: Price): boolean =>
  [price, ...(price.above === undefined ? [] : [price.above])].flatMap(ratesOf).every((rate) => rate === 0);

/** Millionths of a micro-US-dollar for one token. Prices have six decimals at most. */
const millionthsOf = (dollarsPerMillion: number): bigint => BigInt(Math.round(dollarsPerMillion * 1_000_000));
