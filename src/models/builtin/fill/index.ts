import { z } from 'zod';
import { brainstorm } from '../brainstorm.ts';
import type { Brief } from '../brief.ts';
import { keyText } from '../context.ts';
import { plan } from '../plan.ts';
import { wordSet } from '../prose.ts';
import { createRandom, type Random } from '../random.ts';
import { fillNumber, type Place } from './numbers.ts';
import {
  createHeight,
  lookUp,
  merge,
  numberOf,
  propertiesOf,
  requiredOf,
  type Schema,
  schemaFrom,
  schemasFrom,
  typeOf,
} from './schema.ts';
import { fillString, type Voice } from './strings.ts';

/** Where in the answer a value is. */
interface Spot extends Place {
  /** The words of the list's name that it is an item of. */
  list: string;
  depth: number;
  /** How often each `$ref` has been followed on the way here. */
  followed: ReadonlyMap<string, number>;
}

/** With this many values written, only what must be there is added. */
const ENOUGH_VALUES = 600;
const DEEP_ENOUGH = 7;
const ATTEMPTS = 6;

/**
 * A value that the schema allows, from the words of the brief. It is checked against the schema as far as zod can read it, and
 * written anew, in the end with nothing but what is required, while it does not fit.
 *
 * @throws {RangeError} when the schema allows no value of finite depth.
 */
export function fill(schema: unknown, brief: Brief, text: string, seed: number): unknown {
  const root = schemaFrom(schema) ?? {};
  const voiceRandom = createRandom(seed, text, 'voice');
  const voice: Voice = { brief, ideas: brainstorm(brief, 12, [], voiceRandom), steps: plan(brief, undefined, voiceRandom) };
  const isValid = checkOf(root);
  let value: unknown;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const filler = new Filler(root, voice, text, createRandom(seed, text, attempt), attempt >= ATTEMPTS / 2);
    value = filler.fillRoot();
    if (isValid(value)) return value;
  }
  return value;
}

function checkOf(root: Schema): (value: unknown) => boolean {
  try {
    const checked = z.fromJSONSchema(root);
    return (value) => checked.safeParse(value).success;
  } catch {
    // Not every schema can be read by zod; then the filling alone has to be right.
    return () => true;
  }
}

class Filler {
  private readonly height: (schema: Schema) => number;
  private written = 0;
  private readonly root: Schema;
  private readonly voice: Voice;
  private readonly text: string;
  private readonly random: Random;
  private readonly bare: boolean;

  constructor(root: Schema, voice: Voice, text: string, random: Random, bare: boolean) {
    this.root = root;
    this.voice = voice;
    this.text = text;
    this.random = random;
    this.bare = bare;
    this.height = createHeight(root);
  }

  fillRoot(): unknown {
    if (this.height(this.root) === Number.POSITIVE_INFINITY)
      throw new RangeError('the JSON schema allows no value of finite depth');
    const spot: Spot = { name: '', list: '', index: 0, serial: 0, variant: 0, listed: false, depth: 0, followed: new Map() };
    // Anything goes: an object is what callers of JSON can use.
    if (Object.keys(this.root).every((keyword) => keyword.startsWith('$')))
      return { answer: this.fillString({}, { ...spot, name: 'answer' }) };
    return this.fill(this.root, spot);
  }

  private fill(given: Schema, before: Spot): unknown {
    this.written += 1;
    const [schema, spot] = this.resolve(given, before);
    if ('const' in schema) return schema['const'];
    const options = schema['enum'];
    if (Array.isArray(options) && options.length > 0) return this.choose(options as unknown[], spot);
    switch (typeOf(schema)) {
      case 'object':
        return this.fillObject(schema, spot);
      case 'array':
        return this.fillArray(schema, spot);
      case 'integer':
        return fillNumber(schema, true, spot, this.text, this.random);
      case 'number':
        return fillNumber(schema, false, spot, this.text, this.random);
      case 'boolean':
        return !/\b(?:deleted|archived|disabled|hidden|error|failed|blocked|optional)\b/.test(spot.name);
      case 'null':
        return null;
      default:
        return this.fillString(schema, spot);
    }
  }

  /** Follows references, joins what `allOf` says, and decides between alternatives. */
  private resolve(given: Schema, before: Spot): [Schema, Spot] {
    let schema = given;
    let spot = before;
    for (let round = 0; round < 100; round += 1) {
      const { $ref: reference, allOf, anyOf, oneOf, ...rest } = schema;
      if (typeof reference === 'string') {
        const followed = new Map(spot.followed).set(reference, (spot.followed.get(reference) ?? 0) + 1);
        spot = { ...spot, followed };
        schema = merge(without(schema, '$ref'), lookUp(this.root, reference) ?? {});
      } else if (Array.isArray(allOf)) {
        schema = schemasFrom(allOf).reduce(merge, without(schema, 'allOf'));
      } else if (Array.isArray(anyOf) || Array.isArray(oneOf)) {
        const keyword = Array.isArray(anyOf) ? 'anyOf' : 'oneOf';
        schema = merge(without(schema, keyword), this.alternative(schemasFrom(schema[keyword]), spot));
      } else {
        return [rest, spot];
      }
    }
    throw new RangeError('the JSON schema refers to itself without end');
  }

