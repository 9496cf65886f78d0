import type { Lens } from './lens.ts';

/** Lenses that change how the work is set up: small tests, time, sharing, information, first principles. */
export const STRUCTURES: readonly Lens[] = [
  {
    name: 'Smallest test',
    calls: 'quick fast small simpl test lean cheap start risk experiment pragmat',
    why: [
      'Smallest test: the question that could sink the plan is answered first, at the lowest price.',
      'Smallest test: a week of trying tells more than a month of talking.',
    ],
    moves: [
      [
        'offer',
        'Run it by hand for ten {people}',
        'Before anything is built, serve ten {people} yourself, with a notebook and a telephone, as if {it} existed.',
        'What you do most often by hand is what {it} should do first.',
      ],
      [
        'any',
        'Try the riskiest part this week',
        'Write down what must be true so that you can {aim}, choose the line you are least sure of, and test just that.',
        'Set the test so that it can be over by Friday, whichever way it goes.',
      ],
      [
        'domain',
        'Begin with a single shelf: only {thing2}',
        'Leave all else aside, and get things right for {thing2} alone, with a handful of {people}.',
        'What works there is carried over piece by piece; what fails there has cost little.',
      ],
      [
        'effort',
        'Promise seven days, not a lifetime',
        'Agree with yourself on seven days in which you {aim} in the smallest form that counts.',
        'On the eighth day you decide anew, with experience instead of hope.',
      ],
    ],
  },
  {
    name: 'Time',
    calls: 'time fast quick deadlin season schedul soon urgent',
    why: [
      'Time: the same thing at another hour, pace or season is often a new thing.',
      'Time: a date that everybody knows does more than a list that nobody reads.',
    ],
    moves: [
      [
        'offer',
        'Offer it for a single season',
        'Let {it} have a beginning and an end: one season, announced as such, with a feast at the close.',
        'Whoever misses it in the weeks after will tell you that it should return.',
      ],
      [
        'any',
        'Set one fixed hour each week',
        'The same hour, the same place, a candle on the table: that is when you {aim}, and do nothing else.',
        'After a month, look at what the hour has produced, and only then talk about more hours.',
      ],
      [
        'domain',
        'Help before the rush, not during it',
        'Most {people} want to {act} at the same time; offer a small advantage to those who come early.',
        'A shorter queue is felt by everybody, even by those who never hear of the offer.',
      ],
      [
        'effort',
        'Do the hardest tenth first',
        'Sort what lies ahead by how much you dread it, and give the most dreaded tenth the best hours of the week.',
        'What follows goes downhill, and it feels that way.',
      ],
    ],
  },
  {
    name: 'Many hands',
    calls: 'communit social volunt togeth team particip democrat open share',
    why: [
      'Many hands: people support what they had a hand in.',
      'Many hands: a task cut into small gifts finds more givers than a large one.',
    ],
    moves: [
      [
        'made',
        'Let {people} build it with you',
        'Invite {people} to four open evenings on {it}, each with one question, something to eat and a result on the wall.',
        'Those who come to all four are the team for what follows.',
      ],
      [
        'domain',
        'Found a circle of {people} who look after {thing}',
        'A dozen {people} each take care of a few {thing}, with their name beside them.',
        'Care that has a name on it lasts longer than care that belongs to everybody.',
      ],
      [
        'any',
        'Ask for one hour from twenty people',
        'Cut the work into pieces of one hour, put them on cards, and let people draw a card that suits them.',
        'Twenty hours arrive sooner this way than from one volunteer with good intentions.',
      ],
      [
        'placed',
        'Put a suggestion box where {place} is busiest',
        'A box, a pen and the promise that each Friday one suggestion gets an answer in public.',
        'The promise is what fills the box; break it once and it stays empty.',
      ],
    ],
  },
  {
    name: 'Make it visible',
    calls: 'measur data transpar visibl inform evid clear track',
    why: [
      'Make it visible: what can be seen by all gets talked about, and what is talked about changes.',
      'Make it visible: one honest number replaces many opinions.',
    ],
    moves: [
      [
        'any',
        'Hang one honest number on the wall',
        'Choose the number that says best how far you have come, and write it by hand in a place everybody passes.',
        'Update it each Monday, above all when it has become worse.',
      ],
      [
        'domain',
        'Draw a map of {pain}',
        'Mark on a large sheet each occasion of the last month, with time and place; patterns show within an hour.',
        'Tackle the densest spot first, and draw the map again four weeks later.',
      ],
      [
        'made',
        'Show what happens behind {it}',
        'Open the back room: let {people} see who does what, what it takes, and where something went wrong.',
        'Openness is remembered longer than perfection, and brings offers of help.',
      ],
      [
        'effort',
        'Keep a diary of two lines a day',
        'One line on what was done towards the goal, one on what got in the way; more is not allowed.',
        'After three weeks the second line names the real obstacle.',
      ],
    ],
  },
  {
    name: 'First principles',
    calls: 'basic fundament deep radic rethink logic reason',
    why: [
      'First principles: behind the thing one asked for stands the need one had.',
      'First principles: what nobody can explain any more may be left out.',
    ],
    moves: [
      [
        'any',
        'Ask five times what it is good for',
        'Why {aim}? Take the answer and ask again, five times in a row, until it no longer changes.',
        'Then look for a shorter way to that last answer.',
      ],
      [
        'offer',
        'Give {people} the result without the thing',
        'Suppose that {it} could not exist: how else could {people} get what they wanted from it?',
        'At least one of the answers will be simpler, and can begin tomorrow.',
      ],
      [
        'domain',
        'Reduce it to the moment when {people} {act}',
        'All effort points at one moment: somebody wants to {act}, and it works; what does not serve that moment is decoration.',
        'Film this moment once, and judge every later proposal by it.',
      ],
    ],
  },
  {
    name: 'Safety net',
    calls: 'safe risk reliab robust secur careful trust qualiti',
    why: [
      'Safety net: people dare more when falling is not dangerous.',
      'Safety net: a plan for the bad day is what makes the good days calm.',
    ],
    moves: [
      [
        'offer',
        'Promise to take everything back',
        'Whoever is not happy with {it} may return to the old way at any time, without giving a reason.',
        'Count how many do: the promise costs little, and the number is precious.',
      ],
      [
        'any',
        'Hold a dress rehearsal with something going wrong',
        'Go through it all once before it counts, and let somebody secretly arrange one mishap.',
        'How you deal with the mishap shows what the plan still lacks.',
      ],
      [
        'any',
        'Write the plan B on a postcard',
        'If the way you {aim} should fail, what happens the next morning? It has to fit on one postcard.',
        'Give the postcard to two people who are not you.',
      ],
    ],
  },
  {
    name: 'Trade and gift',
    calls: 'incent reward motiv money earn gift econom swap',
    why: [
      'Trade and gift: a fair exchange runs by itself, where an appeal needs repeating.',
      'Trade and gift: a small thing given first is answered more often than a large request.',
    ],
    moves: [
      [
        'domain',
        'Set up an exchange for {thing2}',
        'Who has {thing2} to spare and who is looking for some? A board with two columns is all it takes.',
        'After a month, look at which column is longer: that is what {it} should work on.',
      ],
      [
        'offer',
        'Reward those who bring a friend',
        'Whoever introduces somebody else to {it} gets to choose what is done next.',
        'A say in the matter binds people more than a discount does.',
      ],
      [
        'effort',
        'Stake something on it with a friend',
        'Hand a sum that would hurt to a friend; you get it back in parts, one for each stage on the way to {aim}.',
        'Choose a friend who will not give in.',
      ],
    ],
  },
  {
    name: 'What is known',
    calls: 'context given fact constraint',
    why: [
      'What is known: the context narrows the field, and a narrow field is easier to plough.',
      'What is known: a fact that is settled can carry weight.',
    ],
    moves: [
      [
        'fact',
        'Start from what is settled: {fact}',
        'Take “{fact}” as fixed, and ask which of the open questions it answers by itself.',
        'What it answers need not be discussed again; what it does not answer is the agenda.',
      ],
      [
        'fact',
        'Test the assumption behind “{fact}”',
        'Much depends on “{fact}”; find out who said so, when, and whether it still holds.',
        'If it falls, the options double; if it stands, everybody can rely on it.',
      ],
    ],
  },
];
