import { readDocument, type ReadDocument } from './mend.ts';

/** A document in a text. */
interface FoundDocument {
  start: number;
  end: number;
  /** As JSON; undefined where it cannot be read without guessing. */
  json: string | undefined;
  mends: readonly string[];
}

export interface FoundDocuments {
  documents: FoundDocument[];
  /** Why what comes after them was not read. */
  unread: Extract<ReadDocument['end'], string> | 'more' | undefined;
}

/** More than any answer has; what comes after is not looked at, so that the cost has a bound. */
const mostDocuments = 200;
const mostOpenings = 10_000;

// Each alternative begins where the white space has ended, so that none of it is gone over twice.
const openings: Record<string, RegExp> = {
  '{': /\{\s*(?=\S|$)(?:$|["'“”}]|\/[/*]|[\p{L}_$][\p{L}\p{N}_$-]*\s*(?::|$))/uy,
  '[': /\[\s*(?=\S|$)(?:$|["'“”{[\]\d-]|\/[/*]|(?:true|false|null|True|False|None)\b)/uy,
};
const thought = /<(\/?)(think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad)>/iy;

/**
 * Finds the documents that stand in a text, whatever is around them, in one pass. A bracket opens one only where what follows it
 * could be JSON; what is within thought tags is none. Where a document does not end, nothing after its beginning is read: its
 * parts must not be taken for the whole.
 */
export function findDocuments(text: string): FoundDocuments {
  const documents: FoundDocument[] = [];
  const next = /[{[]|<(?=[/trsa])/gi;
  for (let seen = 0; ; seen++) {
    const start = next.exec(text)?.index;
    if (start === undefined) break;
    if (seen === mostOpenings || documents.length === mostDocuments) return { documents, unread: 'more' };
    const opening = openings[text[start]!];
    if (!opening) {
      const after = afterThought(text, start);
      if (after === undefined) continue;
      // A closing tag without an opening one: all before it was thought.
      if (text[start + 1] === '/') documents.length = 0;
      if (after === -1) break;
      next.lastIndex = after;
      continue;
    }
    opening.lastIndex = start;
    if (!opening.test(text)) continue;
    const { end, json, mends } = readDocument(text, start);
    if (typeof end === 'string') return { documents, unread: end };
    documents.push({ start, end, json, mends: [...mends] });
    next.lastIndex = end;
  }
  return { documents, unread: undefined };
}

/** @returns where the thought whose tag is at `at` ends, -1 where it does not; undefined where there is no such tag */
function afterThought(text: string, at: number): number | undefined {
  thought.lastIndex = at;
  const tag = thought.exec(text);
  if (!tag) return undefined;
  if (tag[1] === '/') return thought.lastIndex;
  const closing = new RegExp(`</${tag[2]}>`, 'gi');
  closing.lastIndex = thought.lastIndex;
  return closing.test(text) ? closing.lastIndex : -1;
}
