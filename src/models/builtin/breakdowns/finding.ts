import { breakdown } from './breakdown.ts';

/** Finding something out. */
export const RESEARCH = breakdown(`
  question # 2 | Sharpen the question
  Turn “{phrase}” into one question that can be answered, and say what decision depends on the answer.
  = The question fits into one sentence, and its answer could surprise.
  + write five versions; ask who needs the answer; choose one

  known < question # 3 | Find out what is known
  Search for reviews first, then for the latest work and the strongest dissent; note for each source what it rests on.
  = Two new sources in a row have brought nothing new.
  + find overviews; find the latest work; find the strongest dissent

  method < question # 4 | Choose the method
  Decide what would count as evidence, how it is gathered, how much of it is needed, and what would refute the expectation.
  = The plan has been read by somebody who was invited to object.
  + decide what counts as evidence; choose the sample; write down the expectation

  consent < method # 8 | Clear consent and access
  Clarify whose permission is needed, how personal details are protected, and who may see what.
  = All permissions are there in writing.
  + ask for permission; protect personal details; arrange access

  pilot < method # 6 | Try the method on a small sample
  Run through everything once with three cases, and mend what turns out to be unclear.
  = Two people come to the same result on the same case.
  + gather three cases; evaluate them; adjust the method

  gathering < pilot, consent, known # 1 | Gather the evidence
  {Aim} by the agreed method; keep the raw material untouched, and a diary of everything unusual.
  = The planned amount is reached, and gaps are marked as such.
  + gather the main part; keep the diary; check for gaps

  analysis < gathering # 5 | Evaluate
  Evaluate as planned before looking for anything else; test the result against other explanations.
  = The answer comes with a measure of how sure it is.
  + evaluate as planned; test other explanations; have it checked

  report < analysis # 7 | Write down the answer
  Answer on the first page, evidence after it, limits in plain words, raw material in the appendix.
  = Somebody outside the field can say what was found and how sure it is.
  + write the first page; show the evidence; name the limits
`);

/** Working out what figures say. */
export const DATA = breakdown(`
  decision # 2 | Name the decision behind it
  Ask who will decide what differently after seeing the result, and which size of effect would matter to them.
  = The decision and its date are written down.
  + ask the {people}; name the decision; sketch the chart that would settle it

  sources < decision # 3 | Find and get the data
  List the sources on “{phrase}”, who owns them, how they came about, and get a first extract.
  = A first extract is there, with a description of each column.
  + list the sources; get access; describe the columns

  quality < sources # 4 | Look at single records
  Read twenty records one by one, count gaps and doubles, and ask somebody who entered them about whatever looks odd.
  = The known faults are listed, with what is done about each.
  + read twenty records; count gaps and doubles; ask about oddities

  preparation < quality # 6 | Clean and join
  Write a repeatable script from the raw extract to the table that is evaluated; nothing is changed by hand.
  = A second run gives the same table.
  + clean; join the sources; check totals against a known figure

  baseline < quality # 7 | Establish the baseline
  Work out the simplest figure first: the level, its usual fluctuation and the seasons.
  = It is known what would be seen if nothing had happened.
  + calculate the level; show the fluctuation; note special days

  analysis < preparation, baseline # 1 | Answer the question
  {Aim}: compare groups and periods as planned, look for other explanations, and state how sure the result is.
  = The result holds in two different ways of calculating it.
  + compare as planned; test other explanations; state the uncertainty

  review < analysis # 8 | Have it checked
  Let somebody else go through script and reasoning with the task of finding a mistake.
  = The mistakes found are mended, and the result still stands or has been changed.
  + explain it to a colleague; have the script run elsewhere; mend mistakes

  story < analysis # 5 | Show it in one chart
  Make one chart with one sentence above it, in the terms of the decision, and keep the rest for questions.
  = One of the {people} can say in one sentence what it means.
  + choose the chart; write the sentence; test it on somebody

  handover < story, review # 9 | Hand over and keep it alive
  Present the result where the decision is made, store script and data description, and settle who repeats it and when.
  = The decision has been made, and the next run has a date.
  + present it; store everything; settle the next run
`);

/** Buying, or choosing a present. */
export const PURCHASE = breakdown(`
  need # 2 | Write down what it has to do
  Note the three situations {it} is for, what it must have, and what would merely be nice.
  = There are at most five requirements, in order.
  + note the situations; note the requirements; put them in order

  budget < need # 4 | Set the limit
  Decide on a sum with everything that belongs to it: delivery, accessories, upkeep and what can be got for it later.
  = The sum is fixed before the first visit to a shop.
  + add up what belongs to it; fix the sum; decide what a better one may cost

  market < need # 3 | Survey what there is
  Look at tests, ask two owners, and include second-hand, rental and borrowing.
  = Five candidates are on the list, one of them unexpected.
  + read tests; ask owners; look for used ones

  shortlist < market, budget # 5 | Make a shortlist of three
  Compare the candidates by the requirements only, and note the weak point of each.
  = Three remain, each with a reason and a weak point.
  + compare by the requirements; note weak points; drop the rest

  trial < shortlist # 6 | Try the three
  Hold, sit on, switch on or borrow each of them, in the situation it is meant for.
  = It is known which one you would miss.
  + arrange the trials; try each; sleep on it

  terms < shortlist # 7 | Compare the terms
  Compare price, guarantee, return, delivery and repair with at least two sellers.
  = The best terms are there in writing.
  + ask two sellers; compare guarantee and return; negotiate

  purchase < trial, terms # 1 | Buy {it}
  {Aim}: decide, pay safely, and keep receipt and guarantee together.
  = It is there, works, and the receipt is filed.
  + decide; pay and collect; check it at once

  use < purchase # 8 | Put it to use
  Set it up or wrap it, learn what it can do, and enter the end of the return period in the calendar.
  = It has served its purpose once.
  + set it up or wrap it; try it out; note the return period
`);
