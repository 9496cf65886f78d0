import type { Ask } from './ask.ts';

/** Which kind of work an instruction is about; it decides how the work breaks down. */
export type KindName =
  | 'software'
  | 'migration'
  | 'research'
  | 'data'
  | 'event'
  | 'trip'
  | 'writing'
  | 'purchase'
  | 'learning'
  | 'hiring'
  | 'marketing'
  | 'fitness'
  | 'relocation'
  | 'renovation'
  | 'business'
  | 'improvement'
  | 'general';

/** A kind of work. */
export interface Kind {
  name: KindName;
  /** What one does with the thing where the instruction says "plan" or nothing; empty where no verb fits all. */
  verb: string;
  /** Whom it is for, when nothing else tells. */
  people: string;
}

interface Cues extends Kind {
  /** Verbs of the instruction that decide. */
  verbs: string;
  cues: string;
}

const KINDS: readonly Cues[] = [
  {
    name: 'software',
    verb: 'build',
    people: 'users',
    verbs: 'program code implement deploy refactor',
    cues: 'app application website web site api software program backend frontend code tool platform dashboard bot chatbot service database login plugin extension feature bug saas mobile script library-app portal prototype cli',
  },
  {
    name: 'migration',
    verb: 'carry out',
    people: 'users',
    verbs: 'migrate convert',
    cues: 'migration migrate upgrade legacy',
  },
  {
    name: 'research',
    verb: 'carry out',
    people: 'readers',
    verbs: 'research investigate explore evaluate assess compare',
    cues: 'research study literature hypothesis experiment comparison evaluation investigation feasibility thesis',
  },
  {
    name: 'data',
    verb: 'carry out',
    people: 'decision makers',
    verbs: 'analyse analyze measure forecast',
    cues: 'data dataset analysis analytics statistics survey churn forecast metric kpi spreadsheet csv regression',
  },
  {
    name: 'event',
    verb: 'hold',
    people: 'guests',
    verbs: 'celebrate host invite',
    cues: 'party wedding conference workshop meetup hackathon festival event fair concert exhibition birthday celebration reunion tournament picnic dinner ceremony retreat gala retrospective flea-market',
  },
  {
    name: 'trip',
    verb: 'arrange',
    people: 'travellers',
    verbs: 'travel visit',
    cues: 'trip travel holiday vacation journey itinerary tour weekend hike hiking camping road-trip honeymoon cruise',
  },
  {
    name: 'writing',
    verb: 'write',
    people: 'readers',
    verbs: 'write draft compose publish',
    cues: 'letter email essay book article story novel report blog speech poem newsletter paper thesis post text proposal documentation manual script biography cv announcement',
  },
  {
    name: 'purchase',
    verb: 'buy',
    people: 'people',
    verbs: 'buy purchase order',
    cues: 'buy purchase present gift e-bike used supplier vendor',
  },
  {
    name: 'learning',
    verb: 'learn',
    people: 'learners',
    verbs: 'learn study practise practice master teach',
    cues: 'learn learning course exam lesson curriculum skill certificate beginner',
  },
  {
    name: 'hiring',
    verb: 'hire',
    people: 'candidates',
    verbs: 'hire recruit',
    cues: 'hire hiring recruit recruiting recruitment candidate vacancy applicant position',
  },
  {
    name: 'marketing',
    verb: 'run',
    people: 'customers',
    verbs: 'promote market advertise',
    cues: 'marketing campaign brand promotion advertising audience seo follower subscriber sign-up signup launch social newsletter outreach podcast',
  },
  {
    name: 'fitness',
    verb: 'work on',
    people: 'beginners',
    verbs: 'exercise lose train sleep',
    cues: 'fitness marathon workout weight diet health running exercise strength muscle sleep training triathlon stress yoga habit',
  },
  {
    name: 'relocation',
    verb: 'get through',
    people: 'residents',
    verbs: 'move relocate',
    cues: 'relocation relocate removal moving move flat apartment office house',
  },
  {
    name: 'renovation',
    verb: 'work on',
    people: 'residents',
    verbs: 'renovate repair paint restore plant',
    cues: 'renovation renovate kitchen bathroom roof floor wall garden shed fence balcony terrace furniture treehouse',
  },
  {
    name: 'business',
    verb: 'open',
    people: 'customers',
    verbs: 'open found',
    cues: 'bakery café cafe restaurant shop store startup business company agency boutique bar hotel franchise',
  },
  {
    name: 'improvement',
    verb: 'work on',
    people: 'people',
    verbs: '',
    cues: 'waste onboarding process quality morale problem complaint delay efficiency retention satisfaction safety accessibility culture meeting',
  },
  { name: 'general', verb: '', people: 'people', verbs: '', cues: '' },
];

const GENERAL = KINDS.at(-1) as Cues;

/** The kind that verb and words point to; `general` when nothing does. */
export function kindOf(weights: ReadonlyMap<string, number>, ask: Ask): Kind {
  let best = GENERAL;
  let most = 0;
  const verbs = ask.verb.split(' ');
  for (const kind of KINDS) {
    let weight = kind.name === 'improvement' && ask.sort === 'change' ? 4 : 0;
    if (verbs.some((verb) => kind.verbs.split(' ').includes(verb) && verb !== '')) weight += 5;
    for (const cue of kind.cues.split(' ')) weight += weights.get(cue) ?? 0;
    if (weight > most) {
      most = weight;
      best = kind;
    }
  }
  return { name: best.name, verb: best.verb, people: best.people };
}
