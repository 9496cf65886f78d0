import type { KindName } from '../kinds.ts';
import type { Move } from './lens.ts';

/** Ideas for what is mostly work. */
export const WORK_MOVES: Partial<Record<KindName, readonly Move[]>> = {
  software: [
    [
      'domain',
      'One screen, one question: what do you want to do?',
      'Let {it} open with a single question and three large answers: {act}, {act2}, {act3}.',
      'Everything else hides behind a small “more”, and moves forward only when it is used.',
    ],
    [
      'offer',
      'Let {people} use it without an account',
      'The first useful thing in {it} works without signing in; a name is asked for only when something has to be remembered.',
      'Compare how many get to the end with and without the form; the difference is the price of the form.',
    ],
    [
      'domain',
      'A message before there are {pain}',
      'Have {it} send one short message in good time, with a button that settles the matter on the spot.',
      'A message that can be answered with one thumb prevents more than ten polite letters.',
    ],
    [
      'domain',
      'Build a quiet corner for the {helpers}',
      'The {helpers} get a page of their own: what needs doing today, what is odd, what can wait, and nothing else.',
      'Sit beside them for a morning first, and put on the page only what they looked up by hand.',
    ],
    [
      'domain',
      'Print a code for each shelf and every door',
      'Small printed codes lead from the place where {people} stand straight to the right page of {it}.',
      'Begin with ten codes where questions about {thing} are asked most often.',
    ],
    [
      'offer',
      'Make it work on a bad connection',
      'Design {it} for an old telephone with one bar of signal: little to load, nothing lost, everything sent later.',
      'What is pleasant there is a delight everywhere else.',
    ],
    [
      'domain',
      'Show what others did with {thing}',
      'A gentle list of what other {people} chose lately, without names, with one sentence on why.',
      'Begin with recommendations written by the {helpers}, until there are enough of the others.',
    ],
  ],
  improvement: [
    [
      'effort',
      'Measure for one week before changing anything',
      'Count for five days where, when and how much, with a tally sheet that takes ten seconds at a time.',
      'The count usually points to one weekday or one spot, and the attempt to {aim} can begin exactly there.',
    ],
    [
      'effort',
      'Change the default instead of the people',
      'Whatever happens when nobody decides should be the better choice; {people} can still ask for the other one.',
      'Change a single default first, tell everybody openly, and compare the numbers after a month.',
    ],
    [
      'placed',
      'Give {place} a small standing team',
      'Three people from different corners of {place} meet for fifteen minutes each week, with one number and one decision.',
      'Rotate one seat each month, so that the knowledge spreads by itself.',
    ],
    [
      'effort',
      'Ask those who see it every day',
      'Go to the {helpers} first: they know where things go wrong, and hardly anybody has asked them.',
      'Carry out their easiest proposal within a week; nothing else shows as clearly that the question was meant.',
    ],
    [
      'effort',
      'Let two groups compete, then swap',
      'Two groups try different ways to {aim} for a fortnight, then each takes over what the other found.',
      'Publish both results side by side, and celebrate the better idea rather than the better group.',
    ],
    [
      'domain',
      'Offer {thing} in two sizes',
      'One size for all is convenient for the {helpers} only; let {people} choose between a small and a large one.',
      'Track for two weeks which one gets chosen when, and adapt what is prepared.',
    ],
  ],
  writing: [
    [
      'made',
      'Write the last sentence first',
      'Decide what {people} should think or do at the end, put it into one sentence, and let everything before lead there.',
      'Read the beginning and the end aloud in a row; they should shake hands.',
    ],
    [
      'made',
      'Begin with a scene, not with a claim',
      'Open {it} with one moment that can be seen and heard, and let the argument grow out of it.',
      'Cut the first paragraph of the draft; the real beginning is often the second one.',
    ],
    [
      'made',
      'Write it as a letter to one person',
      'Put a photograph of a single reader beside the page, and write {it} to that person alone.',
      'The tone that results is right for most of the others too.',
    ],
    [
      'made',
      'Let the facts stand in a list',
      'What happened, when, and what it cost, in five plain lines; feelings and wishes come after.',
      'Somebody who only reads the list should still know what is wanted of them.',
    ],
    [
      'made',
      'Cut it to half, then read it aloud',
      'Write freely, then halve {it}: first the adjectives, then the apologies, then the second-best example.',
      'Where the voice stumbles in reading aloud, the sentence is too long.',
    ],
  ],
  hiring: [
    [
      'effort',
      'Pay {people} for a day of real work',
      'A paid day on a real and harmless task shows both sides more than five interviews.',
      'Give feedback the same evening, also to those who will not be chosen.',
    ],
    [
      'effort',
      'Let the future colleagues write the advertisement',
      'Those who will work with {it} describe an ordinary Tuesday, the good and the tedious.',
      'An honest advertisement draws fewer applications and better ones.',
    ],
    [
      'effort',
      'Look for those who almost applied',
      'Ask all colleagues for one person they would love to work with again, and write to these by hand.',
      'A personal letter that names the reason gets an answer, even if it is a no.',
    ],
    [
      'effort',
      'Answer everyone within two days',
      'Promise {people} an answer within two working days at every stage, and publish how often it was kept.',
      'Slow answers lose the good ones first.',
    ],
  ],
  marketing: [
    [
      'offer',
      'Win ten loud friends before a thousand followers',
      'Find the ten {people} who would be sad without {it}, and give them something worth passing on.',
      'Call each of them, and write down the words they use; these become the headlines.',
    ],
    [
      'offer',
      'Publish the mistakes',
      'Tell in public what went wrong with {it}, what it cost, and what changed because of it.',
      'Candour is shared more often than praise, and nobody can copy it.',
    ],
    [
      'offer',
      'Offer a useful tool with no sign-up',
      'A checklist, a calculator or a map that helps {people} at once, and has the name in its corner.',
      'Count how often it is passed on rather than how often it is opened.',
    ],
    [
      'any',
      'Advertise where nobody else does',
      'On bread bags, tickets, receipts, tree labels: small surfaces that people hold in their hands and read to the end.',
      'Try one surface for a fortnight, with a question on it instead of a claim.',
    ],
    [
      'any',
      'Turn the best customer into the headline',
      'Replace every slogan by one sentence that a customer really said, with name and picture.',
      'Ask five of them the same question: what would you tell a friend?',
    ],
  ],
  business: [
    [
      'offer',
      'Open for one morning a week',
      'Before rent and staff, {it} opens on Saturday mornings in a borrowed corner, with three things on offer.',
      'What sells out by ten is the assortment; the queue is the market research.',
    ],
    [
      'domain',
      'Sell {thing} by subscription',
      'Regulars pay at the beginning of the month and pick up what is theirs; planning gets easier, and there are fewer {pain}.',
      'Thirty subscribers carry a quiet week; look for them in the streets close by.',
    ],
    [
      'domain',
      'Let people look over the shoulders of the {helpers}',
      'A window or a counter without a back: those who see how things are made do not ask why they cost something.',
      'Once a month the window becomes a door, and visitors join in.',
    ],
    [
      'offer',
      'Be the best at a single thing',
      'Choose one thing that {it} does better than any other within a day’s travel, and let the rest be merely good.',
      'Put it on the sign, and be ready to run out of it.',
    ],
    [
      'domain',
      'Make a feast of what is left at closing time',
      'The last half hour belongs to what is left: one price, one bag, a surprise.',
      'It turns a loss into new faces, who come back at full price later.',
    ],
  ],
  research: [
    [
      'any',
      'Write the abstract before the study',
      'Put the hoped-for result into two hundred words now; it shows which evidence would be needed, and which would be decoration.',
      'Keep the page, and compare it at the end with what was really found.',
    ],
    [
      'any',
      'Look for the strongest opposite finding',
      'Search on purpose for the best work that contradicts what you expect, and treat it as a guest of honour.',
      'If it holds, the question gets better; if it falls, you know why.',
    ],
    [
      'any',
      'Ask five people who live with the question',
      'Beyond papers there are people who meet “{phrase}” every day; five long talks with them redraw the map.',
      'Record their words exactly, and mark what no paper mentions.',
    ],
  ],
  data: [
    [
      'any',
      'Draw the chart by hand first',
      'Sketch the chart that would change somebody’s mind, with invented numbers, and show it to that person.',
      'If it would change nothing, another question has to come first.',
    ],
    [
      'any',
      'Look at twenty single cases',
      'Before any average, read twenty records about “{phrase}” one by one, from beginning to end.',
      'Half of the surprises in the data are mistakes in how they were collected.',
    ],
    [
      'any',
      'Bet on the result beforehand',
      'Everybody involved writes down the number they expect, sealed in an envelope.',
      'The distance between bets and result is the real news.',
    ],
  ],
  migration: [
    [
      'any',
      'Let old and new run side by side',
      'For a month every request goes to both, only the old one answers, and the differences are written to a list.',
      'When the list has been empty for a week, switch over on a quiet morning.',
    ],
    [
      'any',
      'Move the least important thing first',
      'Start with the part whose failure nobody would notice, and learn the whole way with it.',
      'The second part takes half the time, because the surprises are known.',
    ],
    [
      'any',
      'Rehearse the way back',
      'Practise the return to the old state before the first step forward, with a stopwatch.',
      'If it takes less than a coffee break, everybody will be calm on the day itself.',
    ],
  ],
};
