import { keyText } from './context.ts';

/** How a choice does by a number that the criteria ask for. */
export interface Measure {
  /** From 0 (worst of the choices) to 1 (best). */
  score: number;
  reason: string;
}

interface Quality {
  /** What the criteria say. */
  asked: RegExp;
  /** What the property is called that holds the number. */
  named: RegExp;
  /** How the number is written within a text. */
  written: RegExp | undefined;
  lowest: boolean;
  name: string;
}

const MONEY = /(?:[€$£]\s?(\d[\d.,]*)|(\d[\d.,]*)\s?(?:€|\$|£|eur\b|euros?\b|usd\b|dollars?\b|pounds?\b|gbp\b))/i;
const DURATION = /(\d[\d.,]*)\s?(?:minutes?|mins?|hours?|h|days?|weeks?|months?)\b/i;
const DISTANCE = /(\d[\d.,]*)\s?(?:km|kilometres?|kilometers?|miles?|metres?|meters?)\b/i;
const STARS = /(\d[\d.]*)\s?(?:stars?|\/\s?5|\/\s?10)/i;

const QUALITIES: readonly Quality[] = [
  {
    asked:
      /\b(?:cheap(?:est)?|least expensive|inexpensive|affordable|low(?:est)?[- ](?:price|cost)s?|save money|tight budget)\b/i,
    named: /price|cost|fee|rent|budget|amount/,
    written: MONEY,
    lowest: true,
    name: 'price',
  },
  {
    asked: /\b(?:most expensive|highest price|luxur\w+)\b/i,
    named: /price|cost|fee|rent/,
    written: MONEY,
    lowest: false,
    name: 'price',
  },
  {
    asked: /\b(?:fast(?:est)?|quick(?:est)?|shortest time|soonest|least time)\b/i,
    named: /time|duration|minutes|hours|days|weeks|latency/,
    written: DURATION,
    lowest: true,
    name: 'time',
  },
  {
    asked: /\b(?:near(?:est)?|close(?:st)?|shortest (?:way|distance))\b/i,
    named: /distance|km|miles/,
    written: DISTANCE,
    lowest: true,
    name: 'distance',
  },
  {
    asked: /\b(?:best[- ]rated|highest[- ]rated|top[- ]rated|best reviews?|highest rating|best rating)\b/i,
    named: /rating|score|stars|review/,
    written: STARS,
    lowest: false,
    name: 'rating',
  },
  {
    asked: /\b(?:newest|latest|most recent)\b/i,
    named: /year|date|version/,
    written: /\b((?:19|20)\d\d)\b/,
    lowest: false,
    name: 'year',
  },
  { asked: /\b(?:oldest|earliest)\b/i, named: /year|date|age/, written: /\b((?:19|20)\d\d)\b/, lowest: true, name: 'year' },
];

const DIRECTED =
  /\b(low(?:est)?|least|smallest|fewest|minimal|lightest|highest?|most|largest|biggest|greatest|maximal)\s+([a-z]{3,20})/gi;

/** The measure of each choice by the first number that the criteria ask for and at least two choices have; undefined if none. */
export function attributeScores(
  criteria: string,
  choices: readonly { label: string; content?: unknown }[],
): (Measure | undefined)[] | undefined {
  for (const quality of [...QUALITIES.filter(({ asked }) => asked.test(criteria)), ...directed(criteria)]) {
    const values = choices.map((choice) => valueOf(choice, quality));
    const known = values.filter((value) => value !== undefined);
    if (known.length < 2) continue;
    const [least, most] = [Math.min(...known), Math.max(...known)];
    return values.map((value) => {
      if (value === undefined) return { score: 0, reason: `Its ${quality.name} is not given` };
      const share = most === least ? 1 : (value - least) / (most - least);
      const score = most === least ? 1 : quality.lowest ? 1 - share : share;
      return { score, reason: `Its ${quality.name} is ${value}, ${placeOf(score, quality.lowest)}` };
    });
  }
  return undefined;
}

function placeOf(score: number, lowest: boolean): string {
  if (score === 1) return lowest ? 'the lowest of all' : 'the highest of all';
  if (score === 0) return lowest ? 'the highest of all' : 'the lowest of all';
  return score >= 0.5 ? 'among the better ones' : 'among the worse ones';
}

function directed(criteria: string): Quality[] {
  return [...criteria.matchAll(DIRECTED)].map(([asked, direction = '', name = '']) => ({
    asked: new RegExp(asked, 'i'),
    named: new RegExp(name.toLowerCase().replace(/s$/, '')),
    written: undefined,
    lowest: /^(?:low|least|small|few|minimal|light)/i.test(direction),
    name: name.toLowerCase(),
  }));
}

function valueOf({ label, content }: { label: string; content?: unknown }, { named, written }: Quality): number | undefined {
  const property = propertyOf(content, named, 0);
  if (property !== undefined) return property;
  const text = typeof content === 'string' ? `${label} ${content.slice(0, 2000)}` : label;
  const match = written?.exec(text);
  return match === null || match === undefined ? undefined : numberOf(match[1] ?? match[2]);
}

function propertyOf(content: unknown, named: RegExp, depth: number): number | undefined {
  if (typeof content !== 'object' || content === null || depth > 3) return undefined;
  for (const [key, value] of Object.entries(content)) {
    const found = named.test(keyText(key)) ? numberOf(value) : propertyOf(value, named, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const digits = typeof value === 'string' ? /-?\d[\d.,]*/.exec(value)?.[0] : undefined;
  if (digits === undefined) return undefined;
  // "1,200" and "1.200" are thousands, "12,50" and "12.5" are not.
  const parsed = Number(
    digits
      .replaceAll(/[.,](?=\d{3}(?:\D|$))/g, '')
      .replace(',', '.')
      .replace(/[.,]$/, ''),
  );
  return Number.isFinite(parsed) ? parsed : undefined;
}
