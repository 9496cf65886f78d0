import { breakdown } from './breakdown.ts';

/** Software, new or changed; `feature` stands for one step per feature. */
export const SOFTWARE = breakdown(`
  needs # 2 | Ask {people} and {helpers} what they need
  Sit down with three {people} and one of the {helpers}, watch them {act}, and write down what they want to get done and what stops them today.
  = The five most wanted tasks are on one page, in their own words and in order.
  + talk to three {people}; watch one of the {helpers} at work; write down what stays out of the first version

  design < needs # 5 | Sketch the screens
  Draw the way from opening {it} to getting the first task done, on paper, and try the sketches on two {people} before any code exists.
  = Two {people} have found their way through the sketches without help.
  + draw the start screen; draw the way to {act}; choose words, colours and type

  data < needs # 6 | Describe the data and where it comes from
  List what has to be stored about {thing}, {thing2} and {people}, what must not be stored, and what can be taken over from existing lists.
  = Every field has a name, a reason and an owner, and real examples have been entered by hand.
  + list what is stored about {thing}; decide what is kept private; collect existing lists

  foundation < needs # 4 | Set up the project
  Create the repository, the automatic tests and a first empty page that is online, so that every later change can be seen by others the same day.
  = A change reaches the test address by itself in less than ten minutes.
  + choose framework and hosting; set up tests and checks; put an empty page online

  feature < design, data, foundation # 1 | Build {feature}
  Cover it from the screen to the database, with tests for the ordinary case and for the three most likely mistakes.
  = {People} can use {feature} at the test address, and the tests pass.
  + write the tests for {feature}; draw the screen for {feature}; connect {feature} to the data

  access < design, data, foundation # 8 | Settle who may see and do what
  Decide which parts are open to all, which need a sign-in, and what the {helpers} may do beyond that; then build exactly this.
  = Somebody who is not signed in has tried to get at private data, and failed.
  + write down the roles; build the sign-in; try to break in

  trial < feature, access # 3 | Let a handful of {people} try it
  Give {it} to five {people} for a week, watch two of them without helping, and mend what made them hesitate.
  = Five {people} have finished their task alone, and the three worst obstacles are gone.
  + invite five {people}; watch and take notes; mend the worst obstacles

  operation < foundation # 9 | Prepare for everyday use
  Set up backups, a restore that has been tried, a message to somebody when {it} is down, and a page on how to help oneself.
  = A backup has been restored, and a staged outage was noticed within five minutes.
  + set up and restore a backup; set up an alarm; write the help page

  launch < trial, operation # 7 | Launch and hand over
  Announce {it} where {people} will see it, show it to the {helpers} in person, and agree on who looks after it from now on.
  = {It} is in use, and a named person answers questions about it.
  + announce it; train the {helpers}; plan the first month of care
`);

/** Moving something that works, to where it is to work from now on. */
export const MIGRATION = breakdown(`
  inventory # 2 | Take stock of what is there
  List everything that depends on {it}: data, interfaces, jobs, reports and the habits of {people}; mark what nobody uses any more.
  = Each entry has an owner and one of three marks: move, replace or drop.
  + list the data; list interfaces and jobs; ask {people} what they rely on

  target < inventory # 5 | Set up the new home
  Set up the new environment with the same rules for access, backups and monitoring as the old one, and put a small sample into it.
  = The sample works in the new environment, end to end.
  + set up the environment; set up access and backups; load a small sample

  rollback < inventory # 4 | Prepare the way back
  Decide until when a return is possible, what it costs, and who may order it; then practise it once.
  = The return has been rehearsed with a stopwatch.
  + take a full backup; write the steps of the return; rehearse it

  rules < inventory # 6 | Map old to new
  Write down for each kind of record where it goes, how it changes, and what happens to those that do not fit.
  = Ten awkward records have been mapped by hand without a guess.
  + map the ordinary records; collect the awkward ones; decide what is left behind

  rehearsal < target, rules # 3 | Rehearse with a full copy
  Move a complete copy, measure how long it takes, and compare counts and samples between old and new.
  = Counts agree, and every difference is explained.
  + move the copy; compare the counts; let {people} check samples

  notice < rehearsal # 8 | Tell everybody the date
  Tell {people} when it happens, what will be different, what to finish beforehand, and whom to ask on the day.
  = Nobody who is affected learns of it on the day.
  + write the notice; tell those most affected in person; set up a place for questions

  switch < rehearsal, rollback, notice # 1 | Switch over
  {Aim}, in the quietest hour, by the written steps, with one person who does and one who checks.
  = Work goes on in the new place, and the checks of the first hour are green.
  + freeze the old side; move what has changed; check and open up

  watch < switch # 7 | Watch closely for two weeks
  Compare the daily figures with those from before, answer every question the same day, and keep the old side readable.
  = Two weeks have passed without an unexplained difference.
  + compare figures daily; answer questions; mend what was missed

  farewell < watch # 9 | Shut down the old side
  Archive what has to be kept, end contracts and accesses, and write down what was learned.
  = The old side is off, and somebody knows where the archive is.
  + archive; cancel contracts; write down what was learned
`);

