import { openModels, type LanguageModelV3, type ModelSettings } from '../../src/models/language-model.ts';
import { providers } from '../../src/models/providers.ts';
import type { ProviderServer } from '../support/provider-server.ts';

/** A model of each wire protocol; `openai.responses` is what `openai/...` speaks where no base URL is set. */
export const served = [
  'openai/gpt-5-mini',
  'openai.responses/gpt-5-mini',
  'openai-compatible/meta/llama-3',
  'anthropic/claude-sonnet-5-5',
  'google/gemini-3.8-flash',
  'ollama/llama3.2:latest',
];

/** Something that a test waits for. */
export function gate<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

export const neverCancelled = new AbortController().signal;

/** Settings with an environment of their own: no key of the machine's leaks in. */
export function settingsFor(model: string, more: Partial<ModelSettings> = {}): ModelSettings {
  return { model, builtinTokensPerSecond: 0, env: {}, ...more };
}

/** The model of that name, served by `provider` in its own protocol. */
export async function modelAt(
  provider: ProviderServer,
  name: string,
  apiKey = 'sk-test-0123456789abcdef',
): Promise<LanguageModelV3> {
  const prefix = name.split('/', 1)[0];
  if (prefix === 'openai.responses') {
    // It has one address, which no setting changes.
    const toProvider: typeof fetch = (input, init) =>
      fetch((input as string).replace('https://api.openai.com/v1', provider.openaiUrl), init);
    return (await providers.openai.open({ apiKey, baseUrl: undefined, fetch: toProvider }))(name.slice(prefix.length + 1));
  }
  const baseUrl = prefix === 'google' ? provider.googleUrl : prefix === 'ollama' ? provider.url : provider.openaiUrl;
  const models = await openModels(settingsFor(name, { baseUrl, apiKey }));
  return models.languageModel();
}
