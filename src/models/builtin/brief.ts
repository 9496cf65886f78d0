import { type Ask, parseAsk, withoutOpeners, withoutQuestion } from './ask.ts';
import { type Fact, factsOf, type Titled, titledIn } from './context.ts';
import { domainOf } from './domains.ts';
import { type Kind, kindOf } from './kinds.ts';
import { topicOfOther, isEnglish } from './language.ts';
import { peopleIn, PERSONS } from './people.ts';
import { clean, clip, listOf, quote, type Slots } from './prose.ts';
import { keyPhrases, openReader, type Reader, textOf, type Word } from './words.ts';

/** What an instruction comes to, in words that templates can use. */
export interface Brief {
  ask: Ask;
  kind: Kind;
  /** Whether the words were read as English; otherwise the instruction is quoted and not taken apart. */
  english: boolean;
  /** Whether it asks something instead of giving a task. */
  question: boolean;
  /** Whether the words belong to a field that Lion has words for. */
  knownDomain: boolean;
  /** Whether a place or beneficiary is named. */
  placed: boolean;
  /** What templates may name: see {@link slotsOf}. */
  slots: Slots;
  /** Key phrases of the instruction, weightiest first; at least one. */
  phrases: string[];
  /** Quantities, times and sums, as in "in 3 months". */
  limits: string[];
  /** What the thing is to have, as in "with search and reminders". */
  features: string[];
  /** Names in the domain's own flavour. */
  flavours: readonly string[];
  facts: Fact[];
  /** The idea or step that the context brings. */
  titled: Titled | undefined;
  guidance: string | undefined;
  /** Words of the instruction with what they weigh, singular and as written. */
  weights: ReadonlyMap<string, number>;
}

/** Longer texts are understood by their beginning: requests stand first, and this is read in a few milliseconds. */
const READ_AT_MOST = 4000;

/** What something can be for that is a place with a life of its own. */
const PLACES =
  /\b(?:library|school|canteen|village|town|city|office|company|shop|store|bakery|museum|gallery|hospital|clinic|club|home|house|flat|garden|kitchen|caf[ée]|restaurant|university|college|church|park|hotel|hostel|farm|station|cent(?:re|er)|gym|factory|neighbou?rhood|street|market|theatre|cinema|kindergarten|region|country|startup|association|department|festival|community|workshop|lab|studio|zoo|campsite|airport|port|island|building|playground|pool)$/i;

/** Reads an instruction and what comes with it. */
export async function readBrief(instruction: string, guidance?: string, context?: unknown): Promise<Brief> {
  const read = await openReader();
  const text = clean(instruction.slice(0, READ_AT_MOST));
  const english = isEnglish(text);
  const sentences = english ? read(text) : [];
  const { ask, sentence, question } = askOf(text, english, read);
  const weights = weightsOf(sentences, ask);
  const titled = titledIn(context);
  const fromWords = domainOf(weights);
  const { domain, known } =
    fromWords.known || titled === undefined ? fromWords : domainOf(weightsOf(read(titled.title), NOTHING));
  const kind = kindOf(weights, ask);
  const phrases = phrasesOf(sentences, ask);
  const bare = ask.bare === '' ? (ask.groups[0]?.bare ?? phrases[0] ?? 'request') : ask.bare;
  const place = ask.groups.find(
    ({ preposition, limit, bare: name }) =>
      !limit &&
      !PERSONS.test(name) &&
      (/^(?:in|at|within|inside|across)$/.test(preposition) || (preposition === 'for' && PLACES.test(name))),
  );
  const people = (kind.name === 'hiring' ? undefined : peopleIn(sentences)) ?? (known ? domain.people : kind.people);
  return {
    ask,
    kind,
    english,
    question,
    knownDomain: known,
    placed: place !== undefined,
    slots: {
      ...slotsOf(ask, kind, bare, question ? sentence : undefined),
      whom:
        ask.groups.find(({ preposition, bare: name }) => /^(?:for|to)$/.test(preposition) && PERSONS.test(name))?.definite ?? '',
      place: place?.definite ?? domain.place,
      people,
      helpers: domain.helpers === people ? 'helpers' : domain.helpers,
      thing: domain.things[0],
      thing2: domain.things[1],
      thing3: domain.things[2],
      act: domain.acts[0],
      act2: domain.acts[1],
      act3: domain.acts[2],
      pain: domain.pain,
      phrase: (phrases[0] ?? bare).replaceAll(/[“”]/g, ''),
      phrase2: (phrases[1] ?? domain.things[0]).replaceAll(/[“”]/g, ''),
    },
    phrases,
    limits: limitsOf(ask, text),
    features: featuresOf(ask, text),
    flavours: domain.flavours,
    facts: factsOf(context),
    titled,
    guidance: guidance === undefined || clean(guidance) === '' ? undefined : clean(guidance.slice(0, READ_AT_MOST)),
    weights,
  };
}

