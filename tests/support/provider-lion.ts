import type { Config } from '../../src/config.ts';
import { openTestLion, type TestLion, type TestLionOptions } from './lion.ts';
import { openProviderServer, type ProviderExchange, type ProviderServer } from './provider-server.ts';

/** A Lion whose models are served by a provider that the test holds in its hands. */
export interface ProviderLion extends AsyncDisposable {
  provider: ProviderServer;
  test: TestLion;
}

export async function openProviderLion(
  options: TestLionOptions & {
    /** Told where the provider is, before the configuration is read. */ onProvider?(provider: ProviderServer): void;
  } = {},
): Promise<ProviderLion> {
  const provider = await openProviderServer();
  options.onProvider?.(provider);
  const config: Partial<Config> = { model: 'openai-compatible/small', modelBaseUrl: provider.openaiUrl, ...options.config };
  const test = await openTestLion({ ...options, config }).catch(async (error: unknown) => {
    await provider[Symbol.asyncDispose]();
    throw error;
  });
  return {
    provider,
    test,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

/** All that a request says to the model. */
export const promptOf = ({ body }: Pick<ProviderExchange, 'body'>): string =>
  (body.messages as { content: string | { text: string }[] }[])
    .map(({ content }) => (typeof content === 'string' ? content : content.map(({ text }) => text).join('')))
    .join('\n');

/** The answer of a model that was asked for ideas. */
export const ideasJson = (...titles: string[]): string =>
  JSON.stringify({ ideas: titles.map((title) => ({ title, description: `${title}: what it is.`, rationale: `Why ${title}.` })) });

/** The answer of a model that was asked for a plan: ids, with what each depends on. */
export const planJson = (steps: Record<string, string[]>): string =>
  JSON.stringify({
    steps: Object.entries(steps).map(([id, dependsOn]) => ({
      id,
      title: `Do ${id}`,
      description: `What ${id} is.`,
      dependsOn,
      doneWhen: `${id} is done.`,
    })),
  });
