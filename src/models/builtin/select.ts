import { textIn } from './context.ts';
import { attributeScores } from './attributes.ts';
import { clip, listOf, quote } from './prose.ts';
import type { BuiltinTask } from './task.ts';
import { openReader, type Reader } from './words.ts';

/** A choice that was picked, with how well it fits, from 0 to 1, and why. */
export interface Selection {
  id: string;
  score: number;
  rationale: string;
}

type SelectTask = Extract<BuiltinTask, { task: 'select' }>;

interface Term {
  stem: string;
  /** As written in the request. */
  text: string;
  weight: number;
}

interface Judged {
  id: string;
  order: number;
  fit: number;
  matched: string[];
  unwanted: string[];
  measured: string | undefined;
}

/** How far a choice's text is read; the rest of a very long one changes little. */
const READ_AT_MOST = 4000;

// Words that stand for the same quality; a stem stands for its group.
const GROUPS: readonly string[] = [
  'cheap cheaper cheapest affordable inexpensive budget economical low-cost',
  'fast quick quickly rapid speedy swift faster quicker',
  'easy simple effortless straightforward beginner easier simpler',
  'safe secure safety security reliable robust dependable',
  'small compact tiny little portable',
  'big large huge spacious roomy',
  'quiet silent calm peaceful',
  'green sustainable ecological eco environment environmental climate recycled',
  'kid kids child children family families',
  'healthy health fresh nutritious',
  'fun playful entertaining joyful game',
  'car automobile vehicle',
  'bike bicycle cycling',
  'buy purchase order',
  'build create make construct',
  'reader library book',
  'meat beef chicken pork steak burger',
  'fish salmon tuna seafood shrimp',
  'outdoor outdoors outside nature hiking garden',
  'online web internet digital',
  'pretty beautiful elegant stylish',
];

/**
 * At most `max` of the choices, the best first. A choice fits as far as its label and content share weighty words with the
 * criteria (most), the instruction, the guidance and the context (least), rare words counting more; a criterion such as
 * "cheapest" goes by the numbers in the content, and words after "not" or "without" count against. Choices that fit alike stay
 * in the order given. One that is ruled out is left out, unless nothing else is left.
 */
export async function select(task: SelectTask): Promise<Selection[]> {
  const read = await openReader();
  const texts = task.choices.map(({ label, content }) => `${label}. ${textIn(content, READ_AT_MOST)}`.slice(0, READ_AT_MOST));
  const bags = texts.map((text, index) => bagOf(text, task.choices[index]?.label ?? '', read));
  const { wanted, unwanted } = termsOf(task, read);
  const averageLength = bags.reduce((sum, { length }) => sum + length, 0) / bags.length;
  const rarity = (stem: string): number => {
    const containing = bags.filter(({ counts }) => counts.has(stem)).length;
    return Math.log(1 + (bags.length - containing + 0.5) / (containing + 0.5));
  };
  const usable = wanted.filter(({ stem }) => bags.some(({ counts }) => counts.has(stem)));
  const possible = usable.reduce((sum, { stem, weight }) => sum + weight * rarity(stem), 0);
  const asked = wanted.reduce((sum, { weight }) => sum + weight, 0);
  const covered = usable.reduce((sum, { weight }) => sum + weight, 0);
  const measures = attributeScores(`${task.criteria ?? ''} ${task.instruction}`.slice(0, READ_AT_MOST), task.choices);
  const judged = task.choices.map(({ id }, order): Judged => {
    const bag = bags[order] ?? { counts: new Map<string, number>(), length: 0 };
    const matched = usable
      .filter(({ stem }) => bag.counts.has(stem))
      .sort((one, other) => other.weight * rarity(other.stem) - one.weight * rarity(one.stem));
    // BM25's saturation (k1 = 1.2, b = 0.75), scaled so that one mention in a text of usual length counts 1.
    const points = matched.reduce((sum, { stem, weight }) => {
      const count = bag.counts.get(stem) ?? 0;
      return (
        sum + (weight * rarity(stem) * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * bag.length) / Math.max(1, averageLength)))
      );
    }, 0);
    const lexical = possible === 0 ? 0 : Math.min(1, points / possible) * (0.5 + 0.5 * Math.min(1, covered / Math.max(1, asked)));
    const against = unwanted.filter(({ stem }) => bag.counts.has(stem)).map(({ text }) => text);
    const measure = measures?.[order];
    const fit = measure === undefined ? lexical : possible === 0 ? measure.score : 0.75 * measure.score + 0.25 * lexical;
    return {
      id,
      order,
      fit: against.length > 0 ? 0 : fit,
      matched: matched.map(({ text }) => text),
      unwanted: against,
      measured: measure?.reason,
    };
  });
  const eligible = judged.filter(({ unwanted: against }) => against.length === 0);
  const fitting = eligible.filter(({ fit }) => fit > 0);
  // What does not fit at all is given only where nothing fits better.
  return (fitting.length > 0 ? fitting : eligible.length > 0 ? eligible : judged)
    .sort((one, other) => other.fit - one.fit || one.order - other.order)
    .slice(0, task.max)
    .map((choice) => ({ id: choice.id, score: Math.round(choice.fit * 100) / 100, rationale: rationaleOf(choice, task) }));
}

