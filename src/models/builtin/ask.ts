import { PERSONS } from './people.ts';
import { clip } from './prose.ts';
import { textOf, type Word } from './words.ts';

/** What sort of thing is asked for, as far as the verb tells; `topic` when there is no verb. */
type AskSort = 'make' | 'write' | 'change' | 'name' | 'choose' | 'know' | 'do' | 'topic';

/** The first request of a text, taken apart. Everything is in the reader's terms: "my dad" has become "your dad". */
export interface Ask {
  sort: AskSort;
  /** In small letters, with its particle ("set up"); empty for a topic. */
  verb: string;
  /** "a web application", without what follows the first preposition; empty when the verb has no object. */
  object: string;
  /** The object without its article. */
  bare: string;
  /** The object as one refers to it later: "the web application". */
  definite: string;
  /** What follows, such as `{ preposition: 'for', phrase: 'a village library' }`. */
  groups: Group[];
}

/** A preposition and the phrase that belongs to it. */
interface Group {
  preposition: string;
  /** As written. */
  phrase: string;
  /** As one refers to it later: "the village library". */
  definite: string;
  bare: string;
  /** Whether it is a quantity, a time or a sum: "in 3 months", "under 500 euros". */
  limit: boolean;
}

const VERBS: readonly (readonly [AskSort, string])[] = [
  [
    'make',
    'build make create design develop plan organise organize launch start open found establish set host prepare implement produce arrange throw hold cook bake plant paint knit code program prototype schedule invent sketch craft compile assemble run',
  ],
  ['write', 'write draft compose'],
  [
    'change',
    'reduce improve increase cut lower raise boost speed fix solve stop prevent avoid save shorten simplify modernise modernize optimise optimize grow encourage attract get keep reach win lose strengthen automate convert migrate renovate repair clean declutter tidy reorganise reorganize refactor upgrade replace rescue double halve expand promote market advertise sell protect secure motivate engage redesign revive rethink restore scale move relocate switch',
  ],
  ['name', 'name rename title christen call'],
  ['choose', 'choose pick select decide'],
  [
    'know',
    'explain describe summarise summarize compare analyse analyze research investigate evaluate assess review find understand learn study explore teach measure outline identify translate test',
  ],
  [
    'do',
    'hire recruit buy purchase travel visit go spend celebrate train apply publish raise read watch eat sleep exercise meditate ask answer invite help use',
  ],
];

const SORTS: ReadonlyMap<string, AskSort> = new Map(
  VERBS.flatMap(([sort, verbs]) => verbs.split(' ').map((verb) => [verb, sort])),
);

const GERUNDS: ReadonlyMap<string, string> = new Map(
  [...SORTS.keys()].flatMap((verb) => [
    [`${verb}ing`, verb],
    [`${verb.replace(/e$/, '')}ing`, verb],
    [`${verb}${verb.at(-1) ?? ''}ing`, verb],
  ]),
);

