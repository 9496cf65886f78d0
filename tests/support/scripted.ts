import type { LanguageModelV3, LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { simulateReadableStream } from 'ai';
import type { Models } from '../../src/models/language-model.ts';
import { freeTraffic } from '../../src/models/traffic.ts';

/** What a scripted model says to one call: text, an error, or what is made of the call. */
export type Answer = string | Error | ((call: LanguageModelV3CallOptions) => string | Promise<string>);

export interface ScriptedModels extends Models {
  /** The calls that were made, in order. */
  readonly calls: LanguageModelV3CallOptions[];
  /** @throws when an answer was left unused, or a call came that nobody had foreseen */
  verify(): void;
}

/** A model that gives these answers, one a call, and is called `scripted`. */
export function scripted(answers: readonly Answer[]): ScriptedModels {
  const left = [...answers];
  const calls: LanguageModelV3CallOptions[] = [];
  let unforeseen = 0;
  const model: LanguageModelV3 = {
    specificationVersion: 'v3',
    provider: 'scripted',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('Lion streams')),
    async doStream(call) {
      calls.push(call);
      const answer = left.shift();
      if (answer === undefined) {
        unforeseen++;
        throw new Error('The scripted model was called once more than it has answers');
      }
      if (answer instanceof Error) throw answer;
      const text = typeof answer === 'string' ? answer : await answer(call);
      return { stream: simulateReadableStream({ chunks: [...partsOf(text)], initialDelayInMs: null, chunkDelayInMs: null }) };
    },
  };
  return {
    default: { name: 'scripted', reason: 'the test says so' },
    traffic: freeTraffic,
    chain: (name) => [name ?? 'scripted'],
    languageModel: () => Promise.resolve(model),
    canonicalName: (name) => name ?? 'scripted',
    calls,
    verify() {
      if (unforeseen > 0) throw new Error(`${unforeseen} calls came that no answer was scripted for`);
      if (left.length > 0) throw new Error(`${left.length} scripted answers were not asked for`);
    },
  };
}

function* partsOf(text: string): Generator<LanguageModelV3StreamPart> {
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: '1' };
  for (let index = 0; index < text.length; index += 16)
    yield { type: 'text-delta', id: '1', delta: text.slice(index, index + 16) };
  yield { type: 'text-end', id: '1' };
  yield {
    type: 'finish',
    finishReason: { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 5, text: 5, reasoning: 0 },
    },
  };
}

/** The answer of a model that was asked for ideas. */
export const ideas = (...titles: string[]): string =>
  JSON.stringify({ ideas: titles.map((title) => ({ title, description: `What ${title} is.`, rationale: `Why ${title}.` })) });
