import { zodSchema, type JSONSchema7, type Output } from 'ai';
import type { z } from 'zod';
import { isDeeperThan } from '../input.ts';
import { fitElements, fitReshaped } from './fit.ts';
import { findDocuments, type FoundDocuments } from './json-documents.ts';
import { deepestAnswer } from './mend.ts';

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

/** `mends` says in sentences what had to be mended. */
export type Parsed<T> = { value: T; mends: string[] } | { complaint: string };

/** A document of the answer. */
interface Candidate {
  json: unknown;
  mends: string[];
  isAlone: boolean;
}

/**
 * Reads the whole answer. What can be mended without guessing is mended: words and fences around the document, several documents
 * (the first that fits is taken), faults of writing, a wrapping too many, a list without its name, numbers written as texts.
 * What is missing is never invented: a document that does not end is refused. The cost grows with the length of the text.
 */
export function parseAnswer<T>(text: string, schema: z.ZodType<T>, finishReason: string): Parsed<T> {
  const trimmed = text.trim();
  if (trimmed === '') return { complaint: 'The answer is empty; one JSON document was expected.' };
  const whole = parseJson(trimmed);
  if ('json' in whole) {
    if (isDeeperThan(whole.json, deepestAnswer)) return { complaint: depthComplaint };
    const parsed = fitFirst([{ json: whole.json, mends: [], isAlone: true }], schema, { isRead: true, mayBeJoined: false });
    if (!('complaint' in parsed) || typeof whole.json !== 'string') return parsed;
    // Not so deep that a text in a text in a text would be read.
    const inner = parseWithin(whole.json.trim(), schema, finishReason);
    return 'complaint' in inner ? parsed : { ...inner, mends: ['The JSON document was taken out of a text.', ...inner.mends] };
  }
  return parseWithin(trimmed, schema, finishReason, whole.fault);
}

/** Reads the documents that stand in a text. @param fault what is wrong with it as one document */
function parseWithin<T>(text: string, schema: z.ZodType<T>, finishReason: string, fault = 'it is none'): Parsed<T> {
  const { documents, unread } = findDocuments(text);
  const candidates: Candidate[] = [];
  const faults: string[] = [];
  for (const { start, end, json, mends } of documents) {
    const parsed = json === undefined ? { fault } : parseJson(json);
    if ('fault' in parsed) faults.push(parsed.fault);
    else {
      const around = documents.length > 1 ? wordsAround : aroundDocument(text, start, end);
      const isAlone = around !== wordsAround;
      candidates.push({
        json: parsed.json,
        mends: [...(around === undefined || documents.length > 1 ? [] : [around]), ...mends],
        isAlone,
      });
    }
  }
  const isRead = unread === undefined && faults.length === 0;
  // With its end unread, or unknown, there may be more to the list.
  const mayBeJoined = isRead && finishReason === 'stop';
  const parsed = fitFirst(candidates, schema, { isRead, mayBeJoined });
  if (!('complaint' in parsed)) return parsed;
  if (unread !== undefined) return { complaint: unreadComplaint(unread, finishReason) };
  if (faults.length > 0) return { complaint: `The answer is not valid JSON: ${faults[0]}.` };
  if (candidates.length > 0) return parsed;
  return {
    complaint: `The answer is not JSON: it begins with ${JSON.stringify(text.slice(0, 60))}. One JSON document was expected, and nothing around it.`,
  };
}

/**
 * The first that fits as it is; otherwise the first that can be made to fit.
 *
 * @param known `isRead`: nothing is left unread, so that what nearly fits is not taken in place of an answer beside it that was cut
 *   off, or that cannot be read; `mayBeJoined`: all of them together may be the list that was asked for
 */
function fitFirst<T>(
  candidates: readonly Candidate[],
  schema: z.ZodType<T>,
  { isRead, mayBeJoined }: { isRead: boolean; mayBeJoined: boolean },
): Parsed<T> {
  const several =
    candidates.length > 1 ? ['Of several JSON documents, the first that fits was taken, and all around it left out.'] : [];
  const errors: z.ZodError[] = [];
  for (const { json, mends } of candidates) {
    const parsed = schema.safeParse(json);
    if (parsed.success) return { value: parsed.data, mends: [...several, ...mends] };
    errors.push(parsed.error);
  }
  for (const [index, { json, mends, isAlone }] of isRead ? candidates.entries() : []) {
    const fit = fitReshaped(json, errors[index]!, schema, isAlone);
    if (fit) return { value: fit.value, mends: [...several, ...mends, ...fit.mends] };
  }
  const all = candidates.map(({ json }) => json);
  const fit = mayBeJoined ? fitElements(all, schema) : undefined;
  if (fit) return { value: fit.value, mends: [...new Set([...fit.mends, ...candidates.flatMap(({ mends }) => mends)])] };
  const error = errors[largestOf(all)];
  return { complaint: error ? shapeComplaint(error) : 'No JSON document fits.' };
}

/** Beside the largest, the others are but notes. @returns its index */
function largestOf(all: readonly unknown[]): number {
  if (all.length === 1) return 0;
  const sizes = all.map((json) => JSON.stringify(json).length);
  return sizes.indexOf(Math.max(...sizes));
}

function parseJson(text: string): { json: unknown } | { fault: string } {
  try {
    return { json: JSON.parse(text) };
  } catch (thrown) {
    return { fault: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

const wordsAround = 'Text around the JSON document was left out.';

/** What is left out around a document, in words; undefined where it is nothing. */
function aroundDocument(text: string, start: number, end: number): string | undefined {
  const before = text.slice(0, start).trim();
  const after = text.slice(end).trim();
  if (before === '' && after === '') return undefined;
  return /^(?:```\w*)?$/.test(before) && /^(?:```)?$/.test(after)
    ? 'The code fence around the JSON document was left out.'
    : wordsAround;
}

const depthComplaint = `The JSON document is nested more than ${deepestAnswer} levels deep.`;

function unreadComplaint(unread: NonNullable<FoundDocuments['unread']>, finishReason: string): string {
  switch (unread) {
    case 'depth':
      return depthComplaint;
    case 'brackets':
      return 'The answer is not valid JSON: a bracket is closed that is not the one that was opened last.';
    case 'more':
      return 'The answer holds too many JSON documents; one was expected.';
    case 'cut off':
      return finishReason === 'length'
        ? 'The JSON document is cut off: the answer reached the limit of its length. Answer more briefly.'
        : 'The JSON document ends before it is complete.';
  }
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
