import type { Idea } from './idea.ts';
import { type Brief, limitText } from './brief.ts';
import { factText } from './context.ts';
import { type Lens, LENSES, type Move, type Scope } from './lenses/index.ts';
import type { KindName } from './kinds.ts';
import { CRAFT_MOVES } from './lenses/crafts.ts';
import { proposeNames } from './naming.ts';
import { lowerFirst, quote, render, similarity, wordSet } from './prose.ts';
import type { Random } from './random.ts';

/** Ideas that share this much of their words are too much alike; the second is for when the first leaves too few. */
const TOO_ALIKE = [0.5, 0.65] as const;

/** A title this close to one that is to be avoided counts as the same. */
const SAME = 0.7;

/** No title is longer than this, give or take a word of the instruction. */
const LONGEST_TITLE = 96;

/**
 * Exactly `count` ideas, no two alike in title or description, and none that is in `avoid`. Lenses take turns, in an order
 * that the random numbers and the guidance decide; when all have had their say, ideas are combined in pairs.
 *
 * @throws {RangeError} when even the pairs are used up, after some thousands of ideas.
 */
export function brainstorm(brief: Brief, count: number, avoid: readonly string[], random: Random): Idea[] {
  const accepted: Idea[] = [];
  const seen: { title: ReadonlySet<string>; description: ReadonlySet<string> }[] = [];
  const avoided = avoid.map(wordSet);
  const offer = (idea: Idea, tooAlike: number): void => {
    const title = wordSet(idea.title);
    const description = wordSet(idea.description);
    if (avoided.some((other) => similarity(other, title) >= SAME)) return;
    if (
      seen.some((other) => similarity(other.title, title) >= tooAlike || similarity(other.description, description) >= tooAlike)
    )
      return;
    seen.push({ title, description });
    accepted.push(idea);
  };
  const single = [...(brief.ask.sort === 'name' ? proposeNames(brief, random) : []), ...look(brief, random)];
  for (const tooAlike of TOO_ALIKE) {
    for (const candidates of [single, pairs(single)]) {
      for (const idea of candidates) {
        if (accepted.length === count) break;
        offer(idea, tooAlike);
      }
    }
  }
  if (accepted.length < count) throw new RangeError(`only ${accepted.length} of ${count} ideas could be told apart`);
  return accepted.map((chosen, index) => weigh(chosen, index, brief));
}

/** An idea for each move that fits: lenses in turns, with one from the craft before every other two. */
function look(brief: Brief, random: Random): Idea[] {
  const slots = {
    ...brief.slots,
    limit: limitText(brief) ?? '',
    fact: brief.facts[0] === undefined ? '' : factText(brief.facts[0]),
  };
  const scopes = scopesOf(brief);
  const fits = ([scope, ...texts]: Move): boolean =>
    scopes.has(scope) &&
    (brief.slots['whom'] !== '' || !texts.join(' ').includes('{whom}')) &&
    (scopes.has('offer') || !texts.join(' ').includes('{it}') || !(brief.question || brief.kind.name === 'improvement'));
  const inTurn = (moves: readonly Move[]): Move[] =>
    moves
      .filter(fits)
      .map((move) => ({ move, turn: random.next() - (move[0] === 'any' ? 0 : 0.5) }))
      .sort((one, other) => one.turn - other.turn)
      .map(({ move }) => move);
  // What one buys for oneself is tried out; what is for somebody else is chosen for that person.
  const suits = (move: Move): boolean =>
    brief.kind.name !== 'purchase' || brief.slots['whom'] === '' || move.join(' ').includes('{whom}');
  const craft: Lens = { name: 'Craft', calls: '', why: CRAFT_REASONS, moves: (CRAFT_MOVES[brief.kind.name] ?? []).filter(suits) };
  const crafted = inTurn(craft.moves).map((move) => ideaOf(craft, move, slots, random));
  const lenses = LENSES.map((lens) => ({
    lens,
    turn: random.next() - (called(lens, brief) ? 1.5 : 0) - (lens.name === 'What is known' ? 0.3 : 0),
    moves: inTurn(lens.moves),
  })).sort((one, other) => one.turn - other.turn);
  const rounds = Math.max(...lenses.map(({ moves }) => moves.length));
  const looked = Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    lenses.flatMap(({ lens, moves }) => {
      const move = moves[round];
      return move === undefined ? [] : [ideaOf(lens, move, slots, random)];
    }),
  );
  const mixed: Idea[] = [];
  while (crafted.length > 0 || looked.length > 0) mixed.push(...crafted.splice(0, 1), ...looked.splice(0, 2));
  return mixed;
}

