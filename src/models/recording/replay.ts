import { UnsupportedFunctionalityError, type LanguageModelV3, type LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { ModelUnknownError } from '../errors.ts';
import type { Models } from '../language-model.ts';
import { canonical, parseChain } from '../model-name.ts';
import { freeTraffic } from '../traffic.ts';
import { nearestDifference } from './difference.ts';
import { ModelNotRecordedError } from './errors.ts';
import { fingerprint, opening, requestOf, type RecordedRequest } from './exchange.ts';
import { readRecording, type ReadExchange } from './file.ts';

/** Models that say what they said before. */
export interface ReplayedModels extends Models {
  /** The exchanges that were recorded and not asked for, one line for each: where it stands, its model, how it begins. */
  unused(): string[];
}

/**
 * Plays a recording of `recordModels` back: no network, no key, no waiting. Each call is answered with what was recorded
 * for the same request: same model, prompt, response format, seed and settings, whatever came before it, so that what runs
 * in parallel may come in any order. Where the same request was recorded several times, it is answered as often, in that
 * order. What was not recorded fails with `MODEL_NOT_RECORDED`, which says what the most similar request differs in.
 *
 *     await using lion = await openLion(config, { definitions: [summarize], models: await replayModels('tests/summarize.jsonl') });
 *
 * @returns the models; the default one is that of the recording
 * @throws RecordingUnusableError for a file that is not there or is damaged; it names the line
 */
export async function replayModels(file: string): Promise<ReplayedModels> {
  const { model: defaultName, exchanges } = await readRecording(file);
  const byRequest = new Map<string, ReadExchange[]>();
  for (const exchange of exchanges) {
    const key = fingerprint(exchange.model, exchange.request);
    byRequest.set(key, [...(byRequest.get(key) ?? []), exchange]);
  }
  const recordedNames = new Set(exchanges.map(({ model }) => model));
  const unused = new Set(exchanges);

  const answerTo = (model: string, request: RecordedRequest): ReadExchange => {
    const same = byRequest.get(fingerprint(model, request)) ?? [];
    const next = same.find((exchange) => unused.delete(exchange));
    if (next) return next;
    const times = same.length === 1 ? 'once' : `${same.length} times`;
    const why =
      same.length === 0
        ? nearestDifference({ model, request }, exchanges)
        : `It was recorded ${times}, and is asked for once more.`;
    throw new ModelNotRecordedError(file, { model, prompt: opening(request.prompt), why });
  };

  /** The names of a chain, as they stand in the recording, or else as they are understood elsewhere. */
  const namesIn = (name?: string): string[] => {
    const wanted = name?.trim() ?? '';
    const text = wanted === '' || wanted === 'auto' ? defaultName : wanted;
    const given = text.split(',').map((each) => each.trim());
    if (text === defaultName || given.every((each) => recordedNames.has(each))) return given;
    const names = parseChain(text).map(canonical);
    if (names.some((each) => recordedNames.has(each)) || names.join(',') === defaultName) return names;
    const held = [...recordedNames].join(', ') || 'none';
    throw new ModelUnknownError(wanted, `The recording ${file} holds nothing of ${wanted}; the models that it holds: ${held}`);
  };
  /** Those that answered; one of a chain that never did is not asked. */
  const chain = (name?: string): string[] => {
    const names = namesIn(name);
    const heard = names.filter((each) => recordedNames.has(each));
    return heard.length > 0 ? heard : names;
  };

  const models = new Map<string, LanguageModelV3>();
  const modelOf = (name: string): LanguageModelV3 => {
    const { provider, modelId } = exchanges.find(({ model }) => model === name) ?? namesOf(name);
    return {
      specificationVersion: 'v3',
      provider,
      modelId,
      supportedUrls: {},
      doGenerate: () => Promise.reject(new UnsupportedFunctionalityError({ functionality: 'replaying what does not stream' })),
      doStream: async (call) => {
        call.abortSignal?.throwIfAborted();
        const { answer } = answerTo(name, requestOf(call));
        return { stream: streamOf(answer, call.abortSignal) };
      },
    };
  };

  return {
    default: { name: defaultName, reason: `it is played back from ${file}` },
    canonicalName: (name) => namesIn(name).join(','),
    chain,
    traffic: freeTraffic,
    async languageModel(name) {
      const [link = defaultName] = chain(name);
      const model = models.get(link) ?? modelOf(link);
      models.set(link, model);
      return model;
    },
    unused: () =>
      [...unused].map(({ line, model, request }) => `line ${line}: ${model}: ${JSON.stringify(opening(request.prompt))}`),
  };
}

/** A model of which nothing is known but its name. */
function namesOf(name: string): { provider: string; modelId: string } {
  const [provider = name, ...rest] = name.split('/');
  return { provider, modelId: rest.join('/') || name };
}

/** Hands the parts out one at a time, as fast as they are taken. */
function streamOf(
  parts: readonly LanguageModelV3StreamPart[],
  signal: AbortSignal | undefined,
): ReadableStream<LanguageModelV3StreamPart> {
  const left = parts.values();
  return new ReadableStream({
    pull(controller) {
      if (signal?.aborted === true) return controller.error(signal.reason);
      const next = left.next();
      if (next.done === true) controller.close();
      // A copy: what a caller does to it is not to reach the next replay of it.
      else controller.enqueue(structuredClone(next.value));
    },
  });
}
