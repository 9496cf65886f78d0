import { breakdown } from './breakdown.ts';

/** An event. */
export const EVENT = breakdown(`
  purpose # 2 | Decide what {people} should remember
  Settle in one sentence what {it} is for, who must be there, and what it may cost at most.
  = Everyone involved tells the same sentence.
  + settle the purpose; settle the budget; name those who must be there

  date < purpose # 3 | Fix date and place
  Ask the most important people first, then reserve a place that suits the number of {people}, with something for bad weather.
  = Date and place are confirmed in writing.
  + ask the most important people; visit two places; reserve one of them

  invitations < date # 4 | Invite
  Send the invitations with time, place, what to bring, and a date to answer by; call those who do not answer.
  = The number of {people} is known, give or take two.
  + collect the addresses; write and send the invitations; follow up on the silent ones

  programme < purpose # 5 | Draw up the programme
  Plan a beginning that brings people together, one high point and an ending; leave air between them.
  = The programme fits on a postcard, with a name beside each item.
  + plan the beginning; plan the high point; plan the ending

  food < invitations # 6 | Arrange food and drink
  Plan what there is to eat and drink for the number of {people}, ask about allergies, and decide what is bought, cooked or brought along.
  = Everything is ordered or assigned, the allergies included.
  + ask about allergies; choose the menu; order or assign

  helpers < programme # 7 | Share out the jobs
  Find somebody for setting up, welcoming, music, photographs and clearing away, and give each of them a card with times.
  = Each job has a name, and a second one in case of illness.
  + list the jobs; ask for help; hand out the cards

  equipment < date, programme # 8 | Get rooms and equipment ready
  Order or borrow tables, chairs, sound, light and decoration; check power and keys on the spot.
  = Everything is there the day before and has been switched on once.
  + list what is needed; borrow or order; test it on the spot

  day < food, helpers, equipment # 1 | Hold {it}
  {Aim}: set up early, welcome everybody by name, and let one person mind the clock so that nobody else has to.
  = The last guest has left smiling, and the place is as it was.
  + set up; welcome and host; clear away

  thanks < day # 9 | Say thank you
  Thank helpers and {people} within three days, share the pictures, settle the bills, and note what to do differently.
  = All thanks are sent and all bills paid.
  + send thanks and pictures; settle the bills; note what was learned
`);

/** A journey. */
export const TRIP = breakdown(`
  wishes # 2 | Collect the wishes
  Ask everybody who comes along for the one thing they would hate to miss, and the one thing they would hate to do.
  = Each person has one wish on the list and one veto.
  + ask everybody; settle the pace; settle who comes along

  frame < wishes # 3 | Fix dates and budget
  Choose the dates, a sum for each day and a reserve, and check holidays, weather and opening times.
  = Dates and sum are agreed with everybody.
  + compare dates; set the budget; check weather and holidays

  route < frame # 4 | Draw the route
  Lay the wishes on a map, keep the daily distances short, and leave every second afternoon free.
  = Each day has one fixed point and room around it.
  + mark the wishes on a map; order the days; plan the free time

  transport < route # 5 | Book the way there and back
  Compare ways by time, price and effort, and book those that get dearer first.
  = Tickets are at hand, on paper too.
  + compare the ways; book; store the tickets

  beds < route # 6 | Book places to sleep
  Choose places close to where the mornings begin, with a date until which they can be cancelled.
  = There is a confirmed bed for every night.
  + choose the areas; compare places; book with the right to cancel

  papers < frame # 7 | Put papers and health in order
  Check passports, visas, insurance, vaccinations and medicine; copies go to somebody at home.
  = Nothing that takes longer than a week is still open.
  + check the documents; arrange insurance; pack a small first-aid kit

  packing < transport, beds # 8 | Pack
  Pack by the weather and the days, then take out a third; chargers, medicine and documents go on top.
  = The bag can be carried up three flights of stairs without a sigh.
  + write the list; lay everything out; take out a third

  home < transport # 9 | Leave home in good hands
  Arrange for plants, animals, post and keys, and leave an itinerary with somebody who is reachable.
  = A named person knows when you come back, and how to reach you.
  + ask somebody to look after things; hand over the keys; leave the itinerary

  journey < packing, papers, home # 1 | Set off
  {Aim}, with the plan in the pocket and not in the hand; look each evening at tomorrow only.
  = Everybody is back, with a story that was not in the plan.
  + travel there; be there; travel back
`);

