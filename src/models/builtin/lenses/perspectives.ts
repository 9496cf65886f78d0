import type { Lens } from './lens.ts';

/** Lenses that look with other eyes: inversion, people at the edge, the future, the sceptic. */
export const PERSPECTIVES: readonly Lens[] = [
  {
    name: 'Inversion',
    calls: 'risk bold critic robust safe crazi unusu provok honest',
    why: [
      'Inversion: it is easier to list what would ruin a plan than what would make it succeed, and the list can be used.',
      'Inversion: avoiding the sure ways to fail leaves a good deal of success.',
    ],
    moves: [
      [
        'any',
        'Invert it: write the recipe for failure',
        'Ask what you would do so that the attempt to {aim} fails for certain, and collect at least ten answers.',
        'Turn each answer round; what remains is a list of rules that everybody in the room understands.',
      ],
      [
        'offer',
        'Invert it: charge nothing and ask for a story',
        'Let {people} pay for {it} with a story of what it did for them.',
        'Stories are cheap to collect, good to pass on, and honest about what is missing.',
      ],
      [
        'effort',
        'Invert it: forbid the usual way for a week',
        'The ordinary way to {aim} is off limits for seven days; anything else is allowed.',
        'Some of the detours will turn out shorter, and these stay.',
      ],
      [
        'domain',
        'Invert it: let the {thing} come to the {people}',
        'Normally {people} go where the {thing} are; let the {thing} travel instead, to kitchens, waiting rooms and bus stops.',
        'One crate, one route and one volunteer are enough for the first month.',
      ],
    ],
  },
  {
    name: 'Extreme users',
    calls: 'inclus access everyon elder beginner divers fair',
    why: [
      'Extreme users: what serves the person at the edge is more comfortable for everybody in the middle.',
      'Extreme users: the ones with the strongest need have often improvised an answer already.',
    ],
    moves: [
      [
        'offer',
        'Start with the one who would never come',
        'Find somebody who has no use for {it}, and ask what would have to change, without trying to convince them.',
        'Change the smallest of the things they name, then invite them by name.',
      ],
      [
        'offer',
        'Design {it} for somebody of ninety',
        'Large letters, no haste, a person to ask: what helps at ninety saves {people} of thirty a sigh as well.',
        'Sit beside two older people on their first try, and say nothing for ten minutes.',
      ],
      [
        'domain',
        'Watch the most devoted of the {people} for a day',
        'Somebody among the {people} comes twice as often as all others; follow that person for a day and note every trick.',
        'Offer the best of these tricks to everybody else as the default.',
      ],
      [
        'effort',
        'Ask somebody who did it against the odds',
        'Look for a person who had less time, money or luck and still managed to {aim}.',
        'One hour with them is worth a shelf of advice; ask what they would skip.',
      ],
    ],
  },
  {
    name: 'Newcomer',
    calls: 'beginner easi simpl welcom friend onboard clear',
    why: [
      'Newcomer: whoever sees something for the first time notices what the others have stopped seeing.',
      'Newcomer: the first minutes decide whether there will be a second visit.',
    ],
    moves: [
      [
        'offer',
        'Polish the first five minutes',
        'Nothing about {it} matters as much as the first five minutes; rehearse them with strangers until nobody hesitates.',
        'Measure one number: how many of them come back within a week.',
      ],
      [
        'domain',
        'Give newcomers a guide among the {people}',
        'Whoever wants to {act} for the first time gets a companion who learned it only recently.',
        'A recent learner still remembers what was confusing, which no expert does.',
      ],
      [
        'any',
        'Explain it on one page to somebody outside',
        'Write a single page on how you are going to {aim}, give it to somebody from another trade, and have them tell it back.',
        'Every place where the retelling goes astray is a place to think again.',
      ],
    ],
  },
  {
    name: 'The sceptic',
    calls: 'risk critic honest evid measur safe careful robust',
    why: [
      'The sceptic: an objection that is heard early is a design decision, heard late it is a crisis.',
      'The sceptic: a test that can fail is worth more than agreement.',
    ],
    moves: [
      [
        'any',
        'Hire your sharpest critic for one hour',
        'Invite the person who doubts most that you can {aim}, and pay them with a good lunch for every weak point.',
        'Sort the points by what they would cost, and answer the three dearest before going on.',
      ],
      [
        'offer',
        'Sell {it} before the first stone is laid',
        'Describe {it} on a poster with a date and a price, and see how many {people} put their name down.',
        'Too few names cost an afternoon; the same news after half a year of work costs more.',
      ],
      [
        'any',
        'Name the number that would make you stop',
        'Decide today which result, at which date, would mean that it is not worth going on.',
        'Written down in calm, the number protects from both giving up too early and holding on too long.',
      ],
    ],
  },
  {
    name: 'Ten years on',
    calls: 'long strateg vision futur sustain last ambiti',
    why: [
      'Ten years on: from a distance, the few decisions that last stand out from the many that do not.',
      'Ten years on: what will be taken for granted then is a good thing to begin with now.',
    ],
    moves: [
      [
        'offer',
        'Build the part that will outlast the rest',
        'In ten years most of {it} will have been replaced; find what will still be there, and give it the most care.',
        'Often it is something plain, such as the records, the name or the trust of {people}.',
      ],
      [
        'any',
        'Write the thank-you letter of the next generation',
        'Let somebody in ten years thank you for how you went about it: for what exactly, and in which words?',
        'Whatever the letter praises belongs in the plan; whatever it does not mention may go.',
      ],
      [
        'placed',
        'Start a tradition at {place}',
        'Give it a day of the year, a small ritual and a book in which each year gets a page.',
        'Traditions look old from their third repetition; only the first needs courage.',
      ],
    ],
  },
  {
    name: 'Play',
    calls: 'fun play kid child game creativ joy motiv wild humor',
    why: [
      'Play: what is a game gets tried more often, and trying often is how things become good.',
      'Play: rules, a goal and an end make hard things light.',
    ],
    moves: [
      [
        'domain',
        'Make a game out of the wish to {act}',
        'Ten small tasks, a card to stamp and a modest prize: {people} who finish it will have seen all that {it} can offer.',
        'Let children draw the cards, and their parents will come along.',
      ],
      [
        'effort',
        'Keep score with a jar of marbles',
        'For each small step that helps to {aim}, one marble goes from the left jar into the right one, where everybody can see it.',
        'When the right jar is full, there is a celebration whose size was agreed beforehand.',
      ],
      [
        'any',
        'Hold a contest for the worst solution',
        'Everybody has ten minutes to propose the most dreadful way to {aim}, and the winner gets a real prize.',
        'Laughter loosens tongues, and inside the worst proposals there is usually one good idea upside down.',
      ],
      [
        'made',
        'Hide something small for the curious',
        'Put an unexpected detail into {it} that only attentive {people} discover, and change it every month.',
        'It costs little, and those who find it will show it to somebody.',
      ],
    ],
  },
  {
    name: 'The opposite budget',
    calls: 'cheap budget cost money free afford invest rich premium luxuri',
    why: [
      'The opposite budget: with no money one sees who could help, with all the money one sees what is really wanted.',
      'The opposite budget: a limit that is moved on purpose separates wishes from habits.',
    ],
    moves: [
      [
        'any',
        'Do it with no money at all',
        'Pretend that there is not a single coin to {aim}: what can be borrowed, swapped, shared or asked for?',
        'Make the list of people to ask before the list of things to buy.',
      ],
      [
        'made',
        'Make one luxurious version for a single person',
        'Choose one of the {people} and make {it} perfect for that one person, by hand and regardless of effort.',
        'Then find out which two details made the difference, and give those to everybody.',
      ],
      [
        'limit',
        'Treat “{limit}” as the design and not the obstacle',
        'Take the limit “{limit}” as the starting point, and ask what becomes possible because of it.',
        'A frame that cannot be moved saves a hundred small debates.',
      ],
    ],
  },
];
