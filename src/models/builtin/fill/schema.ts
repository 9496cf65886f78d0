/** A JSON schema, draft 7 or 2020-12, as it comes: nothing in it is taken for granted. */
export type Schema = Readonly<Record<string, unknown>>;

/** The value as a schema: `true` allows all, and so does whatever is no schema; `false` is undefined. */
export function schemaFrom(value: unknown): Schema | undefined {
  if (value === false) return undefined;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};
}

/** The schemas of a list such as `anyOf`; empty when there is none. */
export function schemasFrom(value: unknown): Schema[] {
  return Array.isArray(value) ? value.map(schemaFrom).filter((schema) => schema !== undefined) : [];
}

/** The property schemas by name. */
export function propertiesOf(schema: Schema, key = 'properties'): [string, unknown][] {
  const properties = schema[key];
  return typeof properties === 'object' && properties !== null ? Object.entries(properties) : [];
}

/** The names that must be there. */
export function requiredOf(schema: Schema): string[] {
  const required = schema['required'];
  return Array.isArray(required) ? required.filter((name): name is string => typeof name === 'string') : [];
}

/** The number under a keyword, or the fallback. */
export function numberOf<Fallback>(schema: Schema, keyword: string, fallback: Fallback): number | Fallback {
  const value = schema[keyword];
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** What a `$ref` inside the document points to; undefined when it points nowhere, or outside. */
export function lookUp(root: Schema, reference: string): Schema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let target: unknown = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, key)) return undefined;
    target = (target as Record<string, unknown>)[key];
  }
  return schemaFrom(target);
}

const LARGER = new Set(['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties', 'minContains']);
const SMALLER = new Set(['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties']);
const MOST_PAIRS = 64;

/** A schema that asks for what both ask for, as far as that can be said in one. */
export function merge(one: Schema, other: Schema): Schema {
  const merged: Record<string, unknown> = { ...one };
  for (const [keyword, value] of Object.entries(other)) {
    const known = merged[keyword];
    merged[keyword] = known === undefined ? value : both(keyword, known, value);
  }
  return merged;
}

function both(keyword: string, one: unknown, other: unknown): unknown {
  if (keyword === 'required') return [...new Set([...(one as string[]), ...(other as string[])])];
  if (keyword === 'properties' || keyword === 'patternProperties') {
    const properties: Record<string, unknown> = { ...(one as Schema) };
    for (const [name, schema] of Object.entries(other as Schema)) {
      const known = Object.hasOwn(properties, name) ? schemaFrom(properties[name]) : undefined;
      properties[name] = known === undefined ? schema : merge(known, schemaFrom(schema) ?? {});
    }
    return properties;
  }
  if (keyword === 'type') return shared(listFrom(one), listFrom(other));
  if (keyword === 'enum') return shared(listFrom(one), listFrom(other));
  if (keyword === 'anyOf' || keyword === 'oneOf') {
    const pairs = schemasFrom(one).flatMap((first) => schemasFrom(other).map((second) => ({ allOf: [first, second] })));
    return pairs.slice(0, MOST_PAIRS);
  }
  if (keyword === 'items' && !Array.isArray(one) && !Array.isArray(other))
    return merge(schemaFrom(one) ?? {}, schemaFrom(other) ?? {});
  // Closed objects are described piece by piece in an `allOf`; together they are open to each other's properties.
  if (keyword === 'additionalProperties') return one === false ? other : one;
  if (typeof one === 'number' && typeof other === 'number') {
    if (LARGER.has(keyword)) return Math.max(one, other);
    if (SMALLER.has(keyword)) return Math.min(one, other);
  }
  return other;
}

function listFrom(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function shared(one: readonly unknown[], other: readonly unknown[]): unknown[] {
  const texts = new Set(other.map((item) => JSON.stringify(item)));
  // An integer is a number.
  return one
    .filter((item) => texts.has(JSON.stringify(item)) || (item === 'integer' && other.includes('number')))
    .concat(one.includes('number') && other.includes('integer') && !one.includes('integer') ? ['integer'] : []);
}

/** The JSON type that a schema is about, inferred from its keywords where it names none; undefined when anything goes. */
export function typeOf(schema: Schema): string | undefined {
  const types = listFrom(schema['type']).filter((type): type is string => typeof type === 'string');
  const named = types.find((type) => type !== 'null') ?? types[0];
  if (named !== undefined) return named;
  const has = (...keywords: string[]): boolean => keywords.some((keyword) => schema[keyword] !== undefined);
  if (has('properties', 'required', 'additionalProperties', 'propertyNames', 'patternProperties', 'minProperties'))
    return 'object';
  if (has('items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains')) return 'array';
  if (has('minLength', 'maxLength', 'pattern', 'format', 'contentEncoding')) return 'string';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return undefined;
}

const DEEPEST = 12;

/**
 * How deep the smallest value of a schema is, so that recursion can be left by the shortest way; Infinity when no value is
 * less than 12 levels deep.
 */
export function createHeight(root: Schema): (schema: Schema) => number {
  const known = new Map<Schema, Map<number, number>>();
  const height = (schema: Schema, budget: number): number => {
    if (budget < 0) return Number.POSITIVE_INFINITY;
    const depths = known.get(schema) ?? new Map<number, number>();
    known.set(schema, depths);
    const found = depths.get(budget);
    if (found !== undefined) return found;
    const computed = measure(schema, budget);
    depths.set(budget, computed);
    return computed;
  };
  const measure = (schema: Schema, budget: number): number => {
    const needed: number[] = [0];
    const reference = schema['$ref'];
    if (typeof reference === 'string') {
      const target = lookUp(root, reference);
      if (target !== undefined) needed.push(height(target, budget - 1));
    }
    for (const part of schemasFrom(schema['allOf'])) needed.push(height(part, budget - 1));
    for (const keyword of ['anyOf', 'oneOf']) {
      const alternatives = schemasFrom(schema[keyword]);
      if (alternatives.length > 0) needed.push(Math.min(...alternatives.map((alternative) => height(alternative, budget - 1))));
    }
    const required = new Set(requiredOf(schema));
    for (const [name, property] of propertiesOf(schema)) {
      if (required.has(name)) needed.push(1 + height(schemaFrom(property) ?? {}, budget - 1));
    }
    if (numberOf(schema, 'minItems', 0) > 0) {
      const items = schema['prefixItems'] ?? schema['items'];
      for (const item of Array.isArray(items) ? schemasFrom(items) : [schemaFrom(items) ?? {}])
        needed.push(1 + height(item, budget - 1));
    }
    return Math.max(...needed);
  };
  return (schema) => height(schema, DEEPEST);
}
