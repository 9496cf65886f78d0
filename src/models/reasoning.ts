const opened = '<think>';
const closed = '</think>';

/** What of a delta is reasoning, and what is the answer. */
export interface Split {
  reasoning: string;
  text: string;
}

/**
 * Keeps what a model thinks aloud apart from its answer, while both stream: some say it as plain text,
 * `<think>...</think>`, before anything else. Further on in an answer the tag is a word like any other.
 */
export class ReasoningSplitter {
  #state: 'before' | 'inside' | 'after' | 'over' = 'before';
  /** What may be the start of a tag. */
  #held = '';

  /** Takes the next piece of what the model says; of this and the end of what came before, at most a tag is held back. */
  push(delta: string): Split {
    const split: Split = { reasoning: '', text: '' };
    let rest = this.#held + delta;
    this.#held = '';
    if (this.#state === 'before') {
      const start = rest.trimStart();
      // A longer run of white space is the answer's own.
      if (opened.startsWith(start) && rest.length < 100) {
        this.#held = rest;
        return split;
      }
      this.#state = start.startsWith(opened) ? 'inside' : 'over';
      if (this.#state === 'inside') rest = start.slice(opened.length);
    }
    if (this.#state === 'inside') {
      const end = rest.indexOf(closed);
      if (end < 0) {
        const held = startOfTag(rest);
        this.#held = rest.slice(rest.length - held);
        split.reasoning = rest.slice(0, rest.length - held);
        return split;
      }
      split.reasoning = rest.slice(0, end);
      rest = rest.slice(end + closed.length);
      this.#state = 'after';
    }
    if (this.#state === 'after') {
      rest = rest.trimStart();
      if (rest !== '') this.#state = 'over';
    }
    split.text = rest;
    return split;
  }

  /** The model is done: what was held back was no tag. */
  end(): Split {
    const held = this.#held;
    this.#held = '';
    return this.#state === 'inside' ? { reasoning: held, text: '' } : { reasoning: '', text: held };
  }
}

/** How many characters at the end of `text` are the start of the closing tag. */
function startOfTag(text: string): number {
  for (let length = Math.min(closed.length - 1, text.length); length > 0; length--) {
    if (closed.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
