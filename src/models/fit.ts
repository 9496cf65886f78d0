import type { z } from 'zod';

export interface Fit<T> {
  value: T;
  mends: string[];
}

const asText = 'A number was taken as the text that was asked for.';
const asNumber = 'A text was taken as the number that it holds.';
const asBoolean = 'A text was taken as the yes or no that it holds.';

/** What fits the schema as it is. */
function fitAsItIs<T>(json: unknown, schema: z.ZodType<T>): Fit<T> | undefined {
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data, mends: [] } : undefined;
}

/**
 * What fits the schema once something around it is left out, or the list that was asked for is put in its place, or a number is
 * taken out of its text: everything that is needed is there, and there is but one place for it.
 *
 * @param error why it does not fit as it is
 * @param isAlone whether nothing else was said
 */
export function fitReshaped<T>(json: unknown, error: z.ZodError, schema: z.ZodType<T>, isAlone: boolean): Fit<T> | undefined {
  return fitOtherTypes(json, error, schema) ?? fitUnwrapped(json, schema) ?? fitList(json, schema, isAlone);
}

/** What fits as it is, or in other types. */
function fitNearly<T>(json: unknown, schema: z.ZodType<T>): Fit<T> | undefined {
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data, mends: [] } : fitOtherTypes(json, parsed.error, schema);
}

/** Documents one after the other that are the elements of the list that was asked for. */
export function fitElements<T>(elements: readonly unknown[], schema: z.ZodType<T>): Fit<T> | undefined {
  const list = soleList(schema);
  // A schema that accepts anything would take anything for an element.
  if (elements.length < 2 || !list || list.element._zod.def.type !== 'object' || accepts(list.element, {})) return undefined;
  const fit = fitAsItIs({ [list.name]: elements }, schema);
  return fit && { ...fit, mends: [`JSON documents one after the other were taken as the list ${JSON.stringify(list.name)}.`] };
}

function fitList<T>(json: unknown, schema: z.ZodType<T>, isAlone: boolean): Fit<T> | undefined {
  const list = Array.isArray(json) ? soleList(schema) : undefined;
  // In prose, [1] is a note.
  if (!list || !(isAlone || isListOfObjects(json))) return undefined;
  const named = { [list.name]: json };
  const fit = fitNearly(named, schema);
  return fit && { ...fit, mends: [`A list without a name was taken as ${JSON.stringify(list.name)}.`, ...fit.mends] };
}

const isListOfObjects = (json: unknown): boolean =>
  Array.isArray(json) && json.length > 0 && json.every((each) => typeof each === 'object' && each !== null);

/** Where exactly one member of an object fits, the object is but a wrapping. */
function fitUnwrapped<T>(json: unknown, schema: z.ZodType<T>): Fit<T> | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const members = Object.values(json).slice(0, 20);
  const fits = members.flatMap((member: unknown) => {
    const inner = typeof member === 'string' && member.trimStart().startsWith('{') ? jsonOf(member) : member;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return [];
    return fitNearly(inner, schema) ?? [];
  });
  const [fit] = fits;
  return fit && fits.length === 1
    ? { ...fit, mends: ['The JSON document was taken out of an object around it.', ...fit.mends] }
    : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers and texts, each where the other was asked for, when they say the same. */
function fitOtherTypes<T>(json: unknown, { issues }: z.ZodError, schema: z.ZodType<T>): Fit<T> | undefined {
  if (issues.some((issue) => issue.code !== 'invalid_type' || issue.path.length === 0)) return undefined;
  const copy = structuredClone(json);
  const mends = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== 'invalid_type') continue;
    const parent = issue.path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], copy);
    const holder = parent as Record<PropertyKey, unknown>;
    const key = issue.path.at(-1)!;
    const other = inOtherType(holder[key], issue.expected);
    if (!other) return undefined;
    holder[key] = other.value;
    mends.add(other.mend);
  }
  const fit = fitAsItIs(copy, schema);
  return fit && { ...fit, mends: [...mends] };
}

function inOtherType(value: unknown, expected: string): { value: unknown; mend: string } | undefined {
  if (expected === 'string' && typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER)
    return { value: String(value), mend: asText };
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^(?:number|int)$/.test(expected) && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text))
    return { value: Number(text), mend: asNumber };
  if (expected === 'boolean' && /^(?:true|false)$/.test(text)) return { value: text === 'true', mend: asBoolean };
  return undefined;
}

/** The one list that the object has that was asked for. */
function soleList(schema: z.ZodType): { name: string; element: z.core.$ZodType } | undefined {
  const { def } = schema._zod;
  if (!isObject(def)) return undefined;
  const lists = Object.entries(def.shape).flatMap(([name, property]) => {
    const inner = withoutWrapping(property)._zod.def;
    return isArray(inner) ? [{ name, element: inner.element }] : [];
  });
  return lists.length === 1 ? lists[0] : undefined;
}

const isObject = (def: z.core.$ZodTypeDef): def is z.core.$ZodObjectDef => def.type === 'object';
const isArray = (def: z.core.$ZodTypeDef): def is z.core.$ZodArrayDef => def.type === 'array';

/** What is optional, nullable or has a default is of the same kind. */
function withoutWrapping(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  for (;;) {
    const next = (inner._zod.def as { innerType?: z.core.$ZodType }).innerType;
    if (!next) return inner;
    inner = next;
  }
}

function accepts(schema: z.core.$ZodType, value: unknown): boolean {
  return (schema as z.ZodType).safeParse(value).success;
}
