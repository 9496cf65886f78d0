import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputInvalidError, messageOf, type InputIssue } from '../errors.ts';
import { listPrices, pricesWith, type OwnPrice, type Prices } from './prices.ts';
import { isProviderName, providerNames } from './providers.ts';

const dollars = z
  .number('must be a number: US dollars for a million tokens')
  .min(0, 'must not be negative')
  .max(100_000, 'must be at most 100,000 US dollars for a million tokens')
  .multipleOf(0.000_001, 'must have at most six decimals');

const rates = { input: dollars, cachedInput: dollars.optional(), cacheWrite: dollars.optional(), output: dollars };

const price = z.strictObject({
  ...rates,
  above: z.strictObject({ inputTokens: z.int('must be a whole number').min(1), ...rates }).optional(),
});

/**
 * The prices that count here: the table's, and before them those of the user's file (LION_PRICES), which is a JSON object of
 * prices in US dollars for a million tokens, by model:
 *
 *     {
 *       "openai/gpt-5-mini": { "input": 0.25, "cachedInput": 0.025, "output": 2 },
 *       "google/gemini-2.5-pro": { "input": 1.25, "output": 10, "above": { "inputTokens": 200000, "input": 2.5, "output": 15 } },
 *       "openai-compatible/*": { "input": 0, "output": 0 }
 *     }
 *
 * A name stands for its dated snapshots too; a `*` at its end for any end; the more specific counts. What the user gives holds
 * for whatever address serves the model.
 *
 * @param file undefined: the table's prices alone
 * @throws InputInvalidError that names the entries that do not fit, or says why the file cannot be read
 */
export function loadPrices(file: string | undefined): Prices {
  return file === undefined ? listPrices : pricesWith(parseOwnPrices(read(file)));
}

function read(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw refusal(`the file of prices cannot be read: ${messageOf(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(`the file of prices, ${file}, is not JSON: ${messageOf(error)}`);
  }
}

function parseOwnPrices(content: unknown): OwnPrice[] {
  const object = z.record(z.string(), z.unknown()).safeParse(content);
  if (!object.success) throw refusal('the file of prices must be a JSON object, with a price for each model');
  const issues: InputIssue[] = [];
  const prices: OwnPrice[] = [];
  for (const [pattern, given] of Object.entries(object.data)) {
    const path = `LION_PRICES[${JSON.stringify(pattern)}]`;
    const complaint = complaintAbout(pattern);
    if (complaint !== undefined) issues.push({ path, message: complaint });
    const parsed = price.safeParse(given);
    if (parsed.success) prices.push({ pattern, price: parsed.data });
    else issues.push(...parsed.error.issues.map((issue) => ({ path: [path, ...issue.path].join('.'), message: issue.message })));
  }
  if (issues.length > 0) throw new InputInvalidError(issues);
  return prices;
}

/** What is wrong with the name of an entry; without this an entry that can never match would be silently of no use. */
function complaintAbout(pattern: string): string | undefined {
  const [provider = '', ...rest] = pattern.split('/');
  if (!isProviderName(provider) || rest.join('/') === '') {
    return `must be named provider/model, or provider/* for all of its models; the providers are ${providerNames.join(', ')}`;
  }
  return pattern.slice(0, -1).includes('*') ? 'may have a * at its end only' : undefined;
}

const refusal = (message: string): InputInvalidError => new InputInvalidError([{ path: 'LION_PRICES', message }]);
