import { breakdown } from './breakdown.ts';

/** Moving house or office. */
export const RELOCATION = breakdown(`
  wishes # 2 | Decide what the new place must have
  Write down what has to be within reach, what it may cost each month, and what you gladly leave behind.
  = Five requirements are in order, and the sum is fixed.
  + list what must be in reach; fix the sum; spend two days there

  papers < wishes # 6 | Clear contracts and notice periods
  Note notice periods, deposits, registrations, schools and insurance, with the date by which each has to be done.
  = All dates are in one calendar.
  + check notice periods; list registrations; enter the dates

  place < wishes # 3 | Find and secure the place
  Look at several places at different hours, ask the neighbours, and sign once the requirements are met.
  = The contract is signed, with the date of the keys.
  + search; visit; sign

  sorting < wishes # 5 | Sort out before packing
  Go through room after room: keep, give away, sell, throw away; a third may go.
  = Only what is meant to come along is left.
  + sort one room a week; give away and sell; dispose of the rest

  carriers < place # 4 | Book the carriers
  Get three offers or ask six friends, reserve a van and parking space, and check the insurance.
  = Date, van and parking are confirmed.
  + compare offers; reserve van and parking; check the insurance

  packing < sorting, carriers # 7 | Pack by rooms
  Number the boxes, write room and content on two sides, and pack one box for the first night last.
  = Everything but the first-night box is closed and numbered.
  + get boxes; pack room by room; pack the first-night box

  notices < papers, place # 8 | Tell everyone the new address
  Inform authorities, bank, employer, insurers and friends, and have the post forwarded.
  = The list is ticked off, and the first letter has arrived.
  + inform authorities; inform bank and insurers; forward the post

  day < packing # 1 | Move
  {Aim}: one person directs at the old place and one at the new, beds are put up first, and there is something warm to eat.
  = Everybody sleeps in a made bed in the new place.
  + load; unload by rooms; put up the beds

  settling < day, notices # 9 | Hand over and settle in
  Clean and hand over the old place with a record, unpack the kitchen first, and ring at three neighbours' doors.
  = The deposit is agreed, and the last box is empty.
  + hand over the old place; unpack; meet the neighbours
`);

/** Renovating, repairing or laying out. */
export const RENOVATION = breakdown(`
  wishes # 2 | Decide what has to be better afterwards
  Walk through {it} at different hours, note what annoys and what is good, and put the wishes in order.
  = Three wishes are certain, the others are optional.
  + note what annoys; note what is good; put the wishes in order

  survey < wishes # 4 | Measure and examine
  Measure everything, look behind coverings, and have pipes, wiring and structure checked by somebody who knows.
  = There is a plan with measures, and no guess about what lies behind it.
  + measure; look behind coverings; have it checked

  design < survey # 3 | Draw the new state
  Draw two variants, mark them with tape on the spot, and live with them for a week.
  = One variant has survived a week of tape.
  + draw two variants; mark them with tape; choose

  budget < design # 5 | Work out costs with a reserve
  Get two offers for what others do, price the material, and add a fifth for surprises.
  = The sum with the reserve is affordable.
  + get offers; price the material; add the reserve

  permits < design # 8 | Clear permits and neighbours
  Ask what needs a permit, agree with the owner, and tell the neighbours about noise and dates.
  = Nobody can stop it halfway.
  + ask about permits; agree with the owner; tell the neighbours

  orders < budget # 6 | Order material and people
  Order what takes long first, agree on dates in writing, and borrow tools that are needed once.
  = Everything for the first week is on the spot.
  + order material; book craftspeople; borrow tools

  preparation < permits # 9 | Clear and protect
  Clear the space, cover what stays, and set up a provisional place for daily life.
  = Work can begin, and daily life goes on somewhere else.
  + clear; cover; set up the provisional place

  work < orders, preparation # 1 | Do the work from rough to fine
  {Aim}: structure and pipes before surfaces, surfaces before paint; one look round each evening, with photographs of what will be hidden.
  = Every item of the plan is done or deliberately dropped.
  + do the rough work; do the surfaces; do the finishing

  acceptance < work # 7 | Check and move back in
  Try everything once, have faults mended before the last bill is paid, and move back in.
  = The list of faults is empty.
  + try everything; have faults mended; move back in
`);

/** Anything else. */
export const GENERAL = breakdown(`
  aim # 2 | Agree on what success looks like
  Describe in two sentences what will be different once you {aim}, for whom, and how one will notice.
  = Two people who were not there have understood it the same way.
  + write the two sentences; name those concerned; choose a sign of success

  situation < aim # 4 | Find out where things stand
  Collect what is already there on “{phrase}”: people, material, earlier attempts and fixed dates.
  = One page shows what exists and what is missing.
  + list what exists; ask about earlier attempts; note fixed dates

  voices < aim # 5 | Listen to those it concerns
  Talk to three {people} about what they expect and what they fear, before anything is settled.
  = Their three most important sentences are written down.
  + choose three {people}; ask and listen; note their words

  options < situation, voices # 3 | Work out three ways
  Outline three different ways to go about it, one of them very small, with effort, risk and benefit.
  = Each way fits on half a page and has an advocate.
  + outline a small way; outline an ambitious way; compare them

  resources < situation # 7 | Secure time, money and helpers
  Settle who gives how much time until when, what it may cost, and what will have to wait because of it.
  = Everybody involved has said yes to their part.
  + find helpers; settle the budget; free the time

  trial < options # 6 | Try the chosen way on a small scale
  Carry out the riskiest part with the smallest effort, and see what it teaches.
  = The most important assumption is confirmed or refuted.
  + choose the riskiest part; try it; adjust the plan

  work < trial, resources # 1 | Carry it out
  {Aim}: in short stages, each with something to show, and a look at the aim after each of them.
  = What was described at the beginning can be seen.
  + finish the first stage; show it and listen; finish the rest

  review < work # 8 | Look back and hand over
  Compare the result with the aim, thank those who helped, and settle who looks after it from now on.
  = It is in somebody's hands, and the lessons are written down.
  + compare with the aim; thank those who helped; hand over
`);
