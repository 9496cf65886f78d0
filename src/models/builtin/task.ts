import type { LanguageModelV3CallOptions } from '@ai-sdk/provider';
import { z } from 'zod';
import { InputInvalidError } from '../../errors.ts';

const request = { instruction: z.string(), guidance: z.string().optional(), context: z.unknown().optional() };

const choices = z
  .array(z.strictObject({ id: z.string().min(1), label: z.string(), content: z.unknown().optional() }))
  .min(1)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two choices have the same id');

const builtinTask = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('brainstorm'),
    ...request,
    count: z.int().min(1).max(100),
    avoid: z.array(z.string()).optional(),
  }),
  z.strictObject({ task: z.literal('plan'), ...request, steps: z.int().min(1).max(100).optional() }),
  z.strictObject({ task: z.literal('select'), ...request, criteria: z.string().optional(), choices, max: z.int().min(1) }),
  z.strictObject({ task: z.literal('perform'), ...request }),
  z.strictObject({ task: z.literal('fill'), instruction: z.string() }),
]);

/**
 * What is asked of the builtin model; it arrives as `providerOptions.builtin`. `fill` answers in the JSON schema of the call's
 * response format, the others in the shape that belongs to the task, whatever schema comes along.
 */
export type BuiltinTask = z.infer<typeof builtinTask>;

/**
 * The task of a call: `providerOptions.builtin`, or, for a caller who knows nothing of it, the last user message as the
 * instruction of a `fill` (where a JSON schema is given) or a `perform`.
 *
 * @throws {InputInvalidError} when `providerOptions.builtin` is no task; it names each fault.
 */
export function taskOf(options: LanguageModelV3CallOptions): BuiltinTask {
  const given: unknown = options.providerOptions?.['builtin'];
  if (given === undefined) {
    return { task: schemaOf(options) === undefined ? 'perform' : 'fill', instruction: lastUserText(options) };
  }
  const parsed = builtinTask.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InputInvalidError(
    parsed.error.issues.map(({ path, message }) => ({ path: ['providerOptions', 'builtin', ...path].join('.'), message })),
  );
}

/** The JSON schema that the caller wants the answer in; undefined when text is wanted. */
export function schemaOf({ responseFormat }: LanguageModelV3CallOptions): unknown {
  return responseFormat?.type === 'json' ? (responseFormat.schema ?? {}) : undefined;
}

function lastUserText({ prompt }: LanguageModelV3CallOptions): string {
  const message = prompt.findLast(({ role }) => role === 'user');
  if (message === undefined || typeof message.content === 'string') return '';
  return message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}
