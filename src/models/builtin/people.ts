import type { Word } from './words.ts';

const SINGULAR =
  'student pupil teacher reader customer client user guest member volunteer neighbour neighbor kid parent developer engineer designer employee colleague coworker patient doctor nurse visitor tourist traveller traveler player fan runner beginner freelancer farmer artist musician writer donor resident senior teenager friend refugee immigrant driver cyclist commuter passenger owner tenant shopper buyer seller subscriber follower attendee speaker participant founder manager leader candidate applicant recruiter grandparent toddler newcomer villager librarian gardener hiker swimmer dancer learner scientist researcher lawyer chef author listener voter'.split(
    ' ',
  );

const PLURALS: ReadonlyMap<string, string> = new Map<string, string>([
  ...SINGULAR.flatMap((word): [string, string][] => [
    [word, `${word}s`],
    [`${word}s`, `${word}s`],
  ]),
  ['child', 'children'],
  ['children', 'children'],
  ['families', 'families'],
  ['women', 'women'],
  ['men', 'men'],
  ['citizen', 'citizens'],
  ['citizens', 'citizens'],
]);

/** Names of single persons and of groups: what is for them is not done "in" them. */
export const PERSONS = new RegExp(
  `\\b(?:${[...PLURALS.keys()].join('|')}|people|dad|father|mum|mom|mother|wife|husband|son|daughter|brother|sister|boss|team|partner|girlfriend|boyfriend|aunt|uncle|grandma|grandpa|grandmother|grandfather|landlord|you|him|her|them|staff|family|baby|everyone|everybody)$`,
  'i',
);

/** Whom the sentences speak of, in the plural; undefined when they name nobody. */
export function peopleIn(sentences: readonly (readonly Word[])[]): string | undefined {
  for (const sentence of sentences) {
    for (const [index, { text }] of sentence.entries()) {
      const plural = PLURALS.get(text.toLowerCase());
      const next = sentence[index + 1]?.pos;
      if (plural !== undefined && next !== 'NOUN' && next !== 'PROPN') return plural;
    }
  }
  return undefined;
}