  private alternative(alternatives: readonly Schema[], spot: Spot): Schema {
    const usable = alternatives.filter((alternative) => this.height(alternative) < Number.POSITIVE_INFINITY);
    if (this.isMinimal(spot)) return [...usable].sort((one, other) => this.height(one) - this.height(other))[0] ?? {};
    const said = usable.filter((alternative) => typeOf(alternative) !== 'null');
    if (said.length === 0) return usable[0] ?? {};
    // Items of a list take turns, so that each kind of item is seen.
    return (spot.listed ? said[spot.index % said.length] : this.random.pick(said)) ?? {};
  }

  private choose(options: readonly unknown[], spot: Spot): unknown {
    const words = wordSet(this.text);
    const said = options.filter(
      (option) => typeof option === 'string' && [...wordSet(keyText(option))].some((word) => words.has(word)),
    );
    if (said.length > 0 && !spot.listed) return said[0];
    const real = options.filter((option) => option !== null);
    const from = real.length > 0 ? real : options;
    return spot.listed ? from[spot.index % from.length] : this.random.pick(from);
  }

  private fillString(schema: Schema, spot: Spot): string {
    return fillString(schema, spot, this.voice, this.random);
  }

  private fillObject(schema: Schema, spot: Spot): Record<string, unknown> {
    const required = new Set(requiredOf(schema));
    const minimal = this.isMinimal(spot);
    const value: Record<string, unknown> = {};
    const at = (name: string): Spot => ({ ...spot, name: keyText(name), depth: spot.depth + 1 });
    const set = (name: string, filled: unknown): void => {
      // "__proto__" is a name like any other in JSON.
      Object.defineProperty(value, name, { value: filled, enumerable: true, configurable: true, writable: true });
    };
    const most = numberOf(schema, 'maxProperties', Number.POSITIVE_INFINITY);
    const entries = propertiesOf(schema);
    let room = most - required.size;
    for (const [name, property] of entries) {
      const inner = schemaFrom(property);
      if (inner === undefined || this.height(inner) === Number.POSITIVE_INFINITY) continue;
      if (!required.has(name) && (minimal || (room -= 1) < 0)) continue;
      set(name, this.fill(inner, at(name)));
    }
    const [[pattern, patterned] = [undefined, undefined]] = propertiesOf(schema, 'patternProperties');
    const others = schemaFrom(patterned ?? schema['additionalProperties']);
    for (const name of required) if (!Object.hasOwn(value, name)) set(name, this.fill(others ?? {}, at(name)));
    const free = entries.length === 0 && required.size === 0 && others !== undefined && !minimal ? 2 : 0;
    const wanted = Math.min(most, Math.max(numberOf(schema, 'minProperties', 0), Object.keys(value).length + free));
    const names = { ...schemaFrom(schema['propertyNames']), ...(pattern === undefined ? {} : { pattern }) };
    for (let index = 0; Object.keys(value).length < wanted && index < wanted + 50; index += 1) {
      const name = this.fill(
        { type: 'string', ...names },
        { ...spot, name: 'key', index, serial: index, listed: index > 0, depth: spot.depth + 1 },
      );
      const key =
        typeof name === 'string' && !(Object.hasOwn(value, name) && Object.keys(names).length === 0)
          ? name
          : `${String(name)}-${index + 1}`;
      if (!Object.hasOwn(value, key)) set(key, this.fill(others ?? {}, { ...at(key), index, serial: index }));
    }
    return value;
  }

  private fillArray(schema: Schema, spot: Spot): unknown[] {
    const items = schema['items'];
    const tuple = schemasFrom(schema['prefixItems'] ?? (Array.isArray(items) ? items : []));
    const rest = schemaFrom(
      Array.isArray(items) ? (schema['additionalItems'] ?? false) : items === undefined && tuple.length > 0 ? false : items,
    );
    const least = Math.max(
      numberOf(schema, 'minItems', 0),
      schema['contains'] === undefined ? 0 : numberOf(schema, 'minContains', 1),
    );
    const most = numberOf(schema, 'maxItems', Number.POSITIVE_INFINITY);
    const usual =
      this.isMinimal(spot) || (rest !== undefined && this.height(rest) === Number.POSITIVE_INFINITY) ? 0 : spot.depth < 3 ? 3 : 2;
    const length =
      tuple.length > 0 && least <= tuple.length ? Math.min(tuple.length, most) : Math.min(most, Math.max(least, usual));
    const values: unknown[] = [];
    const seen = new Set<string>();
    const unique = schema['uniqueItems'] === true;
    for (let index = 0; values.length < length && index < length * 4 + 20; index += 1) {
      const item = values.length < tuple.length ? tuple[values.length] : (rest ?? (tuple.length === 0 ? {} : undefined));
      if (item === undefined) break;
      const contained = schemaFrom(schema['contains'] ?? false);
      const inner = contained !== undefined && values.length < least ? merge(item, contained) : item;
      const value = this.fill(inner, {
        ...spot,
        name: spot.name,
        list: spot.name,
        index,
        serial: spot.serial * 3 + index,
        variant: index - values.length,
        listed: true,
        depth: spot.depth + 1,
      });
      const text = JSON.stringify(value);
      if (unique && seen.has(text)) continue;
      seen.add(text);
      values.push(value);
    }
    return values;
  }

  private isMinimal({ depth, followed }: Spot): boolean {
    return this.bare || depth > DEEP_ENOUGH || this.written > ENOUGH_VALUES || [...followed.values()].some((times) => times > 2);
  }
}

function without(schema: Schema, keyword: string): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
}
