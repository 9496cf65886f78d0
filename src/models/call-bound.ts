import { byteLengthOf, nameOf, type Question } from './ask.ts';
import type { Prices } from './prices.ts';
import { servedByVendor } from './providers.ts';
import { isBuiltin } from './provider-options.ts';
import { jsonSchemaOf } from './structured-output.ts';
import type { z } from 'zod';

/** What a model call may use at most. */
export interface CallBound {
  /** `provider/name`, or `builtin`. */
  model: string;
  /** The most tokens that its prompt can be. */
  promptTokens: number;
  /** The most tokens that its answer is to have. */
  maxOutputTokens: number;
  /** An answer that can have fewer is not worth a call. */
  leastOutputTokens: number;
  /** Micro-US-dollars at most, with so many output tokens; null where the price is not known. */
  costOf(outputTokens: number): number | null;
}

/** How long answers may become under a budget, unless it is set. */
export const defaultMaxOutputTokens = 16_384;

const leastOutputTokens = 1024;

/** What providers add of their own: how messages are set apart, how an answer is to be formed. */
const frameTokens = { call: 256, message: 16 };

/**
 * The worst case of a call. Whatever the tokenizer, a token stands for at least one byte: the bytes of all that is sent, in UTF-8,
 * are more than its tokens can be. The schema counts twice: as a text that asks for it, and as what the provider makes of it.
 */
export async function boundOf(
  question: Question & { schema?: z.ZodType },
  { prices, maxOutputTokens = defaultMaxOutputTokens }: { prices: Prices; maxOutputTokens?: number | undefined },
): Promise<CallBound> {
  const { model, earlier = [] } = question;
  const schema = question.schema && (await jsonSchemaOf(question.schema));
  const messages = 2 + 2 * earlier.length;
  const schemaBytes = schema === undefined || isBuiltin(model) ? 0 : Buffer.byteLength(JSON.stringify(schema));
  const promptTokens = byteLengthOf(question, schema) + schemaBytes + frameTokens.call + messages * frameTokens.message;
  const name = nameOf(model);
  const served = { asked: name, elsewhere: !servedByVendor(model) };
  return {
    model: name,
    promptTokens,
    maxOutputTokens,
    leastOutputTokens: Math.min(leastOutputTokens, maxOutputTokens),
    costOf(outputTokens) {
      const tokens = { inputTokens: promptTokens, outputTokens };
      // Whether a provider reads its cache or writes it is not known beforehand.
      const costs = [{}, { cachedTokens: promptTokens }, { cacheWriteTokens: promptTokens }].map((cache) =>
        prices.costOf(name, { ...tokens, ...cache }, served),
      );
      return costs.includes(null) ? null : Math.max(...(costs as number[]));
    },
  };
}
