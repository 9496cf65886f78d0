import type { LanguageModelV3 } from '@ai-sdk/provider';
import { fetchOllama } from './ollama.ts';
import { watchedFetch } from './wire.ts';

/** What a provider's models are made with; parsed, complete: nothing more is looked up in the process's environment. */
export interface ProviderAccess {
  apiKey: string | undefined;
  baseUrl: string | undefined;
  /** What the requests are made with. @default the global fetch */
  fetch?: typeof globalThis.fetch | undefined;
}

/** One provider: where its key and address come from, and how its models are made. */
interface Provider {
  /** The environment variable of its key; undefined where it needs none. */
  keyVariable?: string;
  /** The environment variable of its address, which its own tools read too. */
  baseUrlVariable?: string;
  /** Used by `auto`, and in examples. */
  defaultModel?: string;
  /** Imports the provider's package: about 15 ms, once a process, and only where it is used. */
  open(access: ProviderAccess): Promise<(name: string) => LanguageModelV3>;
}

// The vendors' own addresses. Who answers at another one is told by `servedByVendor`.
const openaiUrl = 'https://api.openai.com/v1';
const anthropicUrl = 'https://api.anthropic.com/v1';
const googleUrl = 'https://generativelanguage.googleapis.com/v1beta';

// The order is that of `auto`. Default models (November 2026): each provider's balanced tier, neither its cheapest nor its
// most capable, with structured output.
export const providers = {
  openai: {
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    defaultModel: 'gpt-6.1-terra',
    async open({ apiKey, baseUrl, fetch }) {
      // Another server under OpenAI's name speaks chat completions; few speak the Responses API.
      if (baseUrl !== undefined && baseUrl !== openaiUrl) return openCompatible('openai', { apiKey, baseUrl, fetch });
      const { createOpenAI } = await import('@ai-sdk/openai');
      const openai = createOpenAI({
        apiKey: apiKey ?? '',
        baseURL: openaiUrl,
        fetch: watchedFetch(fetch),
      });
      // The Responses API: what the SDK uses by default, what OpenAI's reasoning models are served through in full, and as
      // strict with a schema as chat completions.
      return (name) => openai.responses(name);
    },
  },
  anthropic: {
    keyVariable: 'ANTHROPIC_API_KEY',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    defaultModel: 'claude-sonnet-5-5',
    async open({ apiKey, baseUrl, fetch }) {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      const baseURL = versioned(baseUrl ?? anthropicUrl);
      const anthropic = createAnthropic({
        apiKey: apiKey ?? '',
        baseURL,
        ...(baseURL === anthropicUrl ? {} : { name: 'anthropic.elsewhere' }),
        fetch: watchedFetch(fetch),
      });
      return (name) => anthropic.languageModel(name);
    },
  },
  google: {
    keyVariable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    defaultModel: 'gemini-3.8-flash',
    async open({ apiKey, baseUrl, fetch }) {
      const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
      const google = createGoogleGenerativeAI({
        apiKey: apiKey ?? '',
        baseURL: baseUrl ?? googleUrl,
        ...((baseUrl ?? googleUrl) === googleUrl ? {} : { name: 'google.elsewhere' }),
        fetch: watchedFetch(fetch),
      });
      return (name) => google.languageModel(name);
    },
  },
  ollama: {
    baseUrlVariable: 'OLLAMA_HOST',
    async open({ apiKey, baseUrl, fetch }) {
      const { createOllama } = await import('ollama-ai-provider-v2');
      const ollama = createOllama({
        baseURL: `${ollamaUrl(baseUrl)}/api`,
        fetch: fetchOllama(watchedFetch(fetch)),
        // A local Ollama needs no key; one behind a proxy may.
        ...(apiKey === undefined ? {} : { headers: { Authorization: `Bearer ${apiKey}` } }),
      });
      return (name) => ollama.languageModel(name);
    },
  },
  'openai-compatible': {
    async open(access) {
      return openCompatible('openai-compatible', access);
    },
  },
} satisfies Record<string, Provider> as Record<ProviderName, Provider>;

export type ProviderName = 'openai' | 'anthropic' | 'google' | 'ollama' | 'openai-compatible';

export const providerNames = Object.keys(providers) as ProviderName[];

export const isProviderName = (name: string): name is ProviderName => Object.hasOwn(providers, name);

/** What the packages call the models of the vendors' own addresses; those of other addresses are given other names here. */
const vendors = new Set(['openai.responses', 'anthropic.messages', 'google.generative-ai']);

/** Whether a model is asked at the address of the vendor that it is named after, and so billed by it. */
export const servedByVendor = ({ provider }: LanguageModelV3): boolean => vendors.has(provider);

/**
 * Where Ollama listens, without a path. Takes what OLLAMA_HOST may hold: `host`, `host:port`, `:port`, a URL, one that ends
 * in `/api`, and the address to listen on, `0.0.0.0`.
 * @default http://127.0.0.1:11434
 */
export function ollamaUrl(host?: string): string {
  const given = (host ?? '').trim();
  if (given === '') return 'http://127.0.0.1:11434';
  const hasScheme = /^https?:\/\//i.test(given);
  const url = new URL(hasScheme ? given : `http://${given.startsWith(':') ? '127.0.0.1' : ''}${given}`);
  if (!hasScheme && url.port === '' && !/:80(?:\/|$)/.test(given)) url.port = '11434';
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api$/, '');
}

/** Anthropic's own tools take the address without a path, the SDK with one. */
function versioned(baseUrl: string): string {
  return new URL(baseUrl).pathname === '/' ? `${baseUrl}/v1` : baseUrl;
}

async function openCompatible(
  name: string,
  { apiKey, baseUrl, fetch }: ProviderAccess,
): Promise<(model: string) => LanguageModelV3> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const compatible = createOpenAICompatible({
    name,
    baseURL: baseUrl ?? '',
    fetch: watchedFetch(fetch),
    ...(apiKey === undefined ? {} : { apiKey }),
    // Without it the schema is never sent.
    supportsStructuredOutputs: true,
    includeUsage: true,
  });
  return (model) => compatible.chatModel(model);
}
