/** Words that belong to a field of life, for when the instruction names the field and leaves them out. All plural where they can be. */
export interface Domain {
  /** Whom it is for. */
  people: string;
  /** Who makes it work. */
  helpers: string;
  /** Where it happens, with its article. */
  place: string;
  /** What it deals in. */
  things: readonly [string, string, string];
  /** What the people do there, as verb phrases. */
  acts: readonly [string, string, string];
  /** What goes wrong there; the first as a noun phrase that can follow "less" or "fewer". */
  pain: string;
  /** Words that smell of it, singular: for names. */
  flavours: readonly [string, string, string, string, string];
}

const TABLE = `
library libraries book lend reading librarian: readers | librarians | the library | books, shelves, reading evenings | borrow a book, find a title, bring a book back | overdue books | page, shelf, chapter, lamp, margin
bakery bakeries bread baker cake pastry sourdough croissant: customers | bakers | the bakery | loaves, pastries, ovens | buy bread before work, order a cake, taste something new | unsold loaves | crumb, crust, oven, flour, rise
restaurant café cafe coffee bar canteen menu meal dish kitchen diner cook chef lunch dinner recipe food: guests | cooks | the kitchen | dishes, tables, leftovers | choose a dish, wait for a table, pay the bill | wasted food | salt, spoon, table, ember, thyme
school pupil classroom teacher class homework lesson kindergarten: pupils | teachers | the classroom | lessons, exercises, breaks | ask a question, hand in homework, work in a group | lost attention | chalk, bell, desk, spark, compass
university student course exam study degree thesis learn lecture tutor: students | tutors | the campus | courses, notes, exams | prepare for an exam, find a study group, ask for help | forgotten material | lamp, notebook, quest, ladder, owl
hospital clinic patient doctor nurse medical therapy: patients | nurses | the waiting room | appointments, treatments, records | make an appointment, wait to be seen, follow a treatment | missed appointments | pulse, haven, thread, lantern, balm
fitness gym running marathon workout exercise sport training weight diet muscle yoga health: beginners | trainers | the gym | sessions, goals, rest days | start a session, keep a habit, come back after a break | skipped sessions | stride, pulse, summit, spring, tempo
football club tournament match league player coach: players | coaches | the clubhouse | matches, training sessions, kits | join a training session, travel to a match, cheer | absent players | whistle, banner, net, rally, turf
shop store retail e-commerce boutique market checkout: customers | shop assistants | the shop | products, orders, returns | find the right product, pay, return something | abandoned baskets | basket, counter, ribbon, corner, thread
app application website software web platform api code developer program dashboard user mobile saas: users | administrators | the home screen | entries, messages, files | sign in for the first time, find what they came for, finish a task | abandoned sessions | beacon, loop, pixel, relay, orbit
onboarding employee office meeting remote colleague workplace company staff manager hr culture morale retrospective: colleagues | team leads | the office | meetings, handovers, decisions | prepare a meeting, make a decision, ask for help | needless meetings | compass, anchor, table, relay, circle
hire recruit recruiting candidate interview applicant job career vacancy engineer: candidates | interviewers | the interview | applications, interviews, offers | apply, prepare for an interview, weigh an offer | slow answers | door, ladder, spark, bridge, chair
startup business entrepreneur investor freelance agency consulting: customers | partners | the market | offers, invoices, contracts | try the offer, compare it with others, recommend it | lost customers | keel, forge, harbour, seed, spark
marketing campaign brand advertise promote newsletter audience follower subscriber seo sign-up podcast channel blog: followers | editors | the front page | episodes, posts, headlines | discover an episode, share a post, subscribe | lost attention | signal, echo, tide, wave, ember
birthday party present gift celebration surprise anniversary: guests | hosts | the living room | invitations, presents, snacks | arrive, give a present, say goodbye | awkward silences | candle, ribbon, confetti, toast, lantern
wedding bride groom: guests | witnesses | the venue | invitations, speeches, tables | arrive, find a seat, congratulate the couple | long waits | vow, ribbon, garland, bell, veil
conference workshop meetup hackathon festival event fair concert exhibition talk speaker venue: visitors | speakers | the venue | talks, breaks, badges | choose a session, meet somebody new, find the way | empty seats | stage, spark, lantern, circle, drum
trip travel holiday vacation journey itinerary visit tour hotel flight weekend hike hiking camping: travellers | locals | the station | routes, tickets, stops | book a bed, find the way, pack a bag | missed connections | compass, harbour, trail, map, horizon
garden gardening plant vegetable farm farmer seed compost bee allotment: gardeners | neighbours | the garden | beds, seeds, harvests | sow a bed, water the plants, share a harvest | dried-out beds | root, seed, meadow, bramble, clover
city village town neighbourhood neighborhood community street public mayor park citizen playground: residents | volunteers | the square | benches, streets, notices | meet a neighbour, report a problem, lend a hand | unanswered requests | square, lantern, bridge, well, bench
traffic transport bike bicycle cycling car bus train commute parking e-bike tram: commuters | drivers | the stop | rides, routes, timetables | catch a connection, park, change to another line | delays | spoke, signal, track, bell, junction
climate energy electricity solar recycling plastic waste water carbon sustainable sustainability environment emission green: households | caretakers | the building | meters, habits, bins | switch something off, sort the rubbish, read a meter | wasted resources | leaf, tide, wind, ember, drop
money budget finance saving bank invoice tax insurance debt accounting cost expense: savers | advisers | the kitchen table | bills, accounts, receipts | pay a bill, set something aside, check a balance | surprise bills | penny, ledger, acorn, jar, anchor
museum art painting gallery artist exhibition theatre culture history: visitors | curators | the gallery | pictures, labels, guided tours | stand before a picture, follow a tour, draw a copy | hurried visits | frame, canvas, echo, arch, thread
music song band guitar piano concert choir album instrument sing: listeners | musicians | the rehearsal room | songs, chords, rehearsals | practise a passage, play with others, perform a song | interrupted practice | chord, echo, drum, tempo, string
novel essay book story article write writing writer text letter speech poem report thesis blog: readers | editors | the desk | drafts, chapters, sentences | read the first page, follow the argument, pass it on | unfinished drafts | ink, quill, margin, chapter, voice
game board player puzzle quest dungeon toy video: players | playtesters | the table | rules, turns, pieces | take a first turn, make a bold move, explain the rules | long turns | dice, token, maze, quest, meeple
child children kid kids family parent baby toddler home household chore: families | grandparents | the kitchen | chores, games, bedtimes | get ready in the morning, share a task, calm down | morning chaos | nest, kite, pocket, acorn, lantern
dog cat pet animal puppy kitten shelter veterinary: owners | keepers | the shelter | walks, bowls, check-ups | choose an animal, go for a walk, see a vet | lonely afternoons | paw, whisker, tail, collar, nose
house flat apartment room renovation renovate bathroom furniture relocate relocation move rent tenant: residents | craftspeople | the hallway | rooms, boxes, tools | find a thing, live through the works, hand over the keys | lost boxes | key, hearth, beam, door, window
charity donation donor volunteer nonprofit ngo fundraiser fundraising refugee: donors | volunteers | the meeting room | donations, shifts, thank-you letters | give for the first time, take a shift, see what it changed | forgotten promises | hand, bridge, lantern, root, circle
data analysis dataset survey statistics report metric sales revenue churn forecast machine: decision makers | analysts | the spreadsheet | figures, charts, questions | read a chart, question a figure, make a decision | unread reports | signal, pattern, prism, lens, grain
security pipeline ci deploy deployment password phishing privacy attack vulnerability backup incident outage server cloud infrastructure: users | administrators | the server room | accounts, backups, alerts | sign in, report something odd, recover an account | false alarms | vault, shield, sentry, key, harbour
research science experiment laboratory paper hypothesis scientist: researchers | assistants | the laboratory | questions, samples, findings | read a paper, repeat an experiment, challenge a finding | dead ends | prism, lens, quest, atom, orbit
sleep stress meditation habit focus productivity time procrastination burnout morning screen phone: people | friends | the bedside table | habits, breaks, evenings | get started, keep going, switch off | broken resolutions | dawn, pause, tide, stone, breath
`;

