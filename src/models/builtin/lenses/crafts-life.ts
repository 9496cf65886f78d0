import type { KindName } from '../kinds.ts';
import type { Move } from './lens.ts';

/** Ideas for what is mostly life. */
export const LIFE_MOVES: Partial<Record<KindName, readonly Move[]>> = {
  event: [
    [
      'made',
      'Tell a life in ten objects',
      'Ten objects on a table, each with a card and an anecdote, and {whom} at the centre; {people} add an eleventh of their own.',
      'Ask for the objects two weeks ahead, and keep the list secret.',
    ],
    [
      'made',
      'Give everybody a small job',
      'Each of the {people} gets a card at the door: photographer, keeper of the music, teller of one story, lighter of candles.',
      'People with a task talk to strangers, and nobody stands in a corner.',
    ],
    [
      'made',
      'Plan the ending first',
      'What will {people} remember of {it}? Probably the last half hour: give it a song, a walk or a shared dish.',
      'Then fill the hours before it with less than you had in mind.',
    ],
    [
      'made',
      'Move it to an unexpected hour',
      'A breakfast instead of a dinner, a Thursday instead of a Saturday: {it} at an odd hour is cheaper, and remembered.',
      'Ask three people whose presence matters most before fixing the date.',
    ],
    [
      'made',
      'Let the menu follow a map',
      'Each dish or station stands for a place that means something to {whom}, in the order of a journey.',
      'A hand-drawn map on the wall makes a good start for conversations.',
    ],
    [
      'made',
      'One long table instead of many small ones',
      'Put everybody at a single table, change seats after each course, and let chance decide with drawn cards.',
      'By dessert, all of them have met, and the quiet ones have had a neighbour each time.',
    ],
  ],
  learning: [
    [
      'effort',
      'Choose the piece to perform at the end',
      'Fix today what you will show to whom on the last day; everything before it becomes a rehearsal.',
      'Invite three friendly listeners now, so that there is no way back.',
    ],
    [
      'effort',
      'Practise fifteen minutes at breakfast',
      'Short and daily beats long and rare: give {it} a quarter of an hour at the same spot, with everything laid out the evening before.',
      'Cross off each day on a paper calendar; the chain itself becomes a reason to go on.',
    ],
    [
      'effort',
      'Teach each lesson to somebody the same evening',
      'Explain what you learned about {it} to a patient person within twelve hours.',
      'Where the explanation stumbles is where tomorrow begins.',
    ],
    [
      'effort',
      'Learn the twenty most common pieces first',
      'A few words, chords or moves come up most of the time; make a list of the twenty commonest for {it}, and leave the rest for later.',
      'With twenty of them, one can already take part, and taking part teaches the others.',
    ],
    [
      'effort',
      'Record yourself every Sunday',
      'One minute each week, unedited, never deleted.',
      'Listening to the first recording in the tenth week is worth more than any praise.',
    ],
  ],
  purchase: [
    [
      'any',
      'Fifty-two questions, one for each week',
      'A box of cards with one question for every week of the year, each asking {whom} for a story nobody has written down yet.',
      'Half of the questions come from you, the other half from those who know other chapters.',
    ],
    [
      'any',
      'A subscription to small surprises',
      'Instead of one thing on one day, something small arrives for {whom} on the first of each month, chosen by somebody else each time.',
      'Settle the order of the givers now, and let nobody know what the others plan.',
    ],
    [
      'any',
      'Give time instead of a thing',
      'A day together with {whom}, planned in every detail and wrapped as a ticket, needs no shelf.',
      'Choose something that {whom} used to enjoy and has not done for years.',
    ],
    [
      'any',
      'Have the old favourite repaired',
      'Something that {whom} loves is waiting somewhere with a crack; a good repair tells more than something new.',
      'Ask for the story of the thing before it goes to the workshop.',
    ],
    [
      'any',
      'Borrow it for a week first',
      'Before money changes hands, live with {it} for a week: borrowed, rented or shared.',
      'Write down each time it was used; the list decides.',
    ],
    [
      'any',
      'Collect contributions from ten people',
      'Ten people give one small part each: a page, a recipe, a photograph, a song; together they make {it} unmistakable for {whom}.',
      'Set the deadline a week too early, because two of the ten will need it.',
    ],
    [
      'any',
      'Buy the second-best, second-hand',
      'The model before the latest one costs half and has its faults described in public; look for {it} there.',
      'Take somebody along who knows the weak spots, and agree on a limit beforehand.',
    ],
  ],
  trip: [
    [
      'effort',
      'Choose one street per day',
      'Instead of all the sights, each day belongs to one street, with its cafés, its workshops and its benches.',
      'Let everybody who comes along choose one of the days.',
    ],
    [
      'effort',
      'Travel after a theme',
      'Bridges, bakeries or burial places of poets: a theme lays a thread through the days and leads to corners that no guide names.',
      'Ask one local each day for the next knot of the thread.',
    ],
    [
      'effort',
      'Leave every second afternoon empty',
      'The best hours of a journey cannot be booked; keep them free on purpose.',
      'Carry a card with three wishes for the empty hours, and draw one.',
    ],
    [
      'effort',
      'Go there slowly',
      'Make the way part of it: a slow train, a night on a ship, the last miles on foot.',
      'Plan the return as the fast half, when the head is full anyway.',
    ],
  ],
  fitness: [
    [
      'effort',
      'Sign up with a friend who lives close by',
      'Whoever is waited for at the corner does go; arrange three fixed mornings each week.',
      'Agree that bad weather does not count, and that a short round does.',
    ],
    [
      'effort',
      'Put the shoes in front of the bed',
      'Everything that is needed lies ready the evening before, so that the first minute takes no decision.',
      'Nothing has to follow after the first ten minutes; most of the time, it will.',
    ],
    [
      'effort',
      'Plan the rest days first',
      'Enter rest and sleep into the calendar before any session, and treat them as training.',
      'Whoever recovers well can keep at it longer, and hurts less.',
    ],
    [
      'effort',
      'Raise it by a tenth each week',
      'Never more than a tenth on top of last week, and every fourth week a third less.',
      'A dull rule that protects from eager mistakes.',
    ],
  ],
  renovation: [
    [
      'any',
      'Live with tape lines for a week',
      'Mark every new wall, shelf or bed with tape on the spot, and move about as if it were there.',
      'Each bump into something that does not exist yet saves a day of work.',
    ],
    [
      'any',
      'Restore the oldest piece first',
      'Choose the oldest part that is still sound, bring it back to its best, and let it set the tone for the rest.',
      'Colours and materials then answer to it, which settles a hundred small questions.',
    ],
    [
      'any',
      'Build with what was torn out',
      'Boards, bricks and handles from the demolition come back as a bench, a path or a frame.',
      'Sort while taking apart; later nobody does it.',
    ],
  ],
  relocation: [
    [
      'any',
      'Pack for the first night only',
      'One box holds all that the first evening and morning need: bedding, kettle, tools, papers, a light.',
      'It is packed first, travels last, and is opened before anything else.',
    ],
    [
      'any',
      'Live there for a weekend before deciding',
      'Spend two nights in the new surroundings, with errands, an evening walk and the way to work on a wet Monday.',
      'Note what you miss; it tells what to look for.',
    ],
    [
      'any',
      'Give away a third',
      'Each thing has to earn its place in the van; invite friends to an evening of choosing what they would like to have.',
      'What nobody wants, not even you, has answered its question.',
    ],
  ],
};
