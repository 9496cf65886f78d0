import type { Attributes } from '../origin.ts';
import type { Answer } from './answer.ts';
import { nameOf, type Question } from './ask.ts';

/** How OpenTelemetry calls those whom Lion calls otherwise. */
const wellKnown: Readonly<Record<string, string>> = { google: 'gcp.gemini' };

/** What a trace says of a call before it is made, in the words of OpenTelemetry's conventions for generative AI. */
export function describeCall(request: Question & { schema?: unknown }): Attributes {
  const { model, maxOutputTokens, seed, schema } = request;
  const provider = nameOf(model).split('/', 1)[0]!;
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': wellKnown[provider] ?? provider,
    'gen_ai.request.model': model.modelId,
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': maxOutputTokens,
    'gen_ai.request.seed': seed,
    'gen_ai.output.type': schema === undefined ? 'text' : 'json',
  };
}

/** What a trace says of what came: also of what was broken off. */
export function describeAnswer({ modelId, usage, finished, finishReason }: Answer): Attributes {
  return {
    'gen_ai.response.model': modelId.slice(modelId.indexOf('/') + 1),
    'gen_ai.response.finish_reasons': finished ? [finishReason] : undefined,
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
  };
}
