import { clean, clip, listOf, upperFirst } from './prose.ts';

/** Something that the context says: `{ key: 'opening date', value: 'in June' }`. */
export interface Fact {
  key: string;
  value: string;
}

/** An idea, a step or another thing with a title that the context brings along. */
export interface Titled {
  title: string;
  description: string;
}

const MOST_FACTS = 12;
const DEEPEST = 4;

/** What the context says in single facts, in its order, long values cut. */
export function factsOf(context: unknown): Fact[] {
  const facts: Fact[] = [];
  const visit = (value: unknown, key: string, depth: number): void => {
    if (facts.length >= MOST_FACTS || value === null || value === undefined || depth > DEEPEST) return;
    if (Array.isArray(value)) {
      const simple = value.flatMap((item) => textOfScalar(item));
      if (simple.length > 0) facts.push({ key, value: clip(listOf(simple.slice(0, 5)), 80) });
      for (const item of value.slice(0, MOST_FACTS)) if (typeof item === 'object') visit(item, key, depth + 1);
    } else if (typeof value === 'object') {
      for (const [name, item] of Object.entries(value).slice(0, MOST_FACTS)) visit(item, keyText(name), depth + 1);
    } else {
      for (const text of textOfScalar(value)) facts.push({ key, value: clip(text, 80) });
    }
  };
  visit(context, 'context', 0);
  return facts;
}

/** The first thing with a title in the context, what is called an idea or chosen before others. */
export function titledIn(context: unknown, depth = 0): Titled | undefined {
  if (typeof context !== 'object' || context === null || depth > 2) return undefined;
  const entries = Object.entries(context);
  const own = Object.fromEntries(entries) as Record<string, unknown>;
  const title = own['title'] ?? own['label'];
  if (typeof title === 'string' && /[\p{L}\p{N}]/u.test(title)) {
    const description = typeof own['description'] === 'string' ? own['description'] : '';
    return { title: clip(clean(title), 80), description: clip(clean(description), 300) };
  }
  const wanted = /idea|select|chosen|choice/i;
  const ordered = [...entries.filter(([key]) => wanted.test(key)), ...entries.filter(([key]) => !wanted.test(key))];
  for (const [, value] of ordered.slice(0, 30)) {
    const found = titledIn(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All text in a JSON value, up to `limit` characters: for counting words, not for reading. */
export function textIn(value: unknown, limit = 4000): string {
  const parts: string[] = [];
  let length = 0;
  const visit = (item: unknown, depth: number): void => {
    if (length >= limit || depth > 12) return;
    if (typeof item === 'object' && item !== null) {
      for (const [key, inner] of Object.entries(item)) {
        if (length >= limit) return;
        if (!Array.isArray(item)) add(keyText(key));
        visit(inner, depth + 1);
      }
    } else {
      for (const text of textOfScalar(item)) add(text);
    }
  };
  const add = (text: string): void => {
    parts.push(text.slice(0, limit - length));
    length += text.length;
  };
  visit(value, 0);
  return parts.join('. ');
}

/** `openingDate` and `opening_date` as "opening date". */
export function keyText(key: string): string {
  return clip(clean(key.replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').replaceAll(/[_\-.]+/g, ' ')).toLowerCase(), 40);
}

/** "Opening date: in June". */
export function factText({ key, value }: Fact): string {
  return key === 'context' || key === '' ? value : `${upperFirst(key)}: ${value}`;
}

function textOfScalar(value: unknown): string[] {
  if (typeof value === 'string') {
    const text = clean(value.slice(0, 4000));
    return /[\p{L}\p{N}]/u.test(text) ? [text] : [];
  }
  if (typeof value === 'number') return [String(value)];
  if (typeof value === 'boolean') return [value ? 'yes' : 'no'];
  return [];
}
