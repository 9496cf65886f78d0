import type { ItemSentence, ItemToken, ItsFunction, PartOfSpeech } from 'wink-nlp';

/** One word or mark of a text. */
export interface Word {
  text: string;
  /** Whether white space comes before it. */
  spaced: boolean;
  /** In small letters, in its usual spelling. */
  normal: string;
  pos: PartOfSpeech;
  stem: string;
  /** Whether it is a mark and not a word or number. */
  mark: boolean;
  /** Whether it says little by itself, such as "the" or "with". */
  stop: boolean;
}

/** Splits text into sentences of words. English gets the right parts of speech, other languages mostly NOUN. */
export type Reader = (text: string) => Word[][];

let opened: Promise<Reader> | undefined;

/** The reader; its word lists (some 4 MB) are loaded when it is first asked for, and kept. */
export function openReader(): Promise<Reader> {
  opened ??= load();
  return opened;
}

async function load(): Promise<Reader> {
  const [{ default: wink }, { default: english }] = await Promise.all([import('wink-nlp'), import('wink-eng-lite-web-model')]);
  const nlp = wink(english, ['sbd', 'pos']);
  const { its } = nlp;
  return (text) => {
    const sentences: Word[][] = [];
    nlp
      .readDoc(text)
      .sentences()
      .each((sentence: ItemSentence) => {
        const words: Word[] = [];
        sentence.tokens().each((token: ItemToken) => {
          const kind = token.out(its.type);
          if (kind === 'tabCRLF') return;
          words.push({
            text: token.out(),
            spaced: token.out(its.precedingSpaces) !== '',
            normal: token.out(its.normal),
            pos: token.out(its.pos) as PartOfSpeech,
            stem: token.out(its.stem as ItsFunction<string>),
            mark: kind === 'punctuation' || kind === 'symbol' || kind === 'emoji' || kind === 'emoticon',
            stop: token.out(its.stopWordFlag) === true,
          });
        });
        if (words.length > 0) sentences.push(words);
      });
    return sentences;
  };
}

/** The words as text again. */
export function textOf(words: readonly Word[]): string {
  return words.map(({ text, spaced }, index) => (spaced && index > 0 ? ` ${text}` : text)).join('');
}

const EMPTY_NOUNS = new Set(
  'idea ideas way ways thing things lot lots kind sort example examples list option options help something anything everything please suggestion suggestions'.split(
    ' ',
  ),
);

/** Noun phrases without articles, in order of weight: often said, early, and of two or three words first. */
export function keyPhrases(sentences: readonly (readonly Word[])[], limit: number): string[] {
  const weights = new Map<string, { text: string; weight: number }>();
  let seen = 0;
  const add = (run: readonly Word[]): void => {
    const words = run.slice(startOfTail(run));
    while (words[0]?.stop === true || words[0]?.mark === true) words.shift();
    const last = words.at(-1);
    if (last === undefined || EMPTY_NOUNS.has(last.normal) || !words.some(({ text }) => /[\p{L}\p{N}]/u.test(text))) return;
    const text = textOf(words);
    if (text.length > 40 || text.length < 2) return;
    const key = words.map(({ stem }) => stem).join(' ');
    const known = weights.get(key);
    const gain = (words.length > 1 ? 1.5 : 1) / (1 + seen / 12);
    seen += 1;
    if (known === undefined) weights.set(key, { text: keepsCapital(words) ? text : text.toLowerCase(), weight: gain });
    else known.weight += gain;
  };
  for (const sentence of sentences) {
    let run: Word[] = [];
    const flush = (): void => {
      while (run.length > 0 && !isNoun(run.at(-1))) run.pop();
      if (run.length > 0) add(run);
      run = [];
    };
    for (const word of sentence) {
      const joins = !word.spaced && run.length > 0;
      const fits = word.mark ? joins && word.text === '-' : joins || isNoun(word) || (word.pos === 'ADJ' && !word.stop);
      if (fits) run.push(word);
      else flush();
    }
    flush();
  }
  return [...weights.values()]
    .sort((one, other) => other.weight - one.weight)
    .slice(0, limit)
    .map(({ text }) => text);
}

function isNoun(word: Word | undefined): boolean {
  return word !== undefined && (word.pos === 'NOUN' || word.pos === 'PROPN');
}

function keepsCapital(words: readonly Word[]): boolean {
  return (
    words.some(({ text }) => /^\p{Lu}.*\p{Lu}/u.test(text)) ||
    words.every(({ pos, text }) => pos === 'PROPN' && /^\p{Lu}/u.test(text))
  );
}

/** Where the last three words begin; what is written together, such as "sign-ups", is one. */
function startOfTail(run: readonly Word[]): number {
  let left = 3;
  for (let index = run.length - 1; index > 0; index -= 1) {
    if (run[index]?.spaced === true) left -= 1;
    if (left === 0) return index;
  }
  return 0;
}
