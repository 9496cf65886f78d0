import { z } from 'zod';
import { InputInvalidError, type InputIssue } from '../../errors.ts';
import { json } from '../../input.ts';
import { optionsInput } from '../../operations/starting.ts';
import type { Kind } from './kinds.ts';
import { jsonSchemaOf, shownPath, shownSchema, snakeCase, taken, unknownField, type JsonSchema } from './naming.ts';

/** What an instruction can be called in an object that says nothing else of it. */
const subjects = ['instruction', 'task', 'topic', 'goal', 'criteria'] as const;
type Subject = (typeof subjects)[number];

const parts = {
  guidance: z.string().nullish().describe('How to go about it.'),
  context: json(Infinity).nullish().describe('What there is to know: further fields become part of it.'),
};

/** The ways in which an instruction can be given. */
const instructionForms = z
  .union([z.string(), ...subjects.map((subject) => z.looseObject({ [subject]: z.string(), ...parts }))] as unknown as [
    z.ZodString,
    z.ZodObject,
  ])
  .describe(
    'What the user wants: a text; or an object with one of `instruction`, `task`, `topic`, `goal`, `criteria`, in which further fields become context.',
  );

/** What starts an operation beside its input. The idempotency key is a header, and how long to wait is said in the address. */
const options = jsonSchemaOf(optionsInput.omit({ idempotencyKey: true, waitMs: true }), 'given');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a client wants started, with the names that there are inside. */
export interface Wanted {
  input: Record<string, unknown>;
  options: Record<string, unknown>;
  /** What of it does not fit, with the names that the client gave. */
  rename(error: InputInvalidError): InputInvalidError;
}

/** The schema of the body that starts an operation of a kind. */
export function bodySchema({ given, isBuiltIn }: Kind): JsonSchema {
  const input = shownSchema(given);
  const { properties: ofOptions } = shownSchema(options);
  if (!isBuiltIn)
    return {
      type: 'object',
      properties: { input, ...ofOptions },
      required: ['input'],
      additionalProperties: false,
    };
  const { $schema: _, ...instruction } = z.toJSONSchema(instructionForms, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return {
    type: 'object',
    properties: { ...input.properties, instruction, ...ofOptions },
    required: input.required ?? [],
    additionalProperties: false,
  };
}

/**
 * Reads the body that starts an operation.
 *
 * @throws InputInvalidError for what is not of the shape; whether the values fit is for the operation to say
 */
export function readWanted(kind: Kind, body: unknown): Wanted {
  if (!isObject(body)) throw new InputInvalidError([{ path: '', message: 'The body must be a JSON object' }]);
  const issues: InputIssue[] = [];
  const optionNames = new Map(Object.keys(options.properties!).map((name) => [snakeCase(name), name]));
  const input: Record<string, unknown> = {};
  const chosen: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const option = optionNames.get(key);
    if (option !== undefined) chosen[option] = value;
    else input[key] = value;
  }
  const read = kind.isBuiltIn
    ? readInput(kind, input, [...optionNames.keys()], issues)
    : readCustom(kind, input, issues, [...optionNames.keys()]);
  if (issues.length > 0) throw new InputInvalidError(issues);
  return { input: read.input, options: chosen, rename: (error) => renamed(error, kind, read.places) };
}

interface Read {
  input: Record<string, unknown>;
  /** Where the client gave what is called so inside. */
  places: Record<string, string>;
}

function readCustom(
  { given }: Kind,
  { input, ...others }: Record<string, unknown>,
  issues: InputIssue[],
  optionNames: string[],
): Read {
  for (const key of Object.keys(others)) issues.push({ path: key, message: unknownField(key, ['input', ...optionNames]) });
  if (!isObject(input)) {
    issues.push({ path: 'input', message: 'must be an object: what the kind takes' });
    return { input: {}, places: {} };
  }
  return { input: taken(input, given, issues, 'input') as Record<string, unknown>, places: { '': 'input.' } };
}

function readInput({ given }: Kind, body: Record<string, unknown>, optionNames: string[], issues: InputIssue[]): Read {
  const { instruction, ...others } = body;
  const places: Record<string, string> = {};
  const instructed: Record<string, unknown> = {};
  if (isObject(instruction)) readForm(instruction, instructed, places, issues);
  else if (instruction !== undefined) instructed['instruction'] = instruction;
  for (const name of ['guidance', 'context']) {
    if (others[name] === undefined || others[name] === null) continue;
    if (instructed[name] !== undefined) issues.push({ path: name, message: `is given in the instruction already` });
  }
  const own: InputIssue[] = [];
  const input = taken({ ...others, ...withoutUndefined(instructed) }, given, own) as Record<string, unknown>;
  const names = [...Object.keys(shownSchema(given).properties!), ...optionNames];
  for (const issue of own) issues.push(issue.path in body ? { ...issue, message: unknownField(issue.path, names) } : issue);
  return { input, places };
}

/** Reads an instruction that is an object. */
function readForm(
  { guidance, context, ...form }: Record<string, unknown>,
  instructed: Record<string, unknown>,
  places: Record<string, string>,
  issues: InputIssue[],
): void {
  const given = subjects.filter((name) => form[name] !== undefined);
  const [subject] = given;
  if (subject === undefined || given.length > 1) {
    const found = given.length > 1 ? `, and not ${given.join(' and ')} together` : '';
    issues.push({ path: 'instruction', message: `must be a text, or have one of ${subjects.join(', ')}${found}` });
    return;
  }
  const { [subject]: text, ...further } = form as Record<Subject, unknown>;
  instructed['instruction'] = text;
  places['instruction'] = `instruction.${subject}`;
  if (guidance !== undefined && guidance !== null) {
    instructed['guidance'] = guidance;
    places['guidance'] = 'instruction.guidance';
  }
  if (Object.keys(further).length > 0)
    instructed['context'] =
      context === undefined || context === null
        ? further
        : isObject(context)
          ? { ...context, ...further }
          : { context, ...further };
  else if (context !== undefined && context !== null) instructed['context'] = context;
  places['context'] = 'instruction.context';
}

const withoutUndefined = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function renamed(error: InputInvalidError, { given }: Kind, places: Record<string, string>): InputInvalidError {
  return new InputInvalidError(
    error.issues.map(({ path, message }) => {
      if (path === 'options.idempotencyKey') return { path: 'Idempotency-Key', message };
      if (path.startsWith('options.')) return { path: shownPath(path.slice('options.'.length), options), message };
      const inner = path.replace(/^input\.?/, '');
      const name = /^[^.[]*/.exec(inner)![0];
      const place = places[name];
      const shown = shownPath(inner, given);
      if (place !== undefined) return { path: place + shown.slice(name.length), message };
      return { path: (places[''] ?? '') + shown, message };
    }),
  );
}
