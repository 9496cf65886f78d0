import { ModelUnknownError } from './errors.ts';
import { isProviderName, providerNames, providers, type ProviderName } from './providers.ts';

/** A name that has been understood. */
export type ModelName = { provider: 'builtin' } | { provider: ProviderName; model: string };

/** The name that a model goes by in records. */
export const canonical = (name: ModelName): string =>
  name.provider === 'builtin' ? 'builtin' : `${name.provider}/${name.model}`;

/** @throws ModelUnknownError for a name that makes no sense; whether its provider can be reached is another question */
export function parseName(name: string): ModelName {
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