function rationaleOf({ matched, unwanted, measured }: Judged, { criteria }: SelectTask): string {
  const by = criteria === undefined || criteria.trim() === '' ? 'the instruction' : 'the criteria';
  const words = [...new Set(matched.map((word) => word.toLowerCase()))].slice(0, 5).map((word) => quote(word, 30));
  if (unwanted.length > 0)
    return `It mentions ${listOf(unwanted.slice(0, 3).map((word) => quote(word, 30)))}, which is to be avoided, as all choices do.`;
  const parts = [
    ...(measured === undefined ? [] : [`${measured}.`]),
    ...(words.length > 0 ? [`It speaks of ${listOf(words)}, as ${by} ${by === 'the criteria' ? 'do' : 'does'}.`] : []),
  ];
  return parts.length > 0
    ? parts.join(' ')
    : clip(`None of its words occur in what was asked; it stands in the order given.`, 200);
}

function bagOf(text: string, label: string, read: Reader): { counts: Map<string, number>; length: number } {
  const counts = new Map<string, number>();
  // What a label says counts twice: it is what the choice is called.
  const stems = [...stemsOf(text, read), ...stemsOf(label.slice(0, READ_AT_MOST), read)].map(({ stem }) => stem);
  for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return { counts, length: stems.length };
}

function termsOf(task: SelectTask, read: Reader): { wanted: Term[]; unwanted: Term[] } {
  const wanted = new Map<string, Term>();
  const unwanted = new Map<string, Term>();
  const sources: readonly [text: string, weight: number][] = [
    [task.criteria ?? '', 3],
    [task.instruction, 1],
    [task.guidance ?? '', 1.5],
    [textIn(task.context, 1000), 0.4],
  ];
  for (const [text, weight] of sources) {
    for (const { stem, text: word, negated } of stemsOf(text.slice(0, READ_AT_MOST), read)) {
      const known = wanted.get(stem);
      if (negated) unwanted.set(stem, { stem, text: word, weight });
      else if (known === undefined || known.weight < weight) wanted.set(stem, { stem, text: word, weight });
    }
  }
  for (const stem of unwanted.keys()) wanted.delete(stem);
  return { wanted: [...wanted.values()], unwanted: [...unwanted.values()] };
}

const NEGATIONS = /^(?:not|no|without|never|avoid|avoiding|except|excluding|n't)$/;
const EMPTY =
  /^(?:choose|pick|select|best|good|better|option|choice|idea|criteria|fit|most|want|need|like|should|must|one|thing|use|which)$/;

/** The words that say something, as stems, those after a negation marked: "not by car", "without meat or fish". */
function stemsOf(text: string, read: Reader): { stem: string; text: string; negated: boolean }[] {
  const stems: { stem: string; text: string; negated: boolean }[] = [];
  for (const sentence of read(text)) {
    let negated = 0;
    for (const word of sentence) {
      if (NEGATIONS.test(word.normal)) negated = 4;
      else if (word.mark || word.normal === 'but') negated = 0;
      else if (!word.stop && !EMPTY.test(word.normal)) {
        const stem = GROUP_OF.get(word.text.toLowerCase()) ?? word.stem;
        stems.push({ stem, text: word.text, negated: negated > 0 });
        // "not too expensive" asks for a degree and rules nothing out.
        negated -= 2;
      } else if (/^(?:too|only|just|necessarily|so|very)$/.test(word.normal)) negated = 0;
      else negated -= word.normal === 'or' || word.normal === 'and' ? -1 : 0;
    }
  }
  return stems;
}

const GROUP_OF: ReadonlyMap<string, string> = new Map(
  GROUPS.flatMap((group) => {
    const words = group.split(' ');
    return words.map((word): [string, string] => [word, `~${words[0] ?? ''}`]);
  }),
);
