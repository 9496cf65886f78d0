import type { LanguageModelV3 } from '@ai-sdk/provider';
import type { BreakerSettings } from './circuit-breaker.ts';
import { ModelUnknownError } from './errors.ts';
import { canonical, parseChain, type ModelName } from './model-name.ts';
import { findOllamaModel } from './ollama.ts';
import { isProviderName, ollamaUrl, providerNames, providers, type ProviderAccess, type ProviderName } from './providers.ts';
import { rememberKey } from './secrets.ts';
import type { TrafficLimits } from './traffic-limits.ts';
import { openTraffic, type Traffic } from './traffic.ts';

export type { LanguageModelV3 } from '@ai-sdk/provider';

export interface ModelSettings {
  /**
   * LION_MODEL: `auto`, `builtin`, or `provider/name` (openai, anthropic, google, ollama, openai-compatible); or a fallback chain of
   * such names, as in `openai/a,anthropic/b,builtin`: each is asked when those before it have failed.
   */
  model: string;
  /**
   * LION_MODEL_BASE_URL: the address of the provider that `model` names. For `openai` and `openai-compatible` the server there
   * speaks OpenAI's chat completions.
   */
  baseUrl?: string;
  /** LION_MODEL_API_KEY: the key of the provider that `model` names; overrides that provider's own variable. */
  apiKey?: string;
  /** The pace of `builtin`, in tokens per second; 0 is unlimited. */
  builtinTokensPerSecond: number;
  /**
   * The environment in which the providers' own variables are looked for: OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY,
   * ANTHROPIC_BASE_URL, GOOGLE_GENERATIVE_AI_API_KEY, OLLAMA_HOST.
   */
  env: Readonly<Record<string, string | undefined>>;
  /** LION_MODEL_LIMITS, parsed: by provider. @default none but what the providers say themselves */
  limits?: TrafficLimits;
  /** When calls are kept away from a provider that does not work. */
  breaker?: BreakerSettings;
}

/** What answers model calls, by name. */
export interface Models {
  /**
   * Used where an operation names none. `name` is `provider/name`, `builtin`, or a chain of these; `reason` says for people why it was chosen
   * ("LION_MODEL is not set, no provider key is in the environment and no local Ollama answers").
   */
  readonly default: { name: string; reason: string };
  /** Who may ask which provider, and when. */
  readonly traffic: Traffic;
  /**
   * The models that are asked, in order, where an operation names this model or this chain; where it names none, those of the
   * default.
   * @returns at least one canonical name
   * @throws ModelUnknownError as `canonicalName` does
   */
  chain(name?: string): string[];
  /**
   * The model of that name: of one, not of a chain. Without a name, the first of the default. The same name gives the same model.
   * @throws ModelUnknownError for a name that makes no sense, or a provider whose key is missing (the message says which
   * variable to set)
   */
  languageModel(name?: string): Promise<LanguageModelV3>;
  /**
   * Checks a name, or each name of a chain, without importing a provider, and returns what it goes by in records.
   * @throws ModelUnknownError as `languageModel` does
   */
  canonicalName(name?: string): string;
}

/**
 * Decides on the default model, and opens no provider yet. With `auto`: the first of openai, anthropic, google whose key is
 * in the environment, else a local Ollama that answers, else `builtin`.
 * @throws ModelUnknownError when the settings name a model that cannot be used
 */
export async function openModels(settings: ModelSettings): Promise<Models> {
  const named = settings.model.trim() === '' ? 'auto' : settings.model.trim();
  const access = accessTo(settings, named);
  const chosen = await choose(named, settings, access);
  const traffic = openTraffic(settings.limits ?? {}, { breaker: settings.breaker });
  const opened = new Map<string, Promise<(name: string) => LanguageModelV3>>();

  const parse = (name?: string): [ModelName, ...ModelName[]] => {
    const wanted = name?.trim() ?? '';
    const names = parseChain(wanted === '' || wanted === 'auto' ? chosen.name : wanted);
    for (const each of names)
      if (each.provider !== 'builtin') demandAccess(canonical(each), each.provider, access(each.provider));
    return names;
  };
  // Fails at start rather than in the first operation.
  parse();

  return {
    default: chosen,
    traffic,
    chain: (name) => parse(name).map(canonical),
    canonicalName: (name) => parse(name).map(canonical).join(','),
    async languageModel(name) {
      const [parsed] = parse(name);
      const provider = parsed.provider;
      let make = opened.get(provider);
      if (!make) {
        make =
          provider === 'builtin'
            ? openBuiltin(settings.builtinTokensPerSecond)
            : providers[provider].open({ ...access(provider), fetch: observedFetch(traffic, provider) });
        opened.set(provider, make);
        // An import that failed is tried again by the next call.
        make.catch(() => opened.delete(provider));
      }
      return (await make)(parsed.provider === 'builtin' ? 'builtin' : parsed.model);
    },
  };
}