const OPENERS = [
  /^(?:hi|hello|hey|ok|okay|so|well|now|please|kindly|and|also|first)\b[\s,!]*/i,
  /^(?:can|could|would|will) (?:you|we|i)\b(?: please| kindly)?\s*/i,
  /^(?:how|in what ways?) (?:can|could|do|does|should|might|would|to)\b(?: (?:i|we|you|one|someone))?(?: best)?\s*/i,
  /^what(?:'s| is| are|s)? (?:the |some |a )?(?:best |good |better |easiest |fastest |simplest |cheapest )*(?:ways?|approach(?:es)?|methods?)(?: for me| for us)? (?:to|of|for)\s*/i,
  /^(?:i|we)(?:'d|’d| would| really| also)* (?:like|want|need|have|hope|wish|plan|intend|love|am trying|are trying)(?: you)?(?: to)? /i,
  /^(?:i'm|i am|we're|we are|i’m|we’re) (?:trying|planning|going|looking|about|hoping)(?: to| for)? /i,
  /^help (?:me|us)(?: to| with)? /i,
  /^(?:let's|let’s|let us) /i,
  /^(?:your (?:task|job|goal) is to|the (?:task|goal|aim) is to|task:|goal:|todo:) /i,
  /^(?:brainstorm|suggest|list|generate|propose|find|think of|think about|come up with|give me|give us|give|show me|share|collect|recommend)?(?: me| us)?\s*(?:(?:some|a few|a couple of|\d+|many|several|good|new|creative|fresh|original|unusual|fun|the best|more|other|different|great)\s+)*(?:ideas?|ways|options|suggestions|possibilities|thoughts)\b\s*(?:for how to|on how to|how to|to|for|on|about|of|in order to|that)?\s*/i,
  /^(?:brainstorm|suggest|propose|generate|think of|think about|come up with|give me|give us)(?: me| us| about| on)? /i,
];

/** A question without what makes it one: "Why is the sky blue" is "the sky blue". */
export function withoutQuestion(text: string): string {
  return text.replace(
    /^(?:why|when|where|who|whom|what|which|how(?: (?:many|much|long|far|often|old))?)?\s*(?:is|are|was|were|do|does|did|has|have|should|will|would|can|could)?\b\s*(?=[\p{L}\p{N}])/iu,
    '',
  );
}

/** The request without the polite and the empty words before it: "Could you please suggest ideas for a party" is "a party". */
export function withoutOpeners(text: string): string {
  let rest = text.replace(/^[\s\p{P}\p{S}]+(?=[\p{L}\p{N}])/u, '');
  for (let changed = true; changed;) {
    changed = false;
    for (const opener of OPENERS) {
      const shorter = rest.replace(opener, '');
      if (shorter !== rest && /[\p{L}\p{N}]/u.test(shorter)) {
        rest = shorter;
        changed = true;
      }
    }
  }
  return rest;
}

/** Takes a sentence apart whose openers are gone. */
export function parseAsk(sentence: readonly Word[]): Ask {
  const words = sentence.slice(0, clauseEnd(sentence)).map(started);
  const first = words[0];
  const negated =
    first !== undefined &&
    /^(?:do|never|don)$/.test(first.normal) &&
    /^(?:n't|not|never)$/.test(words[1]?.normal ?? first.normal);
  const sort = first === undefined || negated ? 'topic' : sortOf(words);
  let rest = sort === 'topic' ? words.slice(negated ? 3 : 0) : words.slice(1);
  let verb = sort === 'topic' || first === undefined ? '' : first.normal;
  if (sort !== 'topic' && /^(?:up|out|down|off)$/.test(rest[0]?.normal ?? '')) {
    verb += ` ${rest[0]?.normal ?? ''}`;
    rest = rest.slice(1);
  }
  if (
    sort !== 'topic' &&
    rest[0]?.normal === 'to' &&
    rest[1] !== undefined &&
    (rest[1].pos === 'VERB' || SORTS.has(rest[1].normal))
  ) {
    verb += ` to ${rest[1].normal}`;
    rest = rest.slice(2);
  }
  const bounds = rest.flatMap((word, index) => (opensGroup(word, rest[index + 1]) ? [index] : []));
  const object = rest.slice(0, bounds[0] ?? rest.length);
  const groups = bounds.flatMap((start, index) => {
    const group = groupOf(rest.slice(start, bounds[index + 1] ?? rest.length));
    return group === undefined ? [] : [group];
  });
  const named = groups.find(({ preposition }) => preposition === 'for' || preposition === 'of');
  if (named !== undefined && /^(?:\p{L}+ )?(?:names?|titles?|slogans?)$/iu.test(bareOf(object))) {
    const { phrase, bare, definite } = named;
    return { sort: 'name', verb: 'name', object: phrase, bare, definite, groups: groups.filter((group) => group !== named) };
  }
  const thing = thingOf(verb, object);
  const changed =
    (verb === 'make' && thing.length < object.length) || (verb !== '' && /^(?:more|fewer|less)$/.test(object[0]?.normal ?? ''));
  return {
    sort: changed ? 'change' : sort,
    verb,
    object: swapped(object),
    bare: bareOf(thing),
    definite: definiteOf(thing, sort === 'topic'),
    groups,
  };
}

/** The object without what is to become of it: "our cluster" of "our cluster cheaper", "my dad" of "my dad use his phone". */
function thingOf(verb: string, object: readonly Word[]): readonly Word[] {
  const end = object.findIndex(({ pos, normal }, index) => {
    const before = object[index - 1];
    if (before === undefined || index === 0) return false;
    if (verb === 'make') return index > 1 && (normal === 'more' || normal === 'less' || (pos === 'ADJ' && normal.endsWith('er')));
    return pos === 'VERB' && PERSONS.test(before.normal);
  });
  return end < 0 ? object : object.slice(0, end);
}

/** The first word as it is within a sentence: "Team" as "team", and "Learning Spanish" as "learn Spanish". */
function started(word: Word, index: number): Word {
  if (index > 0) return word;
  const verb = GERUNDS.get(word.normal);
  if (verb !== undefined) return { ...word, text: verb, normal: verb, pos: 'VERB' };
  return /^(?:NOUN|DET|ADJ|PRON)$/.test(word.pos) && /^\p{Lu}\p{Ll}*$/u.test(word.text)
    ? { ...word, text: word.text.toLowerCase() }
    : word;
}

function sortOf(words: readonly Word[]): AskSort {
  const [first, second] = words;
  if (first === undefined) return 'topic';
  const listed = SORTS.get(first.normal);
  const followed =
    second === undefined ? words.length === 1 && listed === 'change' : !/^(?:NOUN|PUNCT|VERB|AUX)$/.test(second.pos);
  const object =
    followed ||
    (listed !== undefined && second?.normal.endsWith('ing') === true) ||
    (second?.pos === 'NOUN' && (listed !== undefined || first.pos === 'VERB'));
  if (!object || (listed === undefined && first.normal.endsWith('ing'))) return 'topic';
  if (listed !== undefined) return listed;
  return first.pos === 'VERB' && /^[a-z]+$/i.test(first.normal) && !first.normal.endsWith('ed') ? 'do' : 'topic';
}

const CLAUSE_WORDS = new Set(
  'where which that who whose so because when while if but since although unless until then'.split(' '),
);

function clauseEnd(words: readonly Word[]): number {
  for (const [index, word] of words.entries()) {
    if (index === 0) continue;
    const next = words[index + 1];
    if (/^[.!?;:,(\u2014\u2013]/.test(word.text) || (word.text === '-' && word.spaced)) return index;
    if (index > 1 && CLAUSE_WORDS.has(word.normal)) return index;
    if (word.normal === 'and' && (next === undefined || next.pos === 'VERB' || SORTS.has(next.normal))) return index;
  }
  return words.length;
}

const PREPOSITIONS = new Set(
  'for in at on with without to from by about into within under over during around between among near after before against through using via per than as onto until across inside outside towards like despite'.split(
    ' ',
  ),
);

function opensGroup(word: Word, next: Word | undefined): boolean {
  return next !== undefined && PREPOSITIONS.has(word.normal) && word.pos !== 'NOUN' && word.pos !== 'VERB';
}

const TIMES =
  /^(?:minutes?|hours?|days?|weeks?|weekends?|months?|years?|euros?|dollars?|pounds?|spring|summer|autumn|winter|today|tomorrow|january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|budget|deadline)$/;

function groupOf([preposition, ...words]: readonly Word[]): Group | undefined {
  if (preposition === undefined || words.length === 0) return undefined;
  return {
    preposition: preposition.normal,
    phrase: swapped(words),
    definite: definiteOf(words, false),
    bare: bareOf(words),
    limit: words.some(({ pos, normal, text }) => pos === 'NUM' || TIMES.test(normal) || /\d/.test(text)),
  };
}

const SWAPS: Readonly<Record<string, string>> = {
  my: 'your',
  our: 'your',
  me: 'you',
  us: 'you',
  i: 'you',
  we: 'you',
  mine: 'yours',
  ours: 'yours',
};

/** The words as a phrase, addressed to the one who asked. */
function swapped(words: readonly Word[]): string {
  return clip(textOf(words.map((word) => ({ ...word, text: SWAPS[word.normal] ?? word.text }))), 90);
}

const ARTICLES = /^(?:a|an|the|some|another|any|one|this|that|these|those|my|our|your|his|her|their|its|each|every|all|new)$/;

function bareOf(words: readonly Word[]): string {
  let start = 0;
  while (start < words.length - 1 && (ARTICLES.test(words[start]?.normal ?? '') || words[start]?.pos === 'ADV')) start += 1;
  return clip(textOf(words.slice(start).map((word) => ({ ...word, text: SWAPS[word.normal] ?? word.text }))), 44);
}

// Said without an article: a hint for topics given as a bare noun, where the sentence does not show it.
const UNCOUNTED =
  /(?:ing|ity|ness|ism|ment|ship|cy|tion|ance|ence|s|ware|ics)$|^(?:.* )?(?:waste|food|water|time|money|music|morale|traffic|health|sleep|work|energy|data|research|art|love|rain|coffee|tea|bread|sugar|nature|fun|air|climate|growth|trust|culture|travel|snow|sport|homework|luggage|life)$/i;

function definiteOf(words: readonly Word[], topic: boolean): string {
  const bare = bareOf(words);
  if (bare === '') return '';
  const article = words[0]?.normal ?? '';
  if (/^(?:my|our|your)$/.test(article)) return `your ${bare}`;
  if (/^(?:his|her|their|its|this|that|these|those|each|every|all)$/.test(article)) return `${article} ${bare}`;
  if (/^(?:a|an|the|some|another|one)$/.test(article)) return `the ${bare}`;
  const name =
    words.some(({ pos, text }, index) => pos === 'PROPN' && /^\p{Lu}/u.test(text) && index > 0) || /^\p{Lu}\p{Lu}/u.test(bare);
  const single = words.length > 0 && words.every(({ pos, mark }) => pos === 'NOUN' || pos === 'ADJ' || pos === 'PROPN' || mark);
  return topic && single && !name && !UNCOUNTED.test(bare) ? `the ${bare}` : bare;
}
