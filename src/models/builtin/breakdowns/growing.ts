import { breakdown } from './breakdown.ts';

/** Learning something. */
export const LEARNING = breakdown(`
  goal # 2 | Choose what you want to be able to do
  Describe one situation in which you will use it: where, with whom, and how one will notice that it works.
  = The situation has a date and a witness.
  + describe the situation; fix the date; tell somebody

  level < goal # 5 | Find out where you stand
  Try the situation today, record it, and note the three largest gaps.
  = There is a recording, and a list of three gaps.
  + try it; record it; note the gaps

  material < goal # 4 | Choose one course and one book
  Look at three recommended ways of learning {it}, choose one for the structure and one to look things up, and close the rest.
  = Both lie on the table, and the other tabs are closed.
  + ask for recommendations; compare three; choose

  schedule < level, material # 3 | Set up the weekly rhythm
  Short and often: twenty minutes on five days, at the same spot, with everything at hand.
  = A whole week has gone by as planned.
  + choose time and place; prepare the spot; settle what counts on bad days

  basics < schedule # 1 | Practise the foundations
  Work through the twenty most common pieces of {it} until they come without thinking.
  = The twenty pieces work three days in a row.
  + list the twenty pieces; practise them in pairs; test yourself weekly

  company < schedule # 7 | Find company
  Look for a teacher, a partner or a group to meet every fortnight, somebody who corrects and somebody to show things to.
  = The next two meetings are in the calendar.
  + look for a group; arrange a first meeting; ask for corrections

  application < basics, company # 6 | Use it for something real
  Choose a small real occasion well before the date and get through it with what is there.
  = It has been used outside the practice room once, with all its mistakes.
  + choose the occasion; prepare; note what was missing

  gaps < application # 8 | Close the gaps that showed
  Take the three most annoying weaknesses from the occasion and practise nothing else for two weeks.
  = A second recording is clearly better at these three.
  + choose three weaknesses; practise them; record again

  performance < gaps # 9 | Do what you set out to do
  {Aim}: go into the situation from the beginning, with the witness, and celebrate afterwards.
  = It has happened, and the next aim has a name.
  + rehearse; do it; choose the next aim
`);

/** Getting fitter or healthier. */
export const FITNESS = breakdown(`
  check # 2 | See where you stand
  Measure two or three simple things, note old injuries, and ask a doctor if anything speaks against it.
  = The starting values are written down, and nothing speaks against it.
  + measure; note injuries; have a check-up if in doubt

  goal < check # 3 | Set a goal with a date
  Say what you want to manage and by when, and a smaller goal that would already please you.
  = Both goals hang where you see them every day.
  + choose the goal; choose the smaller one; tell a friend

  plan < goal # 4 | Draw up the weeks
  Enter rest days first, then two or three sessions a week, rising by a tenth at most, with every fourth week lighter.
  = The calendar is full up to the date, and looks feasible.
  + enter rest days; enter sessions; enter lighter weeks

  surroundings < goal # 6 | Make it easy to begin
  Lay out clothes, choose routes and times, and arrange with somebody who waits for you.
  = The first minute of a session takes no decision.
  + lay out what is needed; choose routes; find company

  nourishment < check # 7 | Settle food and sleep
  Fix a bedtime and three meals that suit the training; change one habit at a time.
  = A fortnight has gone by with the new habit.
  + fix the bedtime; choose simple meals; change one habit

  base < plan, surroundings # 1 | Build the base
  {Aim} begins gently: keep to the sessions at a pace at which one can talk, and write down two lines after each.
  = Four weeks are done, with no more than two sessions missed.
  + start gently; keep the diary; correct the technique

  build < base, nourishment # 5 | Raise the load
  Add length first and intensity later; at the first pain that stays, take a step back.
  = The longest session is close to what the date demands.
  + add length; add intensity; watch for pain

  taper < build # 8 | Rest before the date
  Do half as much for ten days, sleep more, and try nothing new.
  = You are looking forward to it.
  + halve the load; sleep more; prepare equipment

  day < taper # 9 | The day itself
  Begin slower than you would like, stay with the plan, and enjoy the last part.
  = It is done, and the next goal can wait for a week.
  + prepare the morning; keep to the plan; recover
`);

/** Making something that exists better. */
export const IMPROVEMENT = breakdown(`
  measure # 2 | Measure where things stand
  Count for one or two weeks how much, where and when, with a method that takes seconds, so that later there is something to compare with.
  = There is one number for today, and everybody knows how it came about.
  + choose what to count; count for a week; draw it on one sheet

  listen < measure # 4 | Ask those who are there every day
  Talk to three {people} and two of the {helpers} in the place where it happens: what do they do, why, and what would they change first?
  = Their reasons are written down in their own words.
  + talk to {people}; talk to the {helpers}; watch for an hour

  causes < measure, listen # 3 | Find the two main causes
  Sort what was counted and heard by cause, and check with single cases whether the largest two are really causes.
  = Two causes explain more than half of it.
  + sort by cause; check single cases; agree on two

  proposals < causes # 6 | Collect proposals for each cause
  Find five ways for each cause, among them one that costs nothing and one that sounds absurd; choose two to try.
  = Two proposals are chosen, each with a person who wants to do it.
  + collect proposals; estimate effort and effect; choose two

  support < causes # 7 | Win those who decide
  Show the number and the causes to those who have to agree, and ask for a trial of four weeks rather than for a decision.
  = The trial has been agreed to.
  + show the number; ask for a trial; settle the limits

  trial < proposals, support # 1 | Try both for four weeks
  {Aim} on a small scale: change one thing at a time, keep counting in the same way, and listen to complaints at once.
  = Four weeks of figures are there for each of the changes.
  + announce the trial; make the change; count and listen

  compare < trial # 5 | Compare before and after
  Set the figures of the trial beside the first ones, and ask {people} what has become better and what worse.
  = It is clear for each change whether it stays, is altered or ends.
  + compare the figures; ask {people}; decide

  anchor < compare # 8 | Make it the normal case
  Turn what works into the default: in tools, in contracts, in the training of new {helpers}.
  = It works in a week in which nobody thinks of it.
  + change the default; train those involved; write it down

  follow < anchor # 9 | Look again after three months
  Count once more, publish the number, and decide whether to go on to the next cause.
  = The third number stands beside the first two.
  + count again; publish; choose the next cause
`);