/** An ask that says nothing. */
const NOTHING: Ask = { sort: 'topic', verb: '', object: 'the request', bare: 'request', definite: 'the request', groups: [] };

const QUESTION =
  /^(?:why|what|who|whom|when|where|which|is|are|was|were|do|does|did|has|have|should|will|would|how (?:many|much|long|far|often|old|is|are|was|were|does|did))\b/i;

function askOf(text: string, english: boolean, read: Reader): { ask: Ask; sentence: string; question: boolean } {
  if (!english) {
    const topic = topicOfOther(text);
    const quoted = quote(topic, 40);
    const ask = topic === '' ? NOTHING : { ...NOTHING, object: quoted, bare: quoted, definite: quoted };
    return { ask, sentence: topic, question: false };
  }
  const parsed = read(text)
    .slice(0, 8)
    .map((words) => withoutOpeners(clip(textOf(words), 400)))
    .map((sentence) => {
      const question = QUESTION.test(sentence) && !/^(?:do|have) (?!you|we|i|they)/i.test(sentence);
      return { sentence, question, ask: parseAsk(read(question ? withoutQuestion(sentence) : sentence)[0] ?? []) };
    })
    .filter(({ ask }) => /[\p{L}\p{N}]/u.test(ask.bare) || ask.groups.length > 0);
  const best = parsed.find(({ ask, question }) => question || ask.sort !== 'topic') ?? parsed[0];
  return best ?? { ask: NOTHING, sentence: '', question: false };
}

/** What is asked for first, then what else the text speaks of. */
function phrasesOf(sentences: readonly (readonly Word[])[], ask: Ask): string[] {
  const named = [ask.bare, ...ask.groups.filter(({ limit }) => !limit).map(({ bare }) => bare)].filter((phrase) => phrase !== '');
  const phrases = new Map(named.map((phrase) => [phrase.toLowerCase(), phrase]));
  for (const phrase of keyPhrases(sentences, 12)) {
    const words = phrase.toLowerCase();
    if (words !== ask.verb && !words.startsWith(`${ask.verb} `) && ![...phrases.keys()].some((known) => known.includes(words)))
      phrases.set(words, phrase);
  }
  return phrases.size > 0 ? [...phrases.values()] : ['the request'];
}

/**
 * `it`: the subject as one refers to it, "the web application"; `topic`: without its article; `aim`: what is to be done, as a
 * verb phrase, "build a web application for a village library".
 */
