import type { JSONObject, LanguageModelV3 } from '@ai-sdk/provider';
import { streamText, type JSONSchema7, type ModelMessage, type TextStreamPart, type ToolSet } from 'ai';
import { isBuiltin, providerOptionsFor } from './provider-options.ts';
import { jsonOutput, schemaInstruction } from './structured-output.ts';

// The SDK would write to the console what a provider does not support.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** What a model is asked. */
export interface Question {
  model: LanguageModelV3;
  /** How to go about it; what the model is. */
  system?: string;
  /** What is wanted. */
  prompt: string;
  /** Earlier tries of the same step: what the model said, and what was wrong with it. They become messages. */
  earlier?: readonly { output: string; complaint: string }[];
  /** What is asked, as data, for the builtin model; others never see it. */
  task?: JSONObject;
  /** The same seed gives the same answer, where the provider can do that. */
  seed?: number;
  /** How many tokens the answer may have at most, its reasoning included. @default what the provider says */
  maxOutputTokens?: number | undefined;
}

/** Asks, and hands on whatever comes; an error comes as a part. */
export function ask(
  question: Question,
  schema: JSONSchema7 | undefined,
  abortSignal: AbortSignal,
): AsyncIterable<TextStreamPart<ToolSet>> {
  const { model, seed, maxOutputTokens } = question;
  const system = systemOf(question, schema);
  return streamText({
    model,
    ...(system === '' ? {} : { system }),
    messages: messagesOf(question),
    ...(schema === undefined ? {} : { output: jsonOutput(schema) }),
    ...(seed === undefined ? {} : { seed }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    providerOptions: providerOptionsFor(model, { schema, task: question.task, seed, maxOutputTokens, prompt: question.prompt }),
    maxRetries: 0,
    abortSignal,
    // What a provider has counted stands in these before it says that it is done.
    includeRawChunks: true,
    // Errors come as parts of the stream; without this the SDK would print them.
    onError: () => undefined,
  }).fullStream;
}

/** How many characters a model is given to read. */
export const lengthOf = (question: Question, schema: JSONSchema7 | undefined): number =>
  textsOf(question, schema).reduce((sum, text) => sum + text.length, 0);

/** The same in bytes of UTF-8. */
export const byteLengthOf = (question: Question, schema: JSONSchema7 | undefined): number =>
  textsOf(question, schema).reduce((sum, text) => sum + Buffer.byteLength(text), 0);

const textsOf = (question: Question, schema: JSONSchema7 | undefined): string[] => [
  systemOf(question, schema),
  question.prompt,
  ...(question.earlier ?? []).flatMap(({ output, complaint }) => [output, complaint]),
];

function systemOf({ model, system }: Question, schema: JSONSchema7 | undefined): string {
  // The builtin model reads the response format; the words of a schema would be none of the instruction's.
  const instruction = schema === undefined || isBuiltin(model) ? undefined : schemaInstruction(schema);
  return [system, instruction].filter((text) => text !== undefined && text !== '').join('\n\n');
}

function messagesOf({ prompt, earlier = [] }: Question): ModelMessage[] {
  return [
    { role: 'user', content: prompt },
    ...earlier.flatMap(({ output, complaint }): ModelMessage[] => [
      // Some providers refuse a message without text.
      { role: 'assistant', content: output.trim() === '' ? '(no answer)' : output },
      { role: 'user', content: complaint },
    ]),
  ];
}

/** `provider/modelId`, or `builtin`. */
export function nameOf(model: LanguageModelV3, modelId = model.modelId): string {
  return isBuiltin(model) ? 'builtin' : `${model.provider.split('.', 1)[0]}/${modelId}`;
}
