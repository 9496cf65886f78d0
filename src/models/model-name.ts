import { ModelUnknownError } from './errors.ts';
import { isProviderName, providerNames, providers, type ProviderName } from './providers.ts';

/** A name that has been understood. */
export type ModelName = { provider: 'builtin' } | { provider: ProviderName; model: string };

/** The name that a model goes by in records. */
export const canonical = (name: ModelName): string =>
  name.provider === 'builtin' ? 'builtin' : `${name.provider}/${name.model}`;

/** More than these are a mistake rather than a plan. */
const longestChain = 10;

/**
 * Reads a model's name, or a fallback chain of names with commas between them.
 *
 * @throws ModelUnknownError for a name that makes no sense, or that is there twice
 */
export function parseChain(text: string): [ModelName, ...ModelName[]] {
  const names = text.split(',').map((name) => parseName(name.trim()));
  const twice = names.map(canonical).find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ModelUnknownError(text, `The fallback chain names ${twice} twice; each model is asked once, in the order given`);
  if (names.length > longestChain)
    throw new ModelUnknownError(text, `A fallback chain has at most ${longestChain} models; this one has ${names.length}`);
  return names as [ModelName, ...ModelName[]];
}

/** @throws ModelUnknownError for a name that makes no sense; whether its provider can be reached is another question */
function parseName(name: string): ModelName {
  if (name.toLowerCase() === 'builtin') return { provider: 'builtin' };
  const [prefix, ...rest] = name.split('/');
  const provider = (prefix ?? '').toLowerCase();
  const model = rest.join('/');
  const shown = JSON.stringify(name.slice(0, 100));
  if (!isProviderName(provider)) {
    throw new ModelUnknownError(
      name,
      `No model goes by the name ${shown}; it is builtin, or provider/name with one of the providers ${providerNames.join(', ')}`,
    );
  }
  if (model === '') {
    const example = providers[provider].defaultModel ?? 'name';
    throw new ModelUnknownError(name, `${shown} names a provider and no model; write for instance ${provider}/${example}`);
  }
  // Some providers put the name into a URL's path: it must not lead elsewhere.
  if (model.length > 200 || !/^[\w.:@+-]+(?:\/[\w.:@+-]+)*$/.test(model) || /(^|\/)\.\.?(\/|$)/.test(model)) {
    throw new ModelUnknownError(name, `${shown} is not a model's name: letters, digits and . _ : @ + - / are, 200 at most`);
  }
  return { provider, model };
}