function slotsOf(ask: Ask, kind: Kind, bare: string, question: string | undefined): Record<'it' | 'topic' | 'aim', string> {
  const tail = ask.groups
    .slice(0, 3)
    .map(({ preposition, phrase }) => `${preposition} ${phrase}`)
    .join(' ');
  const first = ask.groups[0];
  const noun = ask.verb === '' ? undefined : NOUNS[ask.verb];
  const it =
    ask.definite !== ''
      ? ask.definite
      : noun !== undefined && first !== undefined
        ? `${noun} ${first.preposition} ${first.definite}`
        : (first?.definite ?? bare);
  const verb =
    ask.verb === '' || (ask.object !== '' && /^(?:plan|organi[sz]e|prepare|outline|schedule|sketch|create)$/.test(ask.verb))
      ? kind.verb
      : ask.verb;
  const object = ask.verb === '' && !/^(?:an?|the) /i.test(ask.object) ? it : ask.object;
  const aim =
    question !== undefined
      ? `answer ${quote(question)}`
      : ask.verb === '' && (kind.verb === '' || it.startsWith('“'))
        ? `make progress with ${it}`
        : `${verb === '' ? ask.verb : verb} ${object} ${tail}`;
  return { it: clip(it, 44), topic: clip(bare, 44), aim: clip(clean(aim), 90) };
}

const NOUNS: Readonly<Record<string, string>> = {
  move: 'the move',
  relocate: 'the move',
  go: 'the trip',
  travel: 'the trip',
  apply: 'the application',
  prepare: 'the preparation',
  switch: 'the switch',
  migrate: 'the migration',
  train: 'the training',
  save: 'saving',
};

function limitsOf({ groups }: Ask, text: string): string[] {
  const written = groups.filter(({ limit }) => limit).map(({ preposition, phrase }) => `${preposition} ${phrase}`);
  const sums =
    text.match(
      /\b(?:under|below|at most|up to|no more than|less than|within|budget(?: of|:)?) [€$£]?\d[\d.,]*\s?(?:€|\$|£|[a-z]+)?/gi,
    ) ?? [];
  const known = new Set(written.map((limit) => limit.toLowerCase()));
  return [...written, ...sums.map((sum) => clip(sum.toLowerCase(), 40)).filter((sum) => !known.has(sum))].slice(0, 4);
}

function featuresOf({ groups }: Ask, text: string): string[] {
  const group = groups.find(({ preposition, limit }) => preposition === 'with' && !limit);
  const list = /\b(?:with|including|such as|that has|which has)\s+([^.;:!?]{3,160})/i.exec(text)?.[1] ?? '';
  if (group === undefined && !/including|such as|has/i.test(text)) return [];
  const items = list
    .split(/,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+as well as\s+/i)
    .map((item) => item.replace(/^(?:a|an|the|some|my|our)\s+/i, '').trim())
    .filter((item) => item.length > 2 && item.length <= 40 && !/\d/.test(item));
  return items.length >= 2 ? items.slice(0, 8) : [];
}

function weightsOf(sentences: readonly (readonly Word[])[], ask: Ask): Map<string, number> {
  const weights = new Map<string, number>();
  const add = (word: string, weight: number): void => {
    for (const form of new Set([word, singular(word)])) weights.set(form, (weights.get(form) ?? 0) + weight);
  };
  const addAll = (text: string, weight: number): void => {
    for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? []) add(word, weight);
  };
  let position = 0;
  for (const word of sentences.flat()) {
    if (word.mark || word.stop) continue;
    add(word.text.toLowerCase(), 1 / (1 + position / 20));
    position += 1;
  }
  addAll(ask.bare, 2);
  addAll(ask.bare.split(/\s+/).at(-1) ?? '', 1);
  for (const { bare } of ask.groups.slice(0, 3)) {
    addAll(bare, 1);
    addAll(bare.split(/\s+/).at(-1) ?? '', 1);
  }
  if (ask.verb !== '') addAll(ask.verb, 0.5);
  return weights;
}

function singular(word: string): string {
  if (word.length < 4 || /(?:ss|us|is)$/.test(word)) return word;
  return word.replace(/ies$/, 'y').replace(/(?<=(?:ch|sh|x|ss))es$|s$/, '');
}

/** The limits as one phrase, or undefined when there are none: "in 3 months and with 20 guests". */
export function limitText({ limits }: Brief): string | undefined {
  return limits.length === 0 ? undefined : listOf(limits);
}
