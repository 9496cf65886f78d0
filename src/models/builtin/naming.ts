import type { Brief } from './brief.ts';
import type { Idea } from './idea.ts';
import { render, upperFirst } from './prose.ts';
import type { Random } from './random.ts';

/** A form that names take: the name, two ways to describe it, and why it works. */
const FORMS: readonly (readonly [name: string, one: string, two: string, why: string])[] = [
  [
    '{A} & {B}',
    'Two things that belong to {it}, side by side like partners; short enough for a sign and easy to say on the telephone.',
    'An old shop-sign form with a homely sound: each half is plain, and only together do they make one curious.',
    'Pairing: two concrete nouns are remembered better than one abstract one.',
  ],
  [
    'The {Adjective} {A}',
    'Reads like an inn that has always been there; the adjective gives {it} a temper before anybody has seen it.',
    'One surprising adjective does the work here, because nobody has met such a thing before.',
    'Character: an adjective that does not quite belong makes people ask.',
  ],
  [
    '{A} House',
    'Promises a place and a host, whatever is on offer inside.',
    'A name with walls and a roof: it can grow, move or add a second line without becoming wrong.',
    'Shelter: a name for a place leaves room for change.',
  ],
  [
    '{Number} {A} Lane',
    'Sounds like an address, and will send people looking for the street.',
    'The figure gives it precision, the lane gives it neighbours; together they feel like somewhere one has been.',
    'Address: a made-up place needs no explanation.',
  ],
  [
    'Hello, {A}',
    'Greets people before they have decided whether to come in.',
    'Said aloud, the name is a small conversation, which is how {people} will pass it on.',
    'Address the reader: a greeting is the friendliest sentence there is.',
  ],
  [
    '{A} by Hand',
    'Tells in three short words that care is taken, without claiming to be the best.',
    'Puts craft first: the name will embarrass anybody who takes a shortcut.',
    'Promise: a name that can be broken keeps its owners honest.',
  ],
  [
    'From {A} to {B}',
    'Carries a whole story from beginning to end, and hints that one can watch it happen.',
    'A journey in four words: the eye wants to know what lies between the two.',
    'Journey: movement in a name suggests that something is going on.',
  ],
  [
    '{Adjective} {Topic}',
    'Says plainly what it is, and lets a single word set the tone.',
    'The clearest of the lot: found at once by whoever searches for {topic}, and by nobody else.',
    'Clarity: the ordinary word with one twist is found and understood.',
  ],
  [
    'Under the {A}',
    'Gives {people} a place to meet: “see you under the {a}” is a sentence waiting to be said.',
    'A name like a shelter in the rain, a little old-fashioned and easy to draw.',
    'Image: what can be drawn needs no logo first.',
  ],
  [
    '{A} Minus One',
    'Leaves a riddle that can be answered on the wall inside.',
    'Slightly odd on purpose: those who ask for the reason will remember the answer.',
    'Riddle: a name with a gap makes listeners fill it.',
  ],
  [
    'Second {A}',
    'Speaks of another chance, another helping or another visit, each as welcome as the first.',
    'Modest and confident at once; nobody calls themselves second unless they are sure of themselves.',
    'Understatement: modesty is rare on signs, and therefore seen.',
  ],
  [
    '{A}, {B} & Daughters',
    'Turns the usual family firm round with a smile.',
    'Feels like a family that has done this for generations and just brought in new ideas.',
    'Inversion: an expected phrase with one word turned round.',
  ],
  [
    'Early {A}',
    'Belongs to the morning, to those who are up first and to everything that is still fresh.',
    'A time of day in a name gives {it} light and weather at no cost.',
    'Hour: names with a time in them come with a mood.',
  ],
  [
    'The {A} Next Door',
    'Near, unpretentious, a place one visits in slippers.',
    'Makes {people} neighbours rather than an audience, wherever they live.',
    'Nearness: what sounds close gets tried first.',
  ],
];

const ADJECTIVES = ['Quiet', 'Golden', 'Little', 'Honest', 'Open', 'Wild', 'Crooked', 'Patient', 'Bright', 'Wandering'];
const NUMBERS = ['Three', 'Seven', 'Nine', 'Twelve', 'Nineteen'];

/** Names for what the brief is about, each in a form of its own until the forms run out, then with the second description. */
export function proposeNames(brief: Brief, random: Random): Idea[] {
  const flavours = random.shuffle(
    [
      ...brief.flavours,
      ...brief.phrases
        .slice(1)
        .flatMap(lastWord)
        .filter((word) => word !== lastWord(brief.ask.bare)[0]),
    ].map(upperFirst),
  );
  const flavour = (index: number): string => flavours[index % flavours.length] ?? 'Spark';
  const [adjectives, numbers] = [random.shuffle(ADJECTIVES), random.shuffle(NUMBERS)];
  return [0, 1].flatMap((round) =>
    random.shuffle(FORMS).map((form, index) => {
      const [name, one, two, why] = form;
      const A = flavour(index + round);
      const slots = {
        ...brief.slots,
        A,
        a: A.toLowerCase(),
        B: flavour(index + round + 1),
        Adjective: adjectives[(index + round * 3) % adjectives.length] ?? 'Quiet',
        Number: numbers[(index + round) % numbers.length] ?? 'Seven',
        Topic: brief.slots['topic']?.replaceAll(/(?<=^|\s)\p{Ll}/gu, (letter) => letter.toUpperCase()) ?? '',
      };
      return {
        lens: 'Naming',
        title: render(name, slots),
        description: render(round === 0 ? one : two, slots),
        rationale: render(why, slots),
      };
    }),
  );
}

function lastWord(phrase: string): string[] {
  const word = phrase.split(/\s+/).at(-1) ?? '';
  return /^[\p{L}]{3,12}$/u.test(word) && !/names?$/i.test(word) ? [word] : [];
}
