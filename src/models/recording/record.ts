import { UnsupportedFunctionalityError, type LanguageModelV3, type LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { Models } from '../language-model.ts';
import { AnswerKeeper, requestOf } from './exchange.ts';
import { writeRecording, type RecordingWriter } from './file.ts';

/**
 * The same models, whose exchanges are kept in a file that `replayModels` plays back. Each is appended when the model has
 * said all: a crash leaves a file that can be used. What failed or was aborted is not kept: a replay shows what the models
 * said, and not the network's faults. Keys and headers are not in the file; prompts and answers are, as they were.
 *
 *     await using models = recordModels(await openModels(settings), 'tests/summarize.jsonl');
 *
 * @param file folders that are missing are made; a recording that is there is replaced when the first exchange comes, and
 * any other file is refused
 * @returns the models; their disposal waits for what is being written, and closes nothing of what was given
 * @throws RecordingUnusableError where the file cannot be written: at once, and from a call whose exchange cannot be kept
 */
export function recordModels(models: Models, file: string): Models & AsyncDisposable {
  const writer = writeRecording(file, models.default.name);
  const recorded = new Map<string, LanguageModelV3>();
  return {
    ...models,
    async languageModel(name) {
      const known = models.chain(name)[0]!;
      const model = recorded.get(known) ?? recordModel(await models.languageModel(name), known, writer);
      recorded.set(known, model);
      return model;
    },
    [Symbol.asyncDispose]: () => writer.close(),
  };
}

function recordModel(model: LanguageModelV3, name: string, writer: RecordingWriter): LanguageModelV3 {
  const { provider, modelId } = model;
  return {
    specificationVersion: 'v3',
    provider,
    modelId,
    supportedUrls: model.supportedUrls,
    doGenerate: () => Promise.reject(new UnsupportedFunctionalityError({ functionality: 'recording what does not stream' })),
    async doStream(call) {
      const request = requestOf(call);
      const keeper = new AnswerKeeper();
      const result = await model.doStream(call);
      const keeping = new TransformStream<LanguageModelV3StreamPart, LanguageModelV3StreamPart>({
        async transform(part, controller) {
          const answer = keeper.take(part);
          // Whoever has the answer can rely on its being recorded.
          if (answer) await writer.append({ model: name, provider, modelId, request, answer });
          controller.enqueue(part);
        },
      });
      return { ...result, stream: result.stream.pipeThrough(keeping) };
    },
  };
}
