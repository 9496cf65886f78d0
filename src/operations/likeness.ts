/** What is compared. */
interface Titled {
  title: string;
  description: string;
}

/** Words that tell no two ideas apart. */
const fillers = new Set('a an the of for to and or with in on at by from as your our my its their is are be'.split(' '));

/** How alike two titles may be, and two titles with their descriptions, from 0 to 1. */
const titleLimit = 0.87;
const textLimit = 0.87;

/** An idea as it is compared with others. */
export interface Fingerprint {
  words: string;
  title: ReadonlySet<string>;
  text: ReadonlySet<string>;
}

/** Reads an idea once, to be compared with many. Cost: linear in its length, of which the first 2,000 characters are read. */
export function fingerprint({ title, description }: Titled): Fingerprint {
  const words = wordsOf(title.slice(0, 300));
  return {
    words: [...new Set(words)].toSorted().join(' '),
    title: trigrams(words),
    text: trigrams([...words, ...wordsOf(description.slice(0, 2000))]),
  };
}

/**
 * Whether two ideas are nearly the same, by their letters alone: their titles have the same words (whatever their order, case,
 * accents, punctuation, plural or filler words), or the three-letter pieces of their titles, or of titles and descriptions
 * together, overlap by so much (Sørensen-Dice coefficient) that one is the other said again. Reads no meaning: a synonym is another word.
 */
export function areAlike(a: Fingerprint, b: Fingerprint): boolean {
  return a.words === b.words || dice(a.title, b.title) >= titleLimit || dice(a.text, b.text) >= textLimit;
}

function wordsOf(text: string): string[] {
  const words = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !fillers.has(word)).map(singular);
  return telling.length > 0 ? telling : words;
}

/** English plurals, roughly: what is cut too short is cut alike in both. */
const singular = (word: string): string => word.replace(/(?<=..)ies$/, 'y').replace(/(?<=..[^s])s$/, '');

/** Shared pieces weigh as much in either: 2 |A ∩ B| / (|A| + |B|). https://en.wikipedia.org/wiki/Dice-S%C3%B8rensen_coefficient */
export function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const piece of a) if (b.has(piece)) shared++;
  return (2 * shared) / (a.size + b.size);
}

function trigrams(words: readonly string[]): Set<string> {
  const pieces = new Set<string>();
  for (const word of words) {
    const characters = [...`  ${word} `];
    for (let at = 0; at + 3 <= characters.length; at++) pieces.add(characters.slice(at, at + 3).join(''));
  }
  return pieces;
}
