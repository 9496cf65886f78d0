import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ModelUnknownError } from '../../src/models/errors.ts';
import { generate } from '../../src/models/generate.ts';
import { openModels, type ModelSettings } from '../../src/models/language-model.ts';
import { providerNames, providers } from '../../src/models/providers.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { neverCancelled, settingsFor } from './models-at.ts';

/** An address where nothing listens, for an Ollama that is not there. */
const nowhere = 'http://127.0.0.1:1';

async function chosen(env: ModelSettings['env'], more: Partial<ModelSettings> = {}): Promise<{ name: string; reason: string }> {
  return (await openModels(settingsFor('auto', { env: { OLLAMA_HOST: nowhere, ...env }, ...more }))).default;
}

describe('auto', () => {
  test('takes the first provider whose key is there: openai, anthropic, google', async () => {
    const google = { GOOGLE_GENERATIVE_AI_API_KEY: 'AIzaSecret123456' };
    const anthropic = { ...google, ANTHROPIC_API_KEY: 'sk-ant-secret123456' };
    const openai = { ...anthropic, OPENAI_API_KEY: 'sk-secret123456' };
    expect(await chosen(openai)).toEqual({
      name: expect.stringMatching(/^openai\//),
      reason: 'LION_MODEL is not set, and OPENAI_API_KEY is in the environment',
    });
    expect((await chosen(anthropic)).name).toMatch(/^anthropic\/claude-/);
    expect((await chosen(google)).name).toMatch(/^google\/gemini-/);
    // Empty is not set.
    expect((await chosen({ ...google, OPENAI_API_KEY: '  ' })).name).toMatch(/^google\//);
  });

  test('takes a key before a local Ollama, and a local Ollama before builtin', async () => {
    await using ollama = await openProviderServer();
    expect((await chosen({ OLLAMA_HOST: ollama.url, OPENAI_API_KEY: 'sk-secret123456' })).name).toMatch(/^openai\//);
    expect(await chosen({ OLLAMA_HOST: ollama.url })).toEqual({
      name: 'ollama/llama3.2:latest',
      reason: `LION_MODEL is not set, no provider key is in the environment, and an Ollama answers at ${ollama.url}`,
    });
    // As Ollama's own variable is often written.
    expect((await chosen({ OLLAMA_HOST: ollama.url.replace('http://127.0.0.1', '0.0.0.0') })).name).toBe(
      'ollama/llama3.2:latest',
    );
  });

  test('passes over models that only embed', async () => {
    await using ollama = await openProviderServer();
    ollama.ollamaModels = [
      { name: 'nomic-embed-text:latest', details: { family: 'nomic-bert', families: ['nomic-bert'] } },
      { name: 'hf.co/someone/bge-m3:latest' },
      { name: 'qwen3:4b', details: { family: 'qwen3' } },
    ];
    expect((await chosen({ OLLAMA_HOST: ollama.url })).name).toBe('ollama/qwen3:4b');
    ollama.ollamaModels = ollama.ollamaModels.slice(0, 2);
    expect(await chosen({ OLLAMA_HOST: ollama.url })).toEqual({
      name: 'builtin',
      reason: expect.stringContaining('has no model that can talk'),
    });
  });

  test('else takes builtin, and says why', async () => {
    expect(await chosen({})).toEqual({
      name: 'builtin',
      reason: 'LION_MODEL is not set, no provider key is in the environment and no local Ollama answers',
    });
  });

  test('does not guess whose a base URL or a key is', async () => {
    await expect(chosen({}, { baseUrl: 'http://127.0.0.1:8080/v1' })).rejects.toThrow(
      /LION_MODEL_BASE_URL is set, but LION_MODEL does not say/,
    );
    await expect(chosen({}, { apiKey: 'sk-secret123456' })).rejects.toThrow(/LION_MODEL_API_KEY is set, but/);
  });
});

describe('names', () => {
  test('canonical, with slashes, or none at all', async () => {
    const models = await openModels(settingsFor('openai-compatible/meta/llama-3', { baseUrl: 'http://127.0.0.1:1/v1' }));
    expect(models.default).toEqual({ name: 'openai-compatible/meta/llama-3', reason: 'LION_MODEL names it' });
    expect(models.canonicalName()).toBe('openai-compatible/meta/llama-3');
    expect(models.canonicalName('auto')).toBe('openai-compatible/meta/llama-3');
    expect(models.canonicalName(' OpenAI/gpt-5 ')).toBe('openai/gpt-5');
    expect(models.canonicalName('Builtin')).toBe('builtin');
    expect(models.canonicalName('ollama/hf.co/a/b:Q4_K_M')).toBe('ollama/hf.co/a/b:Q4_K_M');
  });

  test.each([
    ['gpt-5', /No model goes by the name "gpt-5"/],
    ['mystery/x', /one of the providers openai, anthropic, google, ollama, openai-compatible/],
    ['constructor/x', /No model goes by the name/],
    ['openai', /"openai" names a provider and no model; write for instance openai\//],
    ['google/', /names a provider and no model/],
    ['google/../../files', /is not a model's name/],
    ['google/x?key=1', /is not a model's name/],
    ['openai/a b', /is not a model's name/],
    [`openai/${'x'.repeat(300)}`, /is not a model's name/],
    ['builtin/x', /No model goes by the name/],
  ])('%s is refused', async (name, message) => {
    await expect(openModels(settingsFor(name))).rejects.toThrow(message);
    const models = await openModels(settingsFor('builtin'));
    expect(() => models.canonicalName(name)).toThrow(ModelUnknownError);
    await expect(models.languageModel(name)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN', retryable: false });
  });

  test.each([
    ['openai/gpt-5', /needs a key; set OPENAI_API_KEY/],
    ['anthropic/claude-haiku-5-5', /set ANTHROPIC_API_KEY/],
    ['google/gemini-3.8-flash', /set GOOGLE_GENERATIVE_AI_API_KEY/],
    ['openai-compatible/x', /set LION_MODEL_BASE_URL/],
  ])('%s without what it needs says what to set', async (name, message) => {
    await expect(openModels(settingsFor(name))).rejects.toThrow(message);
  });

  test('an address that is none', async () => {
    await expect(openModels(settingsFor('openai/x', { baseUrl: 'localhost' }))).rejects.toThrow(/not an http\(s\) URL/);
    await expect(openModels(settingsFor('ollama/x', { env: { OLLAMA_HOST: 'http://' } }))).rejects.toThrow(/OLLAMA_HOST/);
  });
});

test('a key and an address go to the provider that LION_MODEL names, and to no other', async () => {
  await using provider = await openProviderServer();
  provider.answerAll('bread');
  const models = await openModels(
    settingsFor('openai/x', {
      baseUrl: provider.openaiUrl,
      apiKey: 'sk-of-the-proxy-123',
      env: {
        OPENAI_API_KEY: 'sk-of-openai-123',
        ANTHROPIC_API_KEY: 'sk-of-anthropic-123',
        ANTHROPIC_BASE_URL: provider.url,
        OLLAMA_HOST: provider.url,
      },
    }),
  );
  for (const name of ['openai/x', 'anthropic/claude-haiku-5-5', 'ollama/x']) {
    await generate({ model: await models.languageModel(name), prompt: 'x', signal: neverCancelled });
  }
  const [openai, anthropic, ollama] = provider.requests;
  expect(openai).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer sk-of-the-proxy-123' } });
  expect(anthropic).toMatchObject({ path: '/v1/messages', headers: { 'x-api-key': 'sk-of-anthropic-123' } });
  expect(ollama?.path).toBe('/api/chat');
  expect(JSON.stringify([anthropic?.headers, ollama?.headers])).not.toMatch(/proxy|of-openai/);
});

test.each(providerNames)('the requests of %s are made with the fetch that it is given', async (name) => {
  await using provider = await openProviderServer();
  provider.answer('bread');
  const seen: { url: string; status: number }[] = [];
  const observing: typeof fetch = async (input, init) => {
    const response = await fetch((input as string).replace('https://api.openai.com/v1', provider.openaiUrl), init);
    seen.push({ url: input as string, status: response.status });
    return response;
  };
  const baseUrl = { openai: undefined, google: provider.googleUrl, ollama: provider.url };
  const open = await providers[name].open({
    apiKey: 'sk-0123456789',
    baseUrl: name in baseUrl ? baseUrl[name as keyof typeof baseUrl] : provider.openaiUrl,
    fetch: observing,
  });
  const generated = await generate<string>({ model: open('x'), prompt: 'x', signal: neverCancelled });
  expect(generated.value).toBe('bread');
  expect(seen).toEqual([{ url: expect.stringMatching(/^https?:/), status: 200 }]);
  expect(provider.requests).toHaveLength(1);
});

test("an OpenAI-compatible server of one's own needs no key", async () => {
  await using provider = await openProviderServer();
  provider.answer('bread');
  const models = await openModels(settingsFor('openai/x', { baseUrl: `${provider.openaiUrl}/` }));
  expect((await generate({ model: await models.languageModel(), prompt: 'x', signal: neverCancelled })).value).toBe('bread');
  expect(provider.requests[0]?.headers.authorization).toBeUndefined();
});

test('builtin answers on the same path as the others, at no cost', async () => {
  const models = await openModels(settingsFor('builtin'));
  const model = await models.languageModel();
  expect(await models.languageModel('builtin')).toBe(model);
  const elements: unknown[] = [];
  const schema = z.object({ ideas: z.array(z.object({ title: z.string() })).length(2) });
  const { value, modelId, usage } = await generate({
    model,
    prompt: 'Name a bakery in a village',
    schema,
    earlier: [{ output: '{}', complaint: 'ideas: expected array' }],
    elements: 'ideas',
    onElement: (element) => elements.push(element),
    signal: neverCancelled,
  });
  expect(value.ideas).toEqual(elements);
  expect(modelId).toBe('builtin');
  expect(usage).toMatchObject({ cost: 0, outputTokens: expect.any(Number) });
  const text = await generate<string>({ model, prompt: 'Name a bakery in a village', signal: neverCancelled });
  expect(text.value.length).toBeGreaterThan(10);
});