const DOMAINS: readonly { cues: readonly string[]; domain: Domain }[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [cues = '', rest = ''] = line.split(': ');
    const [people = '', helpers = '', place = '', things = '', acts = '', pain = '', flavours = ''] = rest.split(' | ');
    return {
      cues: cues.split(' '),
      domain: {
        people,
        helpers,
        place,
        things: things.split(', ') as unknown as Domain['things'],
        acts: acts.split(', ') as unknown as Domain['acts'],
        pain,
        flavours: flavours.split(', ') as unknown as Domain['flavours'],
      },
    };
  });

const SOFTWARE = DOMAINS.find(({ cues }) => cues.includes('software'))?.domain;

const ANYTHING: Domain = {
  people: 'people',
  helpers: 'helpers',
  place: 'the room',
  things: ['examples', 'questions', 'first tries'],
  acts: ['get started', 'ask for help', 'show what they made'],
  pain: 'false starts',
  flavours: ['spark', 'bridge', 'compass', 'lantern', 'harbour'],
};

/**
 * The field that the words point to most, and whether they point to any. A word counts by its weight; software is a means
 * more often than a field, so any other field that is named comes before it.
 */
export function domainOf(weights: ReadonlyMap<string, number>): { domain: Domain; known: boolean } {
  let best: { domain: Domain; weight: number } | undefined;
  for (const { cues, domain } of DOMAINS) {
    let weight = 0;
    for (const cue of cues) weight += weights.get(cue) ?? 0;
    if (domain === SOFTWARE) weight /= 4;
    if (weight > (best?.weight ?? 0)) best = { domain, weight };
  }
  return best === undefined ? { domain: ANYTHING, known: false } : { domain: best.domain, known: true };
}
