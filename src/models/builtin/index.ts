import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Prompt,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3Warning,
} from '@ai-sdk/provider';
import { deltasOf, pace } from './deltas.ts';
import { hash } from './random.ts';
import { schemaOf, taskOf } from './task.ts';

export type { BuiltinTask } from './task.ts';

/** How the builtin model behaves. */
export interface BuiltinModelOptions {
  /**
   * How fast it writes; 0 is as fast as possible.
   * @default 0
   */
  tokensPerSecond?: number;
}

/** Four characters (UTF-16 units) are one token, begun ones included. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * Lion's embedded language model. It needs no network and no weights: it composes its answers from the words of the
 * instruction by fixed rules. The same task and `seed` (default 0) give the same bytes.
 *
 * What is asked of it comes as a {@link BuiltinTask} in `providerOptions.builtin`. A call fails with `InputInvalidError` when
 * that is no task, and with the reason of its `abortSignal` when it is aborted.
 */
export function createBuiltinModel(options: BuiltinModelOptions = {}): LanguageModelV3 {
  const tokensPerSecond = options.tokensPerSecond ?? 0;
  return {
    specificationVersion: 'v3',
    provider: 'builtin',
    modelId: 'builtin',
    supportedUrls: {},
    doGenerate: async (call) => {
      const answer = await answerTo(call);
      const id = answer.id;
      for await (const part of write(answer, call, tokensPerSecond)) void part;
      return {
        content: [{ type: 'text', text: answer.text }],
        finishReason: answer.finishReason,
        usage: answer.usage,
        warnings: answer.warnings,
        response: { id, modelId: 'builtin' },
      };
    },
    doStream: async (call) => {
      const parts = write(await answerTo(call), call, tokensPerSecond);
      return {
        stream: new ReadableStream<LanguageModelV3StreamPart>({
          pull: async (controller) => {
            const next = await parts.next();
            if (next.done === true) controller.close();
            else controller.enqueue(next.value);
          },
          cancel: async () => {
            await parts.return();
          },
        }),
      };
    },
  };
}

type FinishReason = { unified: 'stop' | 'length'; raw: string };

interface Answer {
  id: string;
  text: string;
  seed: number;
  finishReason: FinishReason;
  usage: LanguageModelV3Usage;
  warnings: SharedV3Warning[];
}

async function answerTo(call: LanguageModelV3CallOptions): Promise<Answer> {
  call.abortSignal?.throwIfAborted();
  const task = taskOf(call);
  const seed = call.seed ?? 0;
  // Loaded when first needed: a process that uses another model never pays for it.
  const { compose } = await import('./compose.ts');
  const whole = await compose(task, seed, schemaOf(call));
  call.abortSignal?.throwIfAborted();
  const limit = (call.maxOutputTokens ?? Number.POSITIVE_INFINITY) * CHARACTERS_PER_TOKEN;
  const text = whole.length <= limit ? whole : whole.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
  const finish = text === whole ? 'stop' : 'length';
  return {
    id: `builtin-${hash(`${seed} ${text}`)}`,
    text,
    seed,
    finishReason: { unified: finish, raw: finish },
    usage: usageOf(call.prompt, text),
    warnings: warningsOf(call),
  };
}

async function* write(
  { id, text, seed, finishReason, usage, warnings }: Answer,
  { abortSignal }: LanguageModelV3CallOptions,
  tokensPerSecond: number,
): AsyncGenerator<LanguageModelV3StreamPart, void, void> {
  yield { type: 'stream-start', warnings };
  yield { type: 'response-metadata', id, modelId: 'builtin' };
  yield { type: 'text-start', id: 'text' };
  let count = 0;
  for (const delta of deltasOf(text, seed)) {
    await pace(count, tokensPerSecond === 0 ? 0 : (tokensOf(delta) * 1000) / tokensPerSecond, abortSignal);
    yield { type: 'text-delta', id: 'text', delta };
    count += 1;
  }
  abortSignal?.throwIfAborted();
  yield { type: 'text-end', id: 'text' };
  yield { type: 'finish', usage, finishReason };
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

function usageOf(prompt: LanguageModelV3Prompt, text: string): LanguageModelV3Usage {
  const input = tokensOf(prompt.map(textOf).join('\n'));
  const output = tokensOf(text);
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  };
}

function textOf({ content }: LanguageModelV3Prompt[number]): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' || part.type === 'reasoning' ? part.text : '')).join('\n');
}

const IGNORED_SETTINGS = [
  'temperature',
  'topP',
  'topK',
  'presencePenalty',
  'frequencyPenalty',
  'stopSequences',
] as const satisfies readonly (keyof LanguageModelV3CallOptions)[];

function warningsOf(call: LanguageModelV3CallOptions): SharedV3Warning[] {
  const warnings: SharedV3Warning[] = IGNORED_SETTINGS.filter((setting) => call[setting] !== undefined).map((feature) => ({
    type: 'unsupported',
    feature,
    details: 'the builtin model composes by fixed rules; only the seed changes what it says',
  }));
  if (call.tools !== undefined && call.tools.length > 0) {
    warnings.push({ type: 'unsupported', feature: 'tools', details: 'the builtin model calls no tools' });
  }
  return warnings;
}
