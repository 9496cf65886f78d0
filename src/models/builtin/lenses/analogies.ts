import type { Lens } from './lens.ts';

/** Lenses that borrow from other trades, and one that listens to the words of the instruction. */
export const ANALOGIES: readonly Lens[] = [
  {
    name: 'Analogy',
    calls: 'creativ origin inspir unusu crossov analog differ',
    why: [
      'Analogy: another trade has lived with the same difficulty for a century and has an answer ready.',
      'Analogy: what is ordinary elsewhere is new here, and already tested.',
    ],
    moves: [
      [
        'offer',
        'Borrow triage from hospitals',
        'Hospitals treat by urgency and not by order of arrival; {it} can tell apart what is urgent, what can wait and what heals by itself.',
        'Three colours and one rule for each are enough to begin.',
      ],
      [
        'any',
        'Borrow the mise en place of good kitchens',
        'Cooks lay out everything within reach before the first flame; list what you will need to {aim}, and have it ready beforehand.',
        'During the work, nobody then has to look for anything.',
      ],
      [
        'offer',
        'Borrow the season ticket from football clubs',
        'Fans pay early and come often; offer {people} a pass for {it} that makes the next visit the obvious thing.',
        'Limit the first edition to fifty, numbered by hand.',
      ],
      [
        'any',
        'Borrow the black box from aviation',
        'Pilots record everything and blame nobody: after each mishap, write down what happened, what was known then, and what changes.',
        'A page each time is enough; read all of them once a quarter.',
      ],
      [
        'offer',
        'Borrow the tasting table from markets',
        'A bite before buying sells more than a sign; let {people} try the best piece of {it} with no registration and no promise.',
        'Stand beside it and watch faces rather than numbers.',
      ],
      [
        'effort',
        'Borrow the base camps from mountaineers',
        'Nobody climbs straight to the top: set up three camps on the way, each a place where one could stop and still be glad.',
        'Rest at each of them before deciding on the next.',
      ],
      [
        'any',
        'Borrow the chess clock from tournaments',
        'Give each decision a fixed time; when the clock runs out, the better of the two options on the table is taken.',
        'Slow decisions cost more than wrong ones that can be taken back.',
      ],
      [
        'domain',
        'Borrow the sommelier from restaurants',
        'Somebody who knows all the {thing} asks {people} two questions and recommends exactly one thing.',
        'Write the two questions on a card, so that others can do it as well.',
      ],
      [
        'effort',
        'Borrow the rope team from climbers',
        'Tie yourself to two others with the same aim: whoever slips is held, and nobody goes faster than the rope allows.',
        'Meet at a fixed time, for ten minutes, standing.',
      ],
      [
        'made',
        'Borrow the soft opening from restaurants',
        'New restaurants cook for friends before they open; let thirty {people} use {it} early, at half the expectations.',
        'They forgive what the public would not, and they tell you what it was.',
      ],
      [
        'any',
        'Borrow the crop rotation from farmers',
        'Fields rest by growing something else: change the tasks in a fixed order, so that nobody has the dull one twice in a row.',
        'Note which order leaves people fresher, and keep that one.',
      ],
      [
        'offer',
        'Borrow the lost-property office from railways',
        'Whatever {people} give up on halfway is kept for them: half-finished requests, forgotten wishes, interrupted visits.',
        'Write to them after a week with a way to carry on from where they stopped.',
      ],
    ],
  },
  {
    name: 'The words themselves',
    calls: 'specif concret literal word',
    why: [
      'The words themselves: the instruction names what matters, and it is worth taking at its word.',
      'The words themselves: every noun in a request is a door that somebody left open.',
    ],
    moves: [
      [
        'any',
        'Take “{phrase}” literally',
        'Forget for an hour what “{phrase}” usually means, and describe what the words alone would promise to a stranger.',
        'The gap between the promise and the usual thing is room for something new.',
      ],
      [
        'any',
        'Put “{phrase2}” in the centre for once',
        'Suppose that “{phrase2}” was the main matter and everything else was there to serve it.',
        'Sketch that version in fifteen minutes; at least one detail of it will be better than the original.',
      ],
      [
        'placed',
        'Ask what only {place} could do',
        'What would be impossible anywhere but {place}, with just these people, walls and stories?',
        'Build on that; everything else can be had elsewhere, and often cheaper.',
      ],
      [
        'domain',
        'Collect a hundred answers about {thing}',
        'Ask a hundred {people} one question about {thing}, always the same one, and write down their exact words.',
        'The three phrases that return most often are the language in which {it} should speak.',
      ],
      [
        'domain',
        'Make a place to {act3}',
        'There is a place for everything but this: somewhere to {act3} without being in the way.',
        'Mark it with tape on the floor for a fortnight before building anything.',
      ],
    ],
  },
  {
    name: 'Story',
    calls: 'stori emot brand write messag communic narrat inspir',
    why: [
      'Story: people remember what happened to somebody, and forget what is the case.',
      'Story: a good example is an argument that needs no defence.',
    ],
    moves: [
      [
        'offer',
        'Follow one person through a whole day with it',
        'Tell the day of one of the {people} from breakfast to bedtime, and mark each moment in which {it} makes a difference.',
        'If there are fewer than two such moments, the idea needs another look.',
      ],
      [
        'domain',
        'Let the {helpers} tell what nobody asks',
        'The {helpers} know the stories behind {thing}; record ten of them, three minutes each, unpolished.',
        'Publish one a week, and the audience will ask for the eleventh.',
      ],
      [
        'any',
        'Announce it in the local newspaper, in advance',
        'Write the article that you would love to read once you manage to {aim}: a headline, a quotation, a picture.',
        'Whatever is hard to write is not thought through yet.',
      ],
    ],
  },
];