/** A text. */
export const WRITING = breakdown(`
  purpose # 2 | Decide what it is to achieve
  Put into one sentence what {people} should know, feel or do after reading {it}; whatever does not serve that sentence stays out.
  = The sentence stands at the top of an empty page.
  + name the reader; write the sentence; decide on length and tone

  material < purpose # 4 | Collect the material
  Gather facts, dates, examples and quotations on “{phrase2}”, with a note of where each one comes from.
  = Every claim that will be made has something to stand on.
  + collect facts and dates; find one telling example; check what may be quoted

  objections < purpose # 7 | Collect what the reader may object
  Write down the three most likely objections or questions, and an honest answer to each.
  = Somebody else has added a fourth, and it has an answer too.
  + guess the objections; ask somebody for theirs; write the answers

  outline < material, objections # 3 | Build the outline
  Order the material so that each part makes the next one necessary; one line per paragraph is enough.
  = The outline can be told aloud in one minute, and it holds.
  + choose the beginning; order the middle; write the last sentence

  draft < outline # 1 | Write the draft in one go
  {Aim}: from beginning to end without correcting, leaving gaps where a word or a fact is missing.
  = There is a complete text, however rough.
  + write the beginning; write the middle; write the ending

  rest < draft # 9 | Let it rest
  Put {it} away for at least one night and do something else.
  = It can be read as if somebody else had written it.
  + put it away; note what comes to mind; plan the revision

  feedback < draft # 6 | Have somebody read it
  Give the draft to one person who knows the matter and one who does not, with two questions: where did you stop, and what is missing?
  = Both have answered, in their own words.
  + choose the readers; ask the two questions; note their words

  revision < rest, feedback # 5 | Revise and shorten
  Mend what is unclear, cut what is said twice, and read it aloud; the ear hears what the eye forgives.
  = It has become shorter, and nothing is missed.
  + mend what is unclear; cut a fifth; read it aloud

  release < revision # 8 | Check and send it out
  Check names, numbers and spelling, choose the time, and send or publish {it}.
  = It has arrived where it belongs, and a copy is kept.
  + check names and numbers; prepare the sending; keep a copy
`);

/** Opening a business. */
export const BUSINESS = breakdown(`
  offer # 2 | Decide what makes it worth a detour
  Describe in two sentences what {it} offers to whom, and why they would pass by the others for it.
  = Five strangers have understood the two sentences and asked a question.
  + describe the offer; describe the {people}; look at the three nearest competitors

  trial < offer # 3 | Sell something before anything is signed
  Offer {thing} at a market stall, in a borrowed corner or by order for three weekends, and write down what sells at which price.
  = Strangers have paid the full price, several of them twice.
  + choose three things to sell; find a place for three weekends; write down every sale

  figures < offer # 4 | Work out the figures
  Estimate rent, wages, material and prices for a year; find how many {people} a day are needed to break even, and what happens with a third fewer.
  = Somebody who knows the trade has checked the sheet and signed it.
  + list the costs of opening; list the costs of a month; calculate the break-even

  permits < offer # 6 | Clear permits and insurance
  Ask which permits, inspections and insurances are required, how long they take, and in which order they have to come.
  = There is a list with dates, and nothing on it is a guess.
  + ask the authorities; ask an insurer; enter the dates in a calendar

  money < figures, trial # 7 | Secure the money
  Put together savings, a loan and support from the region, with a reserve for half a year.
  = The money is promised in writing, the reserve included.
  + write the business plan on five pages; talk to two banks; look for grants

  place < figures, permits # 5 | Find the place
  Look at six places at different hours of the day, count who passes, and negotiate the one that fits the figures.
  = The lease is signed, with a way out if a permit fails.
  + count passers-by; check the building; negotiate the lease

  fitting < place, money # 8 | Fit it out
  Set up rooms, equipment and suppliers, simple enough to be changed after the first month.
  = A full day has been rehearsed from opening to closing.
  + order the equipment; choose suppliers; rehearse a day

  team < money # 9 | Find the first {helpers}
  Look for the first {helpers}, pay for a trial day, and settle shifts and responsibilities in writing.
  = Every opening hour of the first month has somebody in it.
  + describe the work; invite to trial days; write the shifts

  opening < fitting, team # 1 | Open softly, then loudly
  {Aim}: first for neighbours and friends at half speed, a week later for everybody.
  = The first ordinary week is over, and the books are up to date.
  + invite the neighbours; open for everybody; note what to change
`);
