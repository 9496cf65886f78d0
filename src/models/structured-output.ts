import { zodSchema, type JSONSchema7, type Output } from 'ai';
import type { z } from 'zod';

/** The JSON Schema of what a model is to answer. */
export async function jsonSchemaOf(schema: z.ZodType): Promise<JSONSchema7> {
  return zodSchema(schema).jsonSchema;
}

/**
 * Asks the provider for JSON of this schema, and leaves the text alone. `Output.object` of the SDK parses the whole text
 * anew with every delta, and holds a delta back that does not change the value, such as the `}` that completes an element.
 */
export function jsonOutput(schema: JSONSchema7): Output.Output<string, number, never> {
  let deltas = 0;
  return {
    name: 'json',
    responseFormat: Promise.resolve({ type: 'json', schema, name: 'answer' }),
    // A value that is new each time lets each delta through at once.
    parsePartialOutput: () => Promise.resolve({ partial: deltas++ }),
    parseCompleteOutput: ({ text }) => Promise.resolve(text),
    createElementStreamTransform: () => undefined,
  };
}

/** The schema in words, for servers that ignore the response format. */
export function schemaInstruction(schema: JSONSchema7): string {
  return `Answer with one JSON document and nothing else: no words before or after it, no code fence. It must fit this JSON Schema:\n${JSON.stringify(schema)}`;
}

export type Parsed<T> = { value: T } | { complaint: string };

/** Reads the whole answer. Around the document only white space and one fence are put up with. */
export function parseAnswer<T>(text: string, schema: z.ZodType<T>, finishReason: string): Parsed<T> {
  const document = withoutFence(text.trim());
  let json: unknown;
  try {
    json = JSON.parse(document);
  } catch (thrown) {
    return { complaint: syntaxComplaint(document, finishReason, thrown) };
  }
  const result = schema.safeParse(json);
  return result.success ? { value: result.data } : { complaint: shapeComplaint(result.error) };
}

function withoutFence(text: string): string {
  return /^```(?:json)?\s*([\s\S]*?)\s*```$/i.exec(text)?.[1] ?? text;
}

function syntaxComplaint(document: string, finishReason: string, thrown: unknown): string {
  if (document === '') return 'The answer is empty; one JSON document was expected.';
  if (!/^[[{"\d-]/.test(document)) {
    return `The answer is not JSON: it begins with ${JSON.stringify(document.slice(0, 60))}. One JSON document was expected, and nothing around it.`;
  }
  if (finishReason === 'length')
    return 'The JSON document is cut off: the answer reached the limit of its length. Answer more briefly.';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (/end of JSON input|unterminated/i.test(message)) return 'The JSON document ends before it is complete.';
  return `The answer is not valid JSON: ${message}.`;
}

function shapeComplaint(error: z.ZodError): string {
  const issues = error.issues.slice(0, 10).map((issue) => `${pathOf(issue.path)}: ${issue.message}`);
  const more = error.issues.length - issues.length;
  return `The JSON document does not have the expected shape. ${issues.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}

/** As in `ideas[1].title`. */
function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the document';
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`)).join('');
}
