import { JSONParser } from '@streamparser/json';

/**
 * Hands out the elements of one top-level array of a JSON document while its text still arrives: each the moment it
 * closes. Finds the document as the final reading does (json-documents.ts): after words, in a fence, past thoughts, or a list of objects
 * in place of the whole. Reads every character once. What it hands out is provisional: the document may still turn out to be malformed,
 * and then this stops in silence, for the whole text is judged at the end.
 */
export class ElementStream {
  readonly #property: string;
  readonly #onElement: (element: unknown, index: number) => void;
  #index = 0;
  #state: 'seeking' | 'thought' | 'inside' | 'over' = 'seeking';
  /** What may become the beginning of a document or a tag: white space left out. */
  #opening = '';
  /** The tag that ends the thought, and how much of it has come. */
  #closing = { tag: '', matched: 0 };
  #parser: JSONParser | undefined;
  /** Half of a surrogate pair. */
  #half = '';
  /** Whether the array is in this document: what comes after it is none of the answer. */
  #isFound = false;
  /** Handed out once the parser has returned: what a callback throws must not be taken for a malformed document. */
  #ready: unknown[] = [];

  /** @param property the name of the top-level array; without dots, as the parser's paths have them */
  constructor(property: string, onElement: (element: unknown, index: number) => void) {
    this.#property = property;
    this.#onElement = onElement;
  }

  /** Takes the next piece of the text. Throws only what `onElement` throws. */
  push(delta: string): void {
    for (let at = 0; at < delta.length && this.#state !== 'over';) {
      if (this.#state === 'inside') at = this.#read(delta, at);
      else if (this.#state === 'thought') this.#think(delta[at++]!);
      else this.#seek(delta[at++]!);
    }
    const ready = this.#ready;
    this.#ready = [];
    for (const element of ready) this.#onElement(element, this.#index++);
  }

  #seek(char: string): void {
    if (this.#opening === '' || (char === '<' && this.#opening.startsWith('<'))) {
      if (char === '{' || char === '[' || char === '<') this.#opening = char;
      return;
    }
    const isSpace = /\s/.test(char);
    if (isSpace && (this.#opening === '{' || this.#opening === '[')) return;
    const opening = isSpace ? `${this.#opening} ` : this.#opening + char;
    switch (beginningOf(opening)) {
      case 'document':
        this.#open(opening);
        break;
      case 'malformed':
        this.#state = 'over';
        break;
      case 'thought':
        this.#closing = { tag: `</${opening.slice(1).toLowerCase()}`, matched: 0 };
        this.#state = 'thought';
        this.#opening = '';
        break;
      case 'undecided':
        this.#opening = opening.slice(0, longestOpening);
        break;
      case 'none':
        this.#opening = '';
        this.#seek(char);
    }
  }

  #think(char: string): void {
    const { tag, matched } = this.#closing;
    const lower = char.toLowerCase();
    this.#closing.matched = tag[matched] === lower ? matched + 1 : tag.startsWith(lower) ? 1 : 0;
    if (this.#closing.matched === tag.length) this.#state = 'seeking';
  }

  #open(opening: string): void {
    const isList = opening.startsWith('[');
    // A list of anything else than objects may be a note in prose.
    const paths = !isList ? [`$.${this.#property}.*`, `$.${this.#property}`] : opening === '[{' ? ['$.*'] : ['$.nothing'];
    this.#parser = new JSONParser({ paths });
    this.#parser.onValue = ({ value, parent }) => {
      if (this.#isFound) return;
      // An object in the array's place has members, not elements; and of an array twice in it, the first is handed out.
      if (Array.isArray(parent)) this.#ready.push(value);
      else this.#isFound = true;
    };
    this.#parser.onError = () => {
      this.#state = 'over';
    };
    this.#state = 'inside';
    this.#opening = '';
    this.#write(opening);
  }

  /** Gives the parser what may end the document, and no more: what comes after it has to be looked at anew. @returns where it is */
  #read(delta: string, at: number): number {
    closingBracket.lastIndex = at;
    const end = closingBracket.test(delta) ? closingBracket.lastIndex : delta.length;
    this.#write(delta.slice(at, end));
    return end;
  }

  #write(piece: string): void {
    let text = this.#half + piece;
    this.#half = '';
    // The parser works on UTF-8: half of a surrogate pair would reach it as a replacement character.
    if (/[\uD800-\uDBFF]$/.test(text)) {
      this.#half = text.slice(-1);
      text = text.slice(0, -1);
    }
    try {
      this.#parser?.write(text);
    } catch {
      this.#state = 'over';
    }
    if (this.#parser?.isEnded && this.#state === 'inside') this.#state = this.#isFound || this.#given > 0 ? 'over' : 'seeking';
  }

  get #given(): number {
    return this.#index + this.#ready.length;
  }
}

const closingBracket = /[\]}]/g;
const longestOpening = 80;

/** What the text that begins with a bracket is the beginning of. */
function beginningOf(opening: string): 'document' | 'malformed' | 'thought' | 'undecided' | 'none' {
  if (opening.startsWith('<')) {
    if (/^<(?:think|thinking|thought|thoughts|reasoning|reflection|analysis|scratchpad)>$/i.test(opening)) return 'thought';
    return /^<[a-z]{1,10}$/i.test(opening) ? 'undecided' : 'none';
  }
  if (opening.startsWith('[')) {
    if (/^\[["{[\]\d-]/.test(opening)) return 'document';
    if (/^\[['“”/]/.test(opening)) return 'malformed';
    return /^\[(?:true|false|null|True|False|None)$/.test(opening)
      ? 'malformed'
      : /^\[[a-z]{1,4}$/i.test(opening)
        ? 'undecided'
        : 'none';
  }
  if (/^\{["}]/.test(opening)) return 'document';
  if (/^\{(?:['“”/]|[\p{L}_$][\p{L}\p{N}_$-]* *:)/u.test(opening)) return 'malformed';
  return /^\{[\p{L}_$][\p{L}\p{N}_$-]* *$/u.test(opening) ? 'undecided' : 'none';
}
