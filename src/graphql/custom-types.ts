import type { GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { define, type AnyDefinition } from '../operations/definition.ts';
import { DefinitionInvalidError } from '../operations/errors.ts';
import type { Builder } from './builder.ts';
import type { KindOutput } from './outputs.ts';

/** What is used here of JSON Schema, as zod writes it. */
interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** A GraphQL type for a JSON Schema. */
interface FieldType {
  type: unknown;
  nullable: boolean;
}

type ObjectTypeMaker = (name: string, schema: JsonSchema) => unknown;

/** The schema of a definition's input or output, for those who want to read it. */
export const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;

/** The input type of a custom definition. @throws DefinitionInvalidError for an input that is not an object */
export function addCustomInput(builder: Builder, { kind, input, description }: AnyDefinition) {
  const add: ObjectTypeMaker = (name, schema) =>
    builder.inputType(name, {
      description: schema.description ?? `The input of ${kind}: ${description}`,
      fields: (t) =>
        Object.fromEntries(
          fieldsOf(kind, schema).map(([field, of, required]) => {
            const { type, nullable } = fieldType(of, `${name}${capitalized(field)}`, add);
            const hasDefault = isPlain(of.default);
            const options = {
              type,
              required: !nullable && (required || hasDefault),
              description: of.description ?? `As the definition of ${kind} has it.`,
            };
            return [field, t.field({ ...options, ...(hasDefault && { defaultValue: of.default }) } as never)];
          }),
        ) as never,
    });
  const schema = jsonSchemaOf(input, 'input');
  return add(`${capitalized(kind)}Input`, { ...schema, description: schema.description ?? description }) as ReturnType<
    Builder['inputType']
  >;
}

/** The output type of a custom definition. @throws DefinitionInvalidError for an output that is not an object */
export function addCustomOutput(builder: Builder, { kind, output, description }: AnyDefinition) {
  const addType = (name: string, schema: JsonSchema, read: (parent: never) => Record<string, unknown>) =>
    builder.objectRef<Record<string, unknown>>(name).implement({
      description: schema.description ?? `What ${kind} produces: ${description}`,
      fields: (t) =>
        Object.fromEntries(
          fieldsOf(kind, schema).map(([field, of, required]) => {
            const { type, nullable } = fieldType(of, `${name}${capitalized(field)}`, (inner, innerSchema) =>
              addType(inner, innerSchema, (parent) => parent),
            );
            const options = {
              type,
              nullable: nullable || !required,
              description: of.description ?? `As the definition of ${kind} has it.`,
            };
            return [field, t.field({ ...options, resolve: (parent: never) => read(parent)[field] } as never)];
          }),
        ) as never,
    });
  return addType(`${capitalized(kind)}Output`, jsonSchemaOf(output, 'output'), (parent: KindOutput) => parent.output);
}

function fieldsOf(
  kind: string,
  { type, properties = {}, required = [] }: JsonSchema,
): [name: string, schema: JsonSchema, required: boolean][] {
  if (type !== 'object' || Object.keys(properties).length === 0) {
    throw new DefinitionInvalidError(
      `Input and output of the definition "${kind}" must be objects with at least one property each.`,
    );
  }
  return Object.entries(properties).map(([name, schema]) => {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      throw new DefinitionInvalidError(
        `The property ${JSON.stringify(name)} of the definition "${kind}" cannot be a field of the API; use letters, digits and _.`,
      );
    }
    return [name, schema, required.includes(name)];
  });
}

/** What has no type of its own in GraphQL travels as JSON. */
function fieldType(schema: JsonSchema, name: string, addObject: ObjectTypeMaker): FieldType {
  const { anyOf, type, items, properties } = schema;
  if (anyOf?.length === 2 && anyOf.some((option) => option.type === 'null')) {
    const other = anyOf.find((option) => option.type !== 'null');
    return { ...(other ? fieldType(other, name, addObject) : { type: 'JSON' }), nullable: true };
  }
  if (Array.isArray(type)) {
    const others = type.filter((name) => name !== 'null');
    if (others.length !== 1) return { type: 'JSON', nullable: true };
    const inner = fieldType({ ...schema, type: others[0]! }, name, addObject);
    return { ...inner, nullable: inner.nullable || others.length < type.length };
  }
  switch (type) {
    case 'string':
      return { type: 'String', nullable: false };
    case 'boolean':
      return { type: 'Boolean', nullable: false };
    case 'number':
      return { type: 'Float', nullable: false };
    case 'integer':
      return {
        type: Math.max(Math.abs(schema.minimum ?? 0), schema.maximum ?? Infinity) < 2 ** 31 ? 'Int' : 'Int64',
        nullable: false,
      };
    case 'array': {
      const item = items && fieldType(items, name, addObject);
      return { type: item && !item.nullable && item.type !== 'JSON' ? [item.type] : 'JSON', nullable: false };
    }
    case 'object':
      return { type: properties && Object.keys(properties).length > 0 ? addObject(name, schema) : 'JSON', nullable: false };
    default:
      return { type: 'JSON', nullable: true };
  }
}

/** @throws DefinitionInvalidError for definitions that cannot be in the API, or whose names it has already */
export function refuseInvalid(definitions: readonly AnyDefinition[], api: GraphQLSchema): void {
  for (const { kind } of definitions.map(define)) {
    const names = ['Input', 'Output', 'Result'].map((suffix) => `${capitalized(kind)}${suffix}`);
    const taken = api.getMutationType()?.getFields()[kind]?.name ?? names.find((name) => api.getType(name) !== undefined);
    if (taken !== undefined)
      throw new DefinitionInvalidError(`The definition "${kind}" needs another name: "${taken}" is taken by the API.`);
  }
}

export const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const isPlain = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