/** Filling a position. */
export const HIRING = breakdown(`
  need # 2 | Write down what the person will change
  Describe what will be better six months after {it} has started, and which three abilities that really takes.
  = The team agrees on three abilities, and on what can be learned on the job.
  + describe the first six months; choose three abilities; settle salary and conditions

  advert < need # 4 | Write an honest advertisement
  Describe an ordinary week, the salary, the team and the tedious part; leave out everything that merely sounds good.
  = Somebody in the team says: that is how it is.
  + describe an ordinary week; name the salary; have the team read it

  assessment < need # 5 | Design the interviews
  Decide who asks what, choose a paid task close to real work, and write down beforehand how a good answer looks.
  = Each ability is tested once, and the marks have a scale.
  + divide the questions; prepare the task; write the scale

  search < advert # 6 | Search actively
  Publish the advertisement, ask every colleague for one name, and write to ten people personally.
  = At least fifteen serious applications or answers are there.
  + publish; ask the team for names; write to ten people

  screening < search # 7 | Read and answer applications
  Read each application against the three abilities only, and answer everybody within two working days.
  = Everybody has an answer, and five {people} are invited.
  + read in pairs; answer everybody; invite the best

  interviews < screening, assessment # 1 | Meet the {people}
  Hold the interviews in the same order for all, write down impressions before talking to each other, and leave half the time for their questions.
  = Each of the {people} has marks from at least three people.
  + hold first talks; do the paid task; introduce the team

  decision < interviews # 3 | Decide and make the offer
  Compare marks and notes, call two former colleagues, and make the best of them an offer the same week.
  = An offer is signed, and the others have had a personal answer.
  + compare the notes; call references; make the offer

  start < decision # 8 | Prepare the first month
  Set up desk and access, name a companion, and plan one finished piece of work for the first week.
  = The new colleague has finished something real by the first Friday.
  + prepare desk and access; name a companion; plan the first week
`);

/** Winning attention. */
export const MARKETING = breakdown(`
  goal # 2 | Choose one number and a date
  Decide which number {it} is meant to move, from where to where and until when.
  = The number is known today, and everybody involved has seen it.
  + measure where it stands; choose the target; choose the date

  audience < goal # 3 | Listen to ten {people}
  Talk to ten {people} who came recently and two who left; note why, and in which words.
  = Three sentences have come up again and again.
  + talk to those who came; talk to those who left; collect their words

  message < audience # 4 | Find the one sentence
  Say in one sentence what {people} get and why it can be believed, using their own words.
  = Three of five strangers can repeat it after an hour.
  + write ten versions; test them on strangers; choose one

  channels < audience # 5 | Choose two channels
  List where these {people} spend their attention anyway, and choose two places only, one of them cheap to leave again.
  = For both channels it is clear what an answer costs.
  + list the places; estimate the costs; choose two

  material < message, channels # 6 | Make the material
  Make texts, pictures and a page on which the sentence is kept, in a form that can be changed within an hour.
  = Everything exists in a version that could go out today.
  + write the texts; make the pictures; build the page

  measuring < channels # 7 | Set up the measuring
  Make sure that it can be seen where each answer comes from, without spying on anybody.
  = A test answer has been traced back to its origin.
  + mark the ways in; set up the sheet; send a test answer

  pilot < material, measuring # 8 | Run a small pilot
  Spend a tenth of the budget in a week, with two versions side by side.
  = One of the versions is clearly ahead, or it is clear that neither works.
  + send out two versions; compare; keep the better one

  campaign < pilot # 1 | Run it at full strength
  {Aim} with what the pilot has shown; look at the number each Monday and change one thing at a time.
  = The date has been reached, and the number is known.
  + publish; answer every reaction; adjust weekly

  review < campaign # 9 | Look back
  Compare effort and effect for each channel, keep what worked as a routine, and end the rest.
  = One page says what will be done again and what will not.
  + compare effort and effect; keep what worked; thank those who helped
`);
