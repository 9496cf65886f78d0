import { JSONParser } from '@streamparser/json';

/** The text before the document: white space, or the start of a fence. */
const opening = /^\s*(?:```(?:json)?\s*)?(?=\{)/i;

/**
 * Hands out the elements of one top-level array of a JSON document while its text still arrives: each the moment it
 * closes. Reads every character once. What it hands out is provisional: the document may still turn out to be malformed, and
 * then this stops in silence, for the whole text is judged at the end.
 */
export class ElementStream {
  readonly #parser: JSONParser;
  /** Text held back: before the document starts, or half of a surrogate pair. */
  #held = '';
  /** Handed out once the parser has returned: what a callback throws must not be taken for a malformed document. */
  #ready: (() => void)[] = [];
  #state: 'before' | 'inside' | 'over' = 'before';

  /** @param property the name of the top-level array; without dots, as the parser's paths have them */
  constructor(property: string, onElement: (element: unknown, index: number) => void) {
    let index = 0;
    this.#parser = new JSONParser({ paths: [`$.${property}.*`], keepStack: false });
    this.#parser.onValue = ({ value, parent }) => {
      // An object in the array's place has members, not elements.
      if (Array.isArray(parent)) this.#ready.push(() => onElement(value, index++));
    };
    this.#parser.onError = () => {
      this.#state = 'over';
    };
  }

  /** Takes the next piece of the text. Throws only what `onElement` throws. */
  push(delta: string): void {
    if (this.#state === 'over') return;
    let text = this.#held + delta;
    this.#held = '';
    if (this.#state === 'before') {
      const start = opening.exec(text)?.[0].length;
      if (start === undefined) {
        // Past this it is prose; what comes later in it is not the answer.
        if (text.trimStart().length > 16) this.#state = 'over';
        else this.#held = text;
        return;
      }
      this.#state = 'inside';
      text = text.slice(start);
    }
    // The parser works on UTF-8: half of a surrogate pair would reach it as a replacement character.
    if (/[\uD800-\uDBFF]$/.test(text)) {
      this.#held = text.slice(-1);
      text = text.slice(0, -1);
    }
    try {
      this.#parser.write(text);
      if (this.#parser.isEnded) this.#state = 'over';
    } catch {
      this.#state = 'over';
    }
    const ready = this.#ready;
    this.#ready = [];
    for (const handOut of ready) handOut();
  }
}
