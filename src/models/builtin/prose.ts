const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Text fit to be looked at and quoted: no control characters, no lone surrogates, single spaces. */
export function clean(text: string): string {
  return text
    .replaceAll(/[\p{Surrogate}\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** At most `limit` characters as people count them, cut between words where there are any, with "…" for what was left out. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // A grapheme may be many units long; looking at more than this would make a long text slow.
  const head = [...graphemes.segment(text.slice(0, limit * 12))].map(({ segment }) => segment);
  if (head.length <= limit && text.length <= limit * 12) return text;
  const cut = head
    .slice(0, limit - 1)
    .join('')
    .slice(0, limit * 4)
    .replaceAll(/\p{Surrogate}/gu, '');
  const atWord = cut.replace(/\s+\S*$/, '');
  return `${(atWord.length >= cut.length / 2 ? atWord : cut).replace(/[\s,;:.–—-]+$/u, '')}…`;
}

/** In quotation marks, clipped; marks inside it become single ones. */
export function quote(text: string, limit = 60): string {
  return `“${clip(text.replaceAll(/["“”]/g, "'"), limit)}”`;
}

/** With a capital at the start. */
export function upperFirst(text: string): string {
  return text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** With a small letter at the start, but for names, abbreviations and "I". */
export function lowerFirst(text: string): string {
  return /^(\p{Lu}\p{Ll}|A )/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** "a", "a and b", "a, b and c". */
export function listOf(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** Small letters, digits and hyphens, for ids; empty when the text has none of them. */
export function slug(text: string, limit = 24): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, limit)
    .replaceAll(/^-+|-+$/g, '');
}

/** What templates may name in braces. */
export type Slots = Readonly<Record<string, string>>;

/**
 * A template with its `{slots}` filled, sentences capitalised and "a" made "an" where a slot wants it.
 *
 * @throws {RangeError} for a slot that there is no word for: a template must name only what it is given.
 */
export function render(template: string, slots: Slots): string {
  const text = template.replaceAll(/(\b[Aa]n? )?\{(\w+)\}/g, (_, article: string | undefined, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new RangeError(`no word for {${name}}`);
    if (article === undefined) return value;
    const a = article.charAt(0);
    return `${/^(?:[aeio]|u(?!ni|se|sa|k\b))/i.test(value) && !/^(?:one|eu)/i.test(value) ? `${a}n` : a} ${value}`;
  });
  return text.replaceAll(/(^|[.!?]\s+)(\p{Ll})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** The words of a text as a set, in small letters. */
export function wordSet(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}

/** How much two sets share, from 0 (nothing) to 1 (all): intersection over union. */
export function similarity(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 && other.size === 0) return 1;
  let shared = 0;
  for (const word of one) if (other.has(word)) shared += 1;
  return shared / (one.size + other.size - shared);
}
