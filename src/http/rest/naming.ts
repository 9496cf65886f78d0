import { z } from 'zod';
import type { InputIssue } from '../../errors.ts';
import { operationId } from '../../ids.ts';
import { fieldNotes } from '../../operations/field-notes.ts';

/**
 * Inside, names are in camel case, and operations of a session are numbers; REST says `snake_case` and ids. What is a name, and what is
 * a client's own JSON, is told apart by the schema: only what a schema declares is renamed.
 */

/** What is used here of JSON Schema, as zod writes it. */
export interface JsonSchema {
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $defs?: Record<string, JsonSchema>;
  $ref?: string;
  default?: unknown;
  description?: string;
  [keyword: string]: unknown;
}

/** Marks the number of an operation. Not shown to anybody. */
const operationMark = 'x-operation';

/**
 * A schema as JSON Schema, its names as they are inside.
 *
 * @param io `given`: as an input, without what only Lion itself gives; `stored`: with it; `output`: as an output
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'given' | 'stored' | 'output'): JsonSchema {
  const { $schema: _, ...written } = z.toJSONSchema(schema, {
    io: io === 'output' ? 'output' : 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const shape = jsonSchema as JsonSchema;
      const note = fieldNotes.get(zodSchema as unknown as z.ZodType);
      if (note?.isOperation) shape[operationMark] = true;
      if (note?.alsoText) {
        const { ...object } = shape;
        for (const keyword of Object.keys(shape)) delete shape[keyword];
        shape.anyOf = [{ type: 'string' }, object];
      }
      if (io === 'given' && shape.properties && zodSchema instanceof z.ZodObject) {
        for (const [name, field] of Object.entries(zodSchema.shape as Record<string, z.ZodType>))
          if (fieldNotes.get(field)?.internal) delete shape.properties[name];
      }
      tidy(shape);
    },
  }) as JsonSchema;
  return withoutSelf(written);
}

/** One that refers to itself as a whole has a name for that: it can then be a part of another. */
function withoutSelf(schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema);
  if (!text.includes('"$ref":"#"')) return schema;
  const { $defs, ...self } = JSON.parse(text.replaceAll('"$ref":"#"', '"$ref":"#/$defs/self"')) as JsonSchema;
  return { $ref: '#/$defs/self', $defs: { ...$defs, self } };
}

/** Takes away what says nothing: the bounds of all integers, and patterns where there is a format. */
export function tidy(schema: JsonSchema): void {
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['format'] === 'date-time') delete schema['pattern'];
}

export const snakeCase = (name: string): string => name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const shownName = (name: string, schema: JsonSchema): string => snakeCase(name) + (schema[operationMark] === true ? '_id' : '');

/** A schema with the names that REST has. */
export function shownSchema(schema: JsonSchema): JsonSchema {
  if (schema[operationMark] === true) {
    const { [operationMark]: _, ...kept } = schema;
    return shownSchema({ ...kept, anyOf: [{ type: 'string' }, { type: 'null' }] });
  }
  const shown: JsonSchema = { ...schema };
  if (schema.properties) {
    const entries = Object.entries(schema.properties);
    shown.properties = Object.fromEntries(entries.map(([name, field]) => [shownName(name, field), shownSchema(field)]));
    if (schema.required)
      shown.required = schema.required.flatMap((name) =>
        schema.properties![name] ? shownName(name, schema.properties![name]) : [],
      );
  }
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
    const inner = schema[keyword];
    if (inner) shown[keyword] = inner.map(shownSchema);
  }
  if (schema.items) shown.items = shownSchema(schema.items);
  if (typeof schema.additionalProperties === 'object' && schema.additionalProperties !== null)
    shown.additionalProperties = shownSchema(schema.additionalProperties as JsonSchema);
  if (schema.$defs)
    shown.$defs = Object.fromEntries(Object.entries(schema.$defs).map(([name, definition]) => [name, shownSchema(definition)]));
  return shown;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a value may be: a schema without its references and alternatives. */
function alternativesOf(schema: JsonSchema, root: JsonSchema, depth = 0): JsonSchema[] {
  // A schema that refers to itself and to nothing else takes nothing.
  if (depth > 20) return [];
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return target ? alternativesOf(target, root, depth + 1) : [];
  }
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return inner.length === 0 ? [schema] : [schema, ...inner.flatMap((each) => alternativesOf(each, root, depth + 1))];
}

/** The fields that an object may have, by their names inside; undefined where it may have any. */
function fieldsOf(schema: JsonSchema, root: JsonSchema): Map<string, JsonSchema> | undefined {
  const objects = alternativesOf(schema, root).filter(({ properties }) => properties !== undefined);
  return objects.length === 0 ? undefined : new Map(objects.flatMap(({ properties }) => Object.entries(properties!)));
}

const itemsOf = (schema: JsonSchema, root: JsonSchema): JsonSchema =>
  alternativesOf(schema, root).find(({ items }) => items !== undefined)?.items ?? {};

const isClosed = (schema: JsonSchema, root: JsonSchema): boolean =>
  alternativesOf(schema, root).every(
    ({ additionalProperties }) => additionalProperties === undefined || additionalProperties === false,
  );

/** A stored value, as REST shows it. What was stored before there was a field has its default. */
export function shown(value: unknown, schema: JsonSchema, sessionId: string, root = schema): unknown {
  if (Array.isArray(value)) return value.map((item) => shown(item, itemsOf(schema, root), sessionId, root));
  if (!isObject(value))
    return schema[operationMark] === true && typeof value === 'number' ? operationId(sessionId, value) : value;
  const fields = fieldsOf(schema, root);
  if (!fields) return value;
  const result: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    const given = Object.hasOwn(value, name) ? value[name] : field.default;
    if (given !== undefined) result[shownName(name, field)] = shown(given, field, sessionId, root);
  }
  for (const [name, given] of Object.entries(value)) if (!fields.has(name)) result[name] = given;
  return result;
}

/**
 * What a client gave, with the names that it has inside.
 *
 * @param issues is told of fields that there are not
 */
export function taken(given: unknown, schema: JsonSchema, issues: InputIssue[], path = '', root = schema): unknown {
  if (Array.isArray(given))
    return given.map((item, index) => taken(item, itemsOf(schema, root), issues, `${path}[${index}]`, root));
  const fields = isObject(given) ? fieldsOf(schema, root) : undefined;
  if (!isObject(given) || !fields) return given;
  const names = new Map([...fields].map(([name, field]) => [shownName(name, field), { name, field }]));
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const place = path === '' ? key : `${path}.${key}`;
    const known = names.get(key);
    if (known) result[known.name] = taken(value, known.field, issues, place, root);
    else if (isClosed(schema, root)) issues.push({ path: place, message: unknownField(key, [...names.keys()]) });
    else result[key] = value;
  }
  return result;
}

/** What is said of a field that there is not. */
export const unknownField = (key: string, names: readonly string[]): string =>
  names.includes(snakeCase(key)) ? `is called ${snakeCase(key)} here` : `is not a field here; there are: ${names.join(', ')}`;

/** Where something is, as in `choices[2].withinMs`, with the names that REST has. */
export function shownPath(path: string, schema: JsonSchema): string {
  const parts = path.match(/\[\d+\]|[^.[\]]+/g) ?? [];
  let at: JsonSchema | undefined = schema;
  return parts.reduce((text, part) => {
    if (part.startsWith('[')) {
      at = at && itemsOf(at, schema);
      return text + part;
    }
    const field: JsonSchema | undefined = at && fieldsOf(at, schema)?.get(part);
    const name = field ? shownName(part, field) : part;
    at = field;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
