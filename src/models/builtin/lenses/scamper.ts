import type { Lens } from './lens.ts';

/** SCAMPER (Bob Eberle, 1971): substitute, combine, adapt, modify, put to other uses, eliminate, reverse. */
export const SCAMPER: readonly Lens[] = [
  {
    name: 'Substitute',
    calls: 'replac cheap afford budget cost altern differ swap',
    why: [
      'Substitute (SCAMPER): one part exchanged for another shows which parts were only habit.',
      'Substitute (SCAMPER): what is expensive or scarce often has a plain stand-in.',
    ],
    moves: [
      [
        'domain',
        'Swap {thing} for a conversation',
        'Where {people} now deal with {thing}, offer a short talk with one of the {helpers} instead.',
        'Try it for two weeks and note which questions come up again and again; those are the ones to write down.',
      ],
      [
        'any',
        'Exchange the most expensive part for a plain one',
        'List what it costs to {aim}, take the largest entry, and look for three simpler things that would do nearly the same.',
        'If nobody notices the difference in a blind comparison, keep the plain one.',
      ],
      [
        'offer',
        'Use paper before anything permanent',
        'A folded sheet can stand in for {it} on the first day: {people} write on it, and somebody acts on it by hand.',
        'The sheet that gets crossed out most is the part that deserves real work.',
      ],
      [
        'effort',
        'Trade willpower for a fixed appointment',
        'Put the work into the calendar at the same hour each time, and treat that hour like a visit to the dentist.',
        'Nothing has to be decided in the moment, which is where most attempts to {aim} get lost.',
      ],
    ],
  },
  {
    name: 'Combine',
    calls: 'social togeth combin synerg partner join communit',
    why: [
      'Combine (SCAMPER): two things that are already there carry each other, and neither needs a new audience.',
      'Combine (SCAMPER): joining what people do anyway with what is new costs them no extra step.',
    ],
    moves: [
      [
        'domain',
        'Tie {it} to {thing3} that take place anyway',
        'There are {thing3} already, with people who come for them; let {it} begin and end there.',
        'Announce it in the first five minutes, and collect reactions in the last five.',
      ],
      [
        'placed',
        'Share the work with a neighbour of {place}',
        'Find one organisation close to {place} that has the same need, and do it once for both.',
        'Agree on a single page about who does what, and on how to part again if it does not work.',
      ],
      [
        'any',
        'Pair a beginner with an old hand',
        'Two people who know different halves of the matter work on it side by side for one afternoon.',
        'The beginner asks why, the old hand answers, and a third person writes down what neither had thought of.',
      ],
      [
        'offer',
        'Merge {it} with a habit that {people} have',
        'Look for something that {people} already do every week, and attach {it} to exactly that moment.',
        'A reminder is no longer needed: the habit is the reminder.',
      ],
    ],
  },
  {
    name: 'Adapt',
    calls: 'proven safe exist reus standard establish practic',
    why: [
      'Adapt (SCAMPER): somebody has solved a problem like this one, and their mistakes are free of charge.',
      'Adapt (SCAMPER): what works elsewhere needs fitting, and not inventing.',
    ],
    moves: [
      [
        'any',
        'Copy the best example you know, then change one thing',
        'Pick the best example of somebody who managed to {aim}, rebuild it as closely as you can, and alter only what does not fit.',
        'Ask its makers what they would leave out today; most are glad to tell.',
      ],
      [
        'placed',
        'Fit it to the rhythm of {place}',
        'Write down a usual week at {place}, hour by hour, and mark where there is room for {it} and where there is none.',
        'Launch in a quiet hour, and grow towards the busy ones.',
      ],
      [
        'offer',
        'Make a version for the hands of a child',
        'If a nine-year-old can use {it} without help, so can {people} who are tired, in a hurry or in doubt.',
        'Test it with one family before it is finished, and change whatever needed an explanation.',
      ],
    ],
  },
  {
    name: 'Modify',
    calls: 'bold big ambiti scale grow larg impress',
    why: [
      'Modify (SCAMPER): turning one property far up or down makes its effect visible.',
      'Magnify (SCAMPER): what is hidden in the middle of the scale shows at its ends.',
    ],
    moves: [
      [
        'any',
        'Make it ten times smaller',
        'Imagine a tenth of the time, money and people to {aim}, and write down what would still be in it.',
        'That small thing is the core: begin with it on Monday.',
      ],
      [
        'offer',
        'Think of ten times as many {people}',
        'Suppose that {it} had to serve ten times as many {people} next year: what breaks first, and what would have to run by itself?',
        'Mend the first of these now, while it is still easy.',
      ],
      [
        'domain',
        'Put one of the {thing} on a pedestal each week',
        'Choose one out of all {thing}, give it the best place for a week, and tell the story behind it.',
        'Attention grows when there is less to look at, and next week brings a reason to come back.',
      ],
      [
        'any',
        'Slow down the part that everybody rushes',
        'Find the moment that is always hurried, and give it twice the time on purpose.',
        'Compare the mistakes made there before and after; rushing is rarely as quick as it feels.',
      ],
    ],
  },
  {
    name: 'Put to another use',
    calls: 'reus recycl sustain green wast resourc environment',
    why: [
      'Put to another use (SCAMPER): what is left over or idle is the cheapest material there is.',
      'Put to another use (SCAMPER): the same thing serves others once somebody asks who they could be.',
    ],
    moves: [
      [
        'domain',
        'Turn {pain} into something to offer',
        'Instead of hiding {pain}, note down every case for a month, and ask {people} what they would make of it.',
        'At the very least it shows how large the trouble is; at best it pays for its own solution.',
      ],
      [
        'placed',
        'Open {place} in its empty hours',
        'There are hours when {place} stands empty; hand them to people with an idea, in return for help with {it}.',
        'Start with a single evening each month and one person who holds the key.',
      ],
      [
        'any',
        'Use the leftovers of the last attempt',
        'Something was begun before: notes, contacts, material, half a plan; go through it before you {aim} from nothing.',
        'Keep what still convinces you after one night, and name the reason why the rest was dropped.',
      ],
    ],
  },
  {
    name: 'Eliminate',
    calls: 'simpl minim less lean cheap quick small easi budget fast focus',
    why: [
      'Eliminate (SCAMPER): leaving something out is the only improvement that costs nothing to maintain.',
      'Eliminate (SCAMPER): once a part is gone, one learns whether anybody needed it.',
    ],
    moves: [
      [
        'offer',
        'Leave out everything but one thing',
        'Let {it} do a single thing for {people}, so well that they tell others: {act}.',
        'All else goes on a list that is opened again in three months, and not before.',
      ],
      [
        'domain',
        'Remove the need to {act2}',
        'What if {people} never had to {act2} at all, because it had been done for them beforehand?',
        'Watch five of them do it today, and count the steps that serve only the system.',
      ],
      [
        'any',
        'Stop three things before you start one',
        'Name three activities that get in the way whenever you try to {aim}, and end them with a date and a goodbye.',
        'The time set free is the budget; if nothing can be stopped, the plan is too large.',
      ],
      [
        'effort',
        'Cut it down to what fits into twenty minutes',
        'Every piece of the work has to fit into twenty minutes; whatever does not is cut again.',
        'A piece this small gets started on a bad day too, and bad days decide.',
      ],
    ],
  },
  {
    name: 'Reverse',
    calls: 'bold crazi wild unusu surpris origin creativ provok unconvent',
    why: [
      'Reverse (SCAMPER): with the roles exchanged, givers become takers, and unused strength appears.',
      'Reverse (SCAMPER): starting from the end shows which steps lead there and which do not.',
    ],
    moves: [
      [
        'placed',
        'Turn it round: let {people} give to {place}',
        'Usually {place} gives and {people} take; for one season, let them bring what they have and can do.',
        'Begin with a wall of offers and wishes, where each offer is matched with a wish by hand.',
      ],
      [
        'any',
        'Begin with the last day',
        'Describe the day when it is done, in the past tense: who is there, what they say, what has become easier.',
        'Then walk backwards, asking each time what had to happen just before.',
      ],
      [
        'domain',
        'Let {people} be the {helpers} for a day',
        'Exchange the roles for one day: {people} run things, and the {helpers} take their place in the queue.',
        'Both sides write three sentences about it that evening; most improvements are in there.',
      ],
      [
        'made',
        'Ask {people} to set the rules',
        'Hand over the rules of {it}: {people} propose them, vote on them, and can change them each quarter.',
        'Keep a veto for safety and for the law, and use it in the open.',
      ],
    ],
  },
];
