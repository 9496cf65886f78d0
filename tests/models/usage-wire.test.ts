import { expect, test } from 'vitest';
import { generate, type Generated } from '../../src/models/generate.ts';
import { openModels, type LanguageModelV3 } from '../../src/models/language-model.ts';
import { pricesWith } from '../../src/models/prices.ts';
import { providers, servedByVendor } from '../../src/models/providers.ts';
import { openProviderServer, type ProviderExchange, type ProviderServer } from '../support/provider-server.ts';
import { neverCancelled, settingsFor } from './models-at.ts';

const event = (data: { type?: string; [field: string]: unknown }): string =>
  `${data.type === undefined ? '' : `event: ${data.type}\n`}data: ${JSON.stringify(data)}\n\n`;

const access = { apiKey: 'sk-test-0123456789abcdef' };

/** The vendor's own model, by Lion's own way of making it, with the requests to the vendor's address sent to `provider`. */
async function vendorsModel(provider: ProviderServer, name: string, baseUrl?: string): Promise<LanguageModelV3> {
  const [vendor, model] = name.split('/') as ['openai' | 'anthropic' | 'google', string];
  const toProvider: typeof fetch = (input, init) => {
    const { pathname, search, hostname } = new URL(input as string);
    expect(hostname).toMatch(/^(api\.openai\.com|api\.anthropic\.com|generativelanguage\.googleapis\.com)$/);
    return fetch(`${provider.url}${pathname}${search}`, init);
  };
  return (await providers[vendor].open({ ...access, baseUrl, fetch: toProvider }))(model);
}

/** Each counts 100 tokens of input, of which 40 were read from a cache and 20 written to one where there is such a thing, and 10 of output. */
const answers: Record<string, (exchange: ProviderExchange) => void> = {
  openai(exchange) {
    exchange.writeText('Well.');
    exchange.writeRaw(
      event({
        type: 'response.completed',
        response: {
          usage: {
            input_tokens: 100,
            input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
            output_tokens: 10,
            output_tokens_details: { reasoning_tokens: 4 },
          },
        },
      }),
    );
    exchange.end();
  },
  anthropic(exchange) {
    exchange.writeRaw(
      event({
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: `${exchange.body.model}-20260901`,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 40, cache_read_input_tokens: 40, cache_creation_input_tokens: 20, output_tokens: 1 },
        },
      }) +
        event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
        event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well.' } }) +
        event({ type: 'content_block_stop', index: 0 }) +
        event({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 10 } }) +
        event({ type: 'message_stop' }),
    );
    exchange.end();
  },
  google(exchange) {
    exchange.writeRaw(
      event({
        candidates: [{ content: { role: 'model', parts: [{ text: 'Well.' }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: { promptTokenCount: 100, cachedContentTokenCount: 40, candidatesTokenCount: 6, thoughtsTokenCount: 4 },
      }),
    );
    exchange.end();
  },
};

async function call(model: LanguageModelV3, more = {}): Promise<Generated<string>> {
  return generate<string>({ model, prompt: 'x', signal: neverCancelled, ...more });
}

test.each([
  // 40 x 1 + 40 x 0.05 + 20 x 1.25 + 10 x 5 micro-dollars
  ['openai/gpt-6.1-terra', undefined, 117],
  ['openai/gpt-6.1-terra', 'https://api.openai.com/v1', 117],
  // 40 x 2 + 40 x 0.1 + 20 x 2.5 + 10 x 10
  ['anthropic/claude-sonnet-5-5', undefined, 234],
  ['anthropic/claude-sonnet-5-5', 'https://api.anthropic.com', 234],
  // 60 x 0.3 + 40 x 0.03 + 10 x 2.5 = 44.2
  ['google/gemini-2.5-flash', undefined, 44],
])(
  '%s at the address of its vendor (%s) costs what the table says, caches and reasoning included',
  async (name, baseUrl, cost) => {
    await using provider = await openProviderServer();
    provider.answer(answers[name.split('/', 1)[0] ?? '']!);
    const { usage } = await call(await vendorsModel(provider, name, baseUrl));
    expect(usage).toEqual({
      inputTokens: 100,
      outputTokens: 10,
      cachedTokens: 40,
      reasoningTokens: name.startsWith('anthropic') ? 0 : 4,
      cost,
    });
  },
);

test.each(['openai/gpt-6.1-terra', 'anthropic/claude-sonnet-5-5', 'google/gemini-2.5-flash'])(
  '%s of another address has a price only where the user gives one',
  async (name) => {
    await using provider = await openProviderServer();
    const baseUrl = name.startsWith('google') ? provider.googleUrl : provider.openaiUrl;
    const model = await (await openModels(settingsFor(name, { baseUrl, ...access }))).languageModel();
    expect(servedByVendor(model)).toBe(false);
    const answered = async (prices = {}): Promise<unknown> => {
      provider.answer('Well.');
      return (await call(model, prices)).usage;
    };
    expect(await answered()).toMatchObject({ inputTokens: 11, outputTokens: 7, cachedTokens: 4, cost: null });
    // 7 x 2 + 4 x 0.5 + 7 x 10
    const prices = pricesWith([{ pattern: name, price: { input: 2, cachedInput: 0.5, output: 10 } }]);
    expect(await answered({ prices })).toMatchObject({ inputTokens: 11, outputTokens: 7, cost: 86 });
  },
);

test('a model that runs here costs nothing, wherever its address is', async () => {
  await using provider = await openProviderServer();
  const models = await openModels(settingsFor('ollama/llama3.2:latest', { baseUrl: provider.url }));
  provider.answer('Well.');
  expect((await call(await models.languageModel())).usage).toMatchObject({ inputTokens: 11, outputTokens: 7, cost: 0 });
});

test('an answer whose tokens the provider does not tell has an unknown cost, not one of zero', async () => {
  await using provider = await openProviderServer();
  const models = await openModels(settingsFor('openai-compatible/small', { baseUrl: provider.openaiUrl }));
  const prices = pricesWith([{ pattern: 'openai-compatible/*', price: { input: 2, output: 10 } }]);
  const done = { id: '1', object: 'chat.completion.chunk', created: 1, model: 'small' };
  provider.answer((exchange) => {
    exchange.writeText('Well.');
    exchange.writeRaw(`data: ${JSON.stringify({ ...done, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`);
    exchange.writeRaw('data: [DONE]\n\n');
    exchange.end();
  });
  expect((await call(await models.languageModel(), { prices })).usage).toMatchObject({
    inputTokens: 0,
    outputTokens: 0,
    cost: null,
  });
});

test('an answer that breaks off has cost nobody knows how much; a call that was refused has cost nothing', async () => {
  await using provider = await openProviderServer();
  const model = await vendorsModel(provider, 'anthropic/claude-sonnet-5-5');
  const broken = expect(call(model)).rejects.toMatchObject({ usage: { inputTokens: 11, cost: null } });
  const request = await provider.nextRequest();
  request.writeText('Well');
  request.end();
  await broken;
  provider.answer((exchange) => exchange.fail(500));
  await expect(call(model)).rejects.toMatchObject({ usage: { inputTokens: 0, outputTokens: 0, cost: 0 } });
});
