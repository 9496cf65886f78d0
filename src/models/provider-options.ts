import type { JSONObject, LanguageModelV3 } from '@ai-sdk/provider';
import type { JSONSchema7 } from 'ai';

interface Asked {
  schema: JSONSchema7 | undefined;
  task: JSONObject | undefined;
  prompt: string;
  seed: number | undefined;
  maxOutputTokens: number | undefined;
}

/** What one provider is told that the others would not understand. Nothing goes to a provider that it is not for. */
export function providerOptionsFor(
  model: LanguageModelV3,
  { schema, task, prompt, seed, maxOutputTokens }: Asked,
): Record<string, JSONObject> {
  const strictJsonSchema = schema === undefined || fitsStrictMode(schema);
  // Lion keeps the history; OpenAI need not.
  if (model.provider === 'openai.responses') return { openai: { store: false, strictJsonSchema } };
  if (model.provider === 'openai.chat' || model.provider === 'openai-compatible.chat')
    return { openaiCompatible: { strictJsonSchema } };
  // The provider package does not pass these of the call's own on.
  if (model.provider.startsWith('ollama') && (seed !== undefined || maxOutputTokens !== undefined)) {
    const options = {
      ...(seed !== undefined && { seed }),
      ...(maxOutputTokens !== undefined && { num_predict: maxOutputTokens }),
    };
    return { ollama: { options } };
  }
  // Left to itself it would take the last message for the instruction, which after a complaint is the complaint.
  if (isBuiltin(model)) return { builtin: task ?? { task: schema === undefined ? 'perform' : 'fill', instruction: prompt } };
  return {};
}

export const isBuiltin = (model: LanguageModelV3): boolean => model.provider.split('.', 1)[0] === 'builtin';

/**
 * Whether OpenAI's strict mode takes this schema: it refuses optional properties, open objects and values of any type.
 * What it refuses is sent without strict mode, and validated here all the same.
 * https://platform.openai.com/docs/guides/structured-outputs/supported-schemas
 */
function fitsStrictMode(schema: JSONSchema7 | boolean): boolean {
  if (typeof schema === 'boolean') return false;
  const branches = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (branches) return schema.anyOf !== undefined && branches.every(fitsStrictMode);
  if (schema.type === undefined) return schema.enum !== undefined || schema.const !== undefined || schema.$ref !== undefined;
  if (schema.type === 'object') {
    const properties = Object.entries(schema.properties ?? {});
    const required = new Set(schema.required ?? []);
    const closed = schema.additionalProperties === false && properties.length > 0;
    return closed && properties.every(([name, property]) => required.has(name) && fitsStrictMode(property));
  }
  if (schema.type === 'array') {
    return schema.items !== undefined && !Array.isArray(schema.items) && fitsStrictMode(schema.items);
  }
  return true;
}
