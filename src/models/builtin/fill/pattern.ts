import type { Random } from '../random.ts';

/** A piece of a regular expression, which writes a text that it matches. */
type Writer = (extra: number) => string;

const ALPHABET = [
  ...'aeiomnrstlbcdfghkpuvwyzjqx',
  ...'1234567890',
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ...' -_.,:;/@#+*!?&=%~()[]{}<>$^|"\'\\`',
  '\t',
  '\n',
  'é',
  'ß',
  'я',
  '中',
  '🙂',
];
const LENGTHENINGS = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144];
const TRIES = 4;

/**
 * A text that matches the pattern and is between `least` and `most` characters long, or undefined where none was found: look
 * around, back references and the like are written as if they were not there, and only what matches in the end is returned.
 */
export function textMatching(pattern: string, least: number, most: number, random: Random): string | undefined {
  const matches = matcherOf(pattern);
  if (matches === undefined) return undefined;
  let write: Writer;
  try {
    write = parse(pattern, random);
  } catch {
    return undefined;
  }
  for (const extra of LENGTHENINGS) {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const text = write(extra);
      if (text.length >= least && [...text].length >= least && text.length <= most && matches(text)) return text;
    }
  }
  return undefined;
}

/** A test for the pattern; undefined when it is not a regular expression. */
export function matcherOf(pattern: string): ((text: string) => boolean) | undefined {
  for (const flags of ['u', '']) {
    try {
      const expression = new RegExp(pattern, flags);
      return (text) => expression.test(text);
    } catch {
      // Some patterns are valid only without the unicode flag.
    }
  }
  return undefined;
}

function parse(pattern: string, random: Random): Writer {
  let position = 0;
  const peek = (): string => pattern.charAt(position);

  const alternatives = (): Writer => {
    const options = [sequence()];
    while (peek() === '|') {
      position += 1;
      options.push(sequence());
    }
    return (extra) => (options.length === 1 ? (options[0] as Writer) : random.pick(options))(extra);
  };

  const sequence = (): Writer => {
    const writers: Writer[] = [];
    while (position < pattern.length && peek() !== '|' && peek() !== ')') writers.push(quantified(atom()));
    return (extra) => writers.map((write) => write(extra)).join('');
  };

  const quantified = (write: Writer): Writer => {
    const [text, least, most] = quantifier();
    if (text === '') return write;
    position += text.length;
    if (peek() === '?') position += 1;
    return (extra) => {
      const times = Math.min(most, least + (most > 1 ? extra : random.below(2)));
      return Array.from({ length: times }, () => write(most > 1 ? 0 : extra)).join('');
    };
  };

  const quantifier = (): [text: string, least: number, most: number] => {
    const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})/.exec(pattern.slice(position));
    if (match === null) return ['', 1, 1];
    const [text, sign, least = '', comma, most = ''] = match;
    if (sign === '*') return [text, 0, Number.POSITIVE_INFINITY];
    if (sign === '+') return [text, 1, Number.POSITIVE_INFINITY];
    if (sign === '?') return [text, 0, 1];
    return [text, Number(least), comma === undefined ? Number(least) : most === '' ? Number.POSITIVE_INFINITY : Number(most)];
  };

  const atom = (): Writer => {
    const character = peek();
    if (character === '(') return group();
    if (character === '[') return oneOf(take(/^\[\^?\]?(?:\\.|[^\]\\])*\]/));
    if (character === '\\') {
      if (/^\\[bB]/.test(pattern.slice(position))) {
        position += 2;
        return () => '';
      }
      return oneOf(take(/^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|[\s\S])/));
    }
    position += 1;
    if (character === '^' || character === '$') return () => '';
    if (character === '.') return oneOf('.');
    return () => character;
  };

  const group = (): Writer => {
    const opening = take(/^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/);
    const write = alternatives();
    if (peek() !== ')') throw new SyntaxError('a group does not end');
    position += 1;
    return /[=!]$/.test(opening) ? () => '' : write;
  };

  const take = (expression: RegExp): string => {
    const text = expression.exec(pattern.slice(position))?.[0] ?? '';
    if (text === '') throw new SyntaxError(`cannot read ${pattern.slice(position, position + 10)}`);
    position += text.length;
    return text;
  };

  const oneOf = (source: string): Writer => {
    const matches = matcherOf(`^(?:${source})$`);
    const letters = ALPHABET.filter((letter) => matches?.(letter) === true);
    // Classes such as [\u0370-\u03ff] hold none of the usual letters; their own ends will do.
    const own = letters.length > 0 ? letters : [...unescaped(source)].filter((letter) => matches?.(letter) === true);
    if (own.length === 0) throw new SyntaxError(`nothing matches ${source}`);
    return () => random.pick(own.slice(0, 20));
  };

  const write = alternatives();
  if (position < pattern.length) throw new SyntaxError('a group is closed twice');
  return write;
}

function unescaped(source: string): string {
  return source.replaceAll(/\\(?:u\{([^}]*)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2}))/g, (_, ...codes: (string | undefined)[]) =>
    String.fromCodePoint(Number.parseInt(codes.slice(0, 3).find((code) => code !== undefined) ?? '20', 16)),
  );
}