/** Lets the traffic know of what each response says of its provider's limits. */
function observedFetch(traffic: Traffic, provider: ProviderName): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    traffic.observe(provider, response.status, response.headers);
    return response;
  };
}

async function openBuiltin(tokensPerSecond: number): Promise<() => LanguageModelV3> {
  const { createBuiltinModel } = await import('./builtin/index.ts');
  const builtin = createBuiltinModel({ tokensPerSecond });
  return () => builtin;
}

/** The default model, and why. */
async function choose(
  named: string,
  { env, baseUrl, apiKey }: ModelSettings,
  access: (provider: ProviderName) => ProviderAccess,
): Promise<{ name: string; reason: string }> {
  if (named !== 'auto') return { name: parseChain(named).map(canonical).join(','), reason: 'LION_MODEL names it' };
  if (baseUrl !== undefined || apiKey !== undefined) {
    const set = baseUrl === undefined ? 'LION_MODEL_API_KEY' : 'LION_MODEL_BASE_URL';
    throw new ModelUnknownError(
      'auto',
      `${set} is set, but LION_MODEL does not say which model it is for; set LION_MODEL, for instance to openai-compatible/<name>`,
    );
  }
  for (const provider of providerNames) {
    const { keyVariable, defaultModel } = providers[provider];
    if (keyVariable === undefined || defaultModel === undefined || access(provider).apiKey === undefined) continue;
    return { name: `${provider}/${defaultModel}`, reason: `LION_MODEL is not set, and ${keyVariable} is in the environment` };
  }
  const url = ollamaAddress(env['OLLAMA_HOST']);
  const found = await findOllamaModel(url);
  if ('model' in found) {
    return {
      name: `ollama/${found.model}`,
      reason: `LION_MODEL is not set, no provider key is in the environment, and an Ollama answers at ${url}`,
    };
  }
  return {
    name: 'builtin',
    reason: `LION_MODEL is not set, no provider key is in the environment and ${found.absent}`,
  };
}

/**
 * What each provider is reached with. LION_MODEL_BASE_URL and LION_MODEL_API_KEY go to the first provider that LION_MODEL names
 * (`openai-compatible` where it names none): an operation that names another provider must not send it a stranger's key.
 */
function accessTo({ baseUrl, apiKey, env }: ModelSettings, named: string): (provider: ProviderName) => ProviderAccess {
  const prefixes = named.split(',').map((name) => name.trim().split('/', 1)[0]!.toLowerCase());
  const owner = prefixes.find(isProviderName) ?? 'openai-compatible';
  return (provider) => {
    const { keyVariable, baseUrlVariable } = providers[provider];
    const own = provider === owner || (provider.startsWith('openai') && owner.startsWith('openai'));
    const key = (own ? filled(apiKey) : undefined) ?? (keyVariable === undefined ? undefined : filled(env[keyVariable]));
    const url = (own ? filled(baseUrl) : undefined) ?? (baseUrlVariable === undefined ? undefined : filled(env[baseUrlVariable]));
    if (key !== undefined) rememberKey(key);
    return { apiKey: key, baseUrl: url !== undefined && URL.canParse(url) ? url.replace(/\/+$/, '') : url };
  };
}

const filled = (value: string | undefined): string | undefined => (value?.trim() ? value.trim() : undefined);

/** @throws ModelUnknownError saying which variable to set */
function demandAccess(name: string, provider: ProviderName, { apiKey, baseUrl }: ProviderAccess): void {
  if (provider === 'ollama') {
    ollamaAddress(baseUrl);
    return;
  }
  if (baseUrl !== undefined && !(URL.canParse(baseUrl) && /^https?:/i.test(baseUrl))) {
    throw new ModelUnknownError(name, `The base URL for ${name} is not an http(s) URL; correct LION_MODEL_BASE_URL`);
  }
  if (baseUrl !== undefined && new URL(baseUrl).username + new URL(baseUrl).password !== '') {
    const variable = providers[provider].baseUrlVariable ?? 'LION_MODEL_BASE_URL';
    throw new ModelUnknownError(name, `The base URL for ${name} must not hold a user and a password; correct ${variable}`);
  }
  if (provider === 'openai-compatible' && baseUrl === undefined) {
    throw new ModelUnknownError(name, `${name} needs the address of its server; set LION_MODEL_BASE_URL`);
  }
  // A server of one's own often takes anyone.
  const needsKey = providers[provider].keyVariable !== undefined && !(provider === 'openai' && baseUrl !== undefined);
  if (needsKey && apiKey === undefined) {
    const variable = providers[provider].keyVariable ?? '';
    throw new ModelUnknownError(
      name,
      `${name} needs a key; set ${variable}, or LION_MODEL_API_KEY together with LION_MODEL=${name}`,
    );
  }
}

function ollamaAddress(host: string | undefined): string {
  try {
    return ollamaUrl(host);
  } catch {
    throw new ModelUnknownError(
      'ollama',
      'OLLAMA_HOST (or LION_MODEL_BASE_URL) is not an address; it should look like http://127.0.0.1:11434',
    );
  }
}
