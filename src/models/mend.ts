/** Deeper than any honest answer, and far from what a recursive reader could not bear. */
export const deepestAnswer = 100;

export interface ReadDocument {
  /** Where the document ends in the text; otherwise why its end was not found. */
  end: number | 'cut off' | 'brackets' | 'depth';
  /** The document as JSON; undefined where it cannot be read without guessing. */
  json: string | undefined;
  /** What had to be mended for that. */
  mends: Set<string>;
}

const mend = {
  quotes: 'Quotation marks that are not those of JSON were replaced.',
  breaks: 'Control characters within a text were escaped.',
  keys: 'Names without quotation marks were given them.',
  literals: "Python's names for true, false and null were replaced.",
  numbers: 'A number was put as JSON has it.',
  comments: 'Comments in the JSON document were left out.',
  trailing: 'A trailing comma was removed.',
  missing: 'A missing comma was added.',
};

const closerOf: Record<string, string> = { '{': '}', '[': ']' };
const pythonLiterals: Record<string, string> = { True: 'true', False: 'false', None: 'null' };
const quotes: Record<string, string> = { '"': '"', "'": "'", '“': '“”', '”': '“”' };
const space = /[\s\u200B]*/y;
const bare = /[^\s,:{}[\]"'“”]+/y;

/** What may come next, inside of an object or a list. */
type Expected = 'key' | 'colon' | 'value' | 'comma';

/**
 * Reads the document that begins at `start` with a bracket, in one pass and without recursion, and puts it as JSON. It
 * mends what can be meant in one way only, and adds nothing but commas: a value, a quotation mark or a bracket that is missing stays so.
 * (jsonrepair, which is made for this, completes what is cut off, drops `...`, and takes minutes for 32 KB of stray quotation marks.)
 */
export function readDocument(text: string, start: number): ReadDocument {
  const open: string[] = [];
  const pieces: string[] = [];
  const mends = new Set<string>();
  let expected: Expected = 'value';
  /** Read, and not written yet: it is none of JSON's when a bracket closes. */
  let comma = false;
  let fits = true;
  let at = start;
  let previousEnd = start;

  const put = (piece: string): void => {
    pieces.push(piece);
  };
  /** Makes room for a key or a value. @param end where it ends */
  const begin = (end: number): void => {
    if (expected === 'comma') {
      // Side by side on one line, two texts are one with a quotation mark in it as likely as two without a comma between.
      const gap = text.slice(previousEnd, at);
      const apart = gap.includes('\n') || /[\]}]/.test(text[previousEnd - 1]!) || /[[{]/.test(text[at]!);
      if (!apart && (open.at(-1) === '[' || gap === '')) fits = false;
      mends.add(mend.missing);
      comma = true;
      expected = open.at(-1) === '{' ? 'key' : 'value';
    }
    if (comma) put(',');
    comma = false;
    previousEnd = end;
  };
  const ended = (end: ReadDocument['end']): ReadDocument => ({
    end,
    json: fits && typeof end === 'number' ? pieces.join('') : undefined,
    mends,
  });

  for (;;) {
    at = endOf(space, text, at);
    const char = text[at];
    if (char === undefined) return ended('cut off');
    if (char === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const end = commentEnd(text, at);
      if (end === undefined) return ended('cut off');
      // What a comment such as `// ... five more` stands for is missing.
      if (/\.\.\.|…/.test(text.slice(at, end))) fits = false;
      mends.add(mend.comments);
      at = end;
    } else if (char === '{' || char === '[') {
      begin(at + 1);
      if (expected !== 'value') fits = false;
      if (open.length === deepestAnswer) return ended('depth');
      open.push(char);
      put(char);
      expected = char === '{' ? 'key' : 'value';
      at++;
    } else if (char === '}' || char === ']') {
      const opened = open.pop();
      if (closerOf[opened!] !== char) return ended('brackets');
      const empty = !comma && /[[{]/.test(pieces.at(-1)!);
      if (comma) mends.add(mend.trailing);
      else if (expected !== 'comma' && !empty) fits = false;
      comma = false;
      put(char);
      at++;
      if (open.length === 0) return ended(at);
      expected = 'comma';
      previousEnd = at;
    } else if (char === ',') {
      if (expected !== 'comma') fits = false;
      comma = true;
      expected = open.at(-1) === '{' ? 'key' : 'value';
      at++;
    } else if (char === ':') {
      if (expected !== 'colon') fits = false;
      put(':');
      expected = 'value';
      at++;
    } else {
      const end = char in quotes ? stringEnd(text, at) : endOf(bare, text, at);
      if (end === undefined) return ended('cut off');
      begin(end);
      const token = text.slice(at, end);
      const written =
        char in quotes ? stringOf(token, mends) : expected === 'key' ? nameOf(token, mends) : literalOf(token, mends);
      if (written === undefined || expected === 'colon') fits = false;
      put(written ?? token);
      expected = expected === 'key' ? 'colon' : 'comma';
      at = end;
    }
  }
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function commentEnd(text: string, at: number): number | undefined {
  const [mark, length] = text[at + 1] === '/' ? ['\n', 1] : ['*/', 2];
  const end = text.indexOf(mark, at + 2);
  return end === -1 ? undefined : end + length;
}

/** @returns where the text that begins at `start` ends; undefined where it does not */
function stringEnd(text: string, start: number): number | undefined {
  const closing = quotes[text[start]!]!;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\') at++;
    // An apostrophe within a text looks the same as its end, but for what comes after.
    else if (closing.includes(char) && (char === '"' || ',:}]'.includes(text[endOf(space, text, at + 1)] ?? '-'))) return at + 1;
  }
  return undefined;
}

function stringOf(token: string, mends: Set<string>): string {
  if (token[0] !== '"') mends.add(mend.quotes);
  const inside = token.slice(1, -1).replaceAll(/\\[^]|["\u0000-\u001F]/g, (found) => {
    if (found === "\\'") return "'";
    if (found[0] === '\\') return found;
    if (found !== '"') mends.add(mend.breaks);
    return JSON.stringify(found).slice(1, -1);
  });
  return `"${inside}"`;
}

function nameOf(token: string, mends: Set<string>): string | undefined {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(token)) return undefined;
  mends.add(mend.keys);
  return JSON.stringify(token);
}

function literalOf(token: string, mends: Set<string>): string | undefined {
  if (/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(token)) return token;
  const python = Object.hasOwn(pythonLiterals, token) ? pythonLiterals[token] : undefined;
  if (python !== undefined) mends.add(mend.literals);
  else if (/^[+-]?(?:\.\d+|(?:0|[1-9]\d*)\.?\d*)$/.test(token)) mends.add(mend.numbers);
  else return undefined;
  return python ?? JSON.stringify(Number(token));
}