const CRAFT_REASONS: Lens['why'] = [
  'Craft: those who do this kind of work often would look here first.',
  'Craft: it is a proven move in this kind of work, fitted to the words of the request.',
];

function ideaOf(lens: Lens, [, title, what, how]: Move, slots: Brief['slots'], random: Random): Idea {
  return {
    lens: lens.name,
    title: render(title, slots),
    description: render(`${what} ${how}`, slots),
    rationale: random.pick(lens.why),
  };
}

function scopesOf(brief: Brief): ReadonlySet<Scope> {
  const made = isMade(brief);
  const offer = made && !ONCE.has(brief.kind.name);
  const scopes = new Set<Scope>(['any', ...(made ? (['made'] as const) : []), offer ? 'offer' : made ? 'any' : 'effort']);
  if (brief.knownDomain && (offer || brief.kind.name === 'improvement')) scopes.add('domain');
  if (brief.placed) scopes.add('placed');
  if (brief.limits.length > 0) scopes.add('limit');
  if (brief.facts.length > 0) scopes.add('fact');
  return scopes;
}

const MADE: ReadonlySet<KindName> = new Set<KindName>(['software', 'event', 'marketing', 'business', 'writing', 'general']);
const ONCE: ReadonlySet<KindName> = new Set<KindName>(['event', 'writing']);

/** Whether the subject is a thing that is made for others, such as an app or a party, and not a matter such as waste or fitness. */
function isMade({ ask, kind, english, question, slots }: Brief): boolean {
  if (question || (ask.verb !== '' && ask.object === '')) return false;
  if (!english || ask.sort === 'name') return true;
  if (ask.sort === 'change') {
    const improved = /^(?:improve|redesign|promote|market|moderni[sz]e|revive|rethink|advertise|expand)$/.test(ask.verb);
    return improved && /^(?:the|your) /.test(slots['it'] ?? '');
  }
  return (ask.sort === 'make' || ask.sort === 'write' || ask.sort === 'topic') && MADE.has(kind.name);
}

function called({ calls }: Lens, { guidance }: Brief): boolean {
  if (guidance === undefined) return false;
  const stems = calls.split(' ');
  return [...wordSet(guidance)].some((word) => stems.some((stem) => word.startsWith(stem)));
}

/** Two ideas as one, in steps that grow: neighbours first, so that what is alike comes late. */
function* pairs(ideas: readonly Idea[]): Generator<Idea, void, void> {
  const plain = ideas.filter(({ title, lens }) => !title.includes(':') && lens !== 'Naming');
  for (let distance = 1; distance < plain.length; distance += 1) {
    for (const [index, first] of plain.entries()) {
      const second = plain[index + distance];
      if (second === undefined) break;
      const title = `${first.title}, then ${lowerFirst(second.title)}`;
      if (title.length > LONGEST_TITLE || first.lens === second.lens) continue;
      yield {
        lens: 'Combine',
        title,
        description: `First: ${firstSentence(first.description)} And then: ${firstSentence(second.description)}`,
        rationale: `Combine (SCAMPER): ${lowerFirst(first.lens)} prepares the ground for ${lowerFirst(second.lens)}.`,
      };
    }
  }
}

function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/u.exec(text)?.[0] ?? text;
}

/** The rationale with what the guidance and the context have to say, in turns. */
function weigh({ lens, title, description, rationale }: Idea, index: number, brief: Brief): Idea {
  const turn = brief.guidance === undefined ? index : Math.floor(index / 2);
  const fact = brief.facts[turn % Math.max(1, brief.facts.length)];
  const guidance = brief.guidance === undefined ? undefined : quote(brief.guidance, 80);
  const fits = LENSES.some((other) => other.name === lens && called(other, brief));
  const speaksOfGuidance = guidance !== undefined && (fits || index % 2 === 0 || fact === undefined);
  const remarks = [
    rationale,
    ...(speaksOfGuidance ? [fits ? `It answers the guidance ${guidance}.` : `Measure it by the guidance ${guidance}.`] : []),
    ...(fact !== undefined && (index % 2 === 1 || guidance === undefined)
      ? [`What is known bears on it (${factText(fact)}).`]
      : []),
  ];
  return { lens, title, description, rationale: remarks.join(' ') };
}
