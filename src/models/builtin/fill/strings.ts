import type { Brief } from '../brief.ts';
import type { Idea } from '../idea.ts';
import type { PlanStep } from '../plan.ts';
import { clip, listOf, render, slug, upperFirst } from '../prose.ts';
import type { Random } from '../random.ts';
import { textInFormat } from './formats.ts';
import type { Place } from './numbers.ts';
import { matcherOf, textMatching } from './pattern.ts';
import { numberOf, type Schema } from './schema.ts';

/** What texts are made from: one idea or step for each item of a list, so that the fields of an item belong together. */
export interface Voice {
  brief: Brief;
  ideas: readonly Idea[];
  steps: readonly PlanStep[];
}

/** A text that the schema allows and the name of the property leads one to expect. */
export function fillString(schema: Schema, place: Place & { list: string }, voice: Voice, random: Random): string {
  const least = Math.max(0, Math.ceil(numberOf(schema, 'minLength', 0)));
  const most = Math.max(least, Math.floor(numberOf(schema, 'maxLength', Number.POSITIVE_INFINITY)));
  const words = `${topicOf(voice, place.serial)}${place.variant === 0 ? '' : ` ${place.variant + 1}`}`;
  const format = typeof schema['format'] === 'string' ? schema['format'] : schema['contentEncoding'];
  const formatted = typeof format === 'string' ? textInFormat(format, words, place.serial + place.variant) : undefined;
  const pattern = typeof schema['pattern'] === 'string' ? schema['pattern'] : undefined;
  const matches = pattern === undefined ? () => true : (matcherOf(pattern) ?? (() => true));
  const text = place.variant === 0 ? textFor(place, voice) : `${textFor(place, voice)} ${place.variant + 1}`;
  if (formatted === undefined && pattern === undefined) return toLength(text, least, most, voice);
  const candidates =
    formatted === undefined ? [slug(words), text, upperFirst(words), `${slug(words)}-${place.serial + 1}`] : [formatted];
  const fitting = candidates
    .map((candidate) => (formatted === undefined ? toLength(candidate, least, most, voice) : candidate))
    .find((candidate) => candidate.length >= least && candidate.length <= most && matches(candidate));
  if (fitting !== undefined && (pattern === undefined || fitting !== '')) return fitting;
  const written = pattern === undefined ? undefined : textMatching(pattern, least, most, random);
  return written ?? formatted ?? toLength(text, least, most, voice);
}

function topicOf({ brief }: Voice, index: number): string {
  return (brief.phrases[index % brief.phrases.length] ?? 'request').replaceAll(/[“”]/g, '');
}

/** The names of properties and what belongs there, the first that fits; `{slots}` are those of the brief. */
const BY_NAME: readonly (readonly [name: RegExp, texts: readonly string[]])[] = [
  [
    /\b(?:author|assignee|owner|person|contact|responsible|username|user|full name|speaker)\b/,
    ['Kim Berg', 'Robin Hale', 'Noor Haddad', 'Sam Ortega', 'Alex Lind'],
  ],
  [/\bfirst name\b/, ['Kim', 'Robin', 'Noor', 'Sam', 'Alex']],
  [/\blast name\b/, ['Berg', 'Hale', 'Haddad', 'Ortega', 'Lind']],
  [/\b(?:language|locale|lang)\b/, ['en']],
  [/\bcurrency\b/, ['EUR']],
  [/\bcountry\b/, ['Netherlands']],
  [/\b(?:colou?r)\b/, ['#2f6f4f', '#c8552d', '#2d5fc8']],
  [/\b(?:icon|emoji)\b/, ['🦁', '📚', '🌱']],
  [/\bversion\b/, ['1.0.0']],
  [
    /\b(?:pros?|benefits?|advantages?|strengths?|upsides?)\b/,
    [
      'It can begin small, and soon',
      '{People} understand it without an explanation',
      'It makes use of what is already there',
      'It can be taken back if it fails',
    ],
  ],
  [
    /\b(?:cons?|risks?|drawbacks?|weakness(?:es)?|disadvantages?|challenges?|concerns?|downsides?|threats?)\b/,
    [
      'It takes time that nobody has set aside yet',
      '{Helpers} may not want to change their habits',
      'Nobody has yet measured the cost of {pain}',
      'It depends on a few people',
    ],
  ],
  [
    /\b(?:opportunit(?:y|ies))\b/,
    ['{People} are looking for it already', 'Others nearby have the same need', 'It could be shown to others as an example'],
  ],
  [
    /\b(?:mitigations?|measures?|recommendations?|advice|tips?|suggestions?)\b/,
    [
      'Begin with a trial of two weeks',
      'Talk to three {people} before anything is settled',
      'Give one person the say on {it}',
      'Write down what was learned each Friday',
    ],
  ],
  [
    /\b(?:questions?|faq)\b/,
    [
      'Whom is {it} for above all?',
      'How will one notice that it works?',
      'What may it cost, in time and money?',
      'Who looks after it afterwards?',
    ],
  ],
  [
    /\b(?:goals?|objectives?|purpose|mission|aims?|outcomes?)\b/,
    ['{Aim}', '{People} manage without help', 'Less trouble with {pain}', 'Something to show within a month'],
  ],
  [
    /\b(?:audience|people|users?|customers?|personas?|stakeholders?|roles?)\b/,
    ['{People}', '{Helpers}', 'Neighbours', 'Newcomers'],
  ],
  [/\b(?:location|place|venue|address|city|where)\b/, ['{place}']],
  [/\b(?:deadline|due|date|day|when|start|end)\b/, ['2030-05-14', '2030-06-11', '2030-07-09']],
  [/\b(?:time|at)\b/, ['09:30', '11:00', '14:15']],
  [/\b(?:duration|effort|estimate)\b/, ['two weeks', 'three days', 'one month']],
  [/\b(?:status|state)\b/, ['open']],
  [/\b(?:priority|severity|level)\b/, ['high', 'medium', 'low']],
  [/\b(?:unit)\b/, ['pieces']],
  [/\b(?:url|link|website|href)\b/, ['https://example.org/']],
  [/\b(?:email|mail)\b/, ['hello@example.org']],
  [/\b(?:phone|telephone|mobile)\b/, ['+44 20 7946 0000']],
];

function textFor(place: Place & { list: string }, voice: Voice): string {
  const { name, serial: index, listed, list } = place;
  const { brief } = voice;
  const idea = voice.ideas[index % voice.ideas.length];
  const step = voice.steps[index % voice.steps.length];
  const slots = {
    ...brief.slots,
    ...Object.fromEntries(Object.entries(brief.slots).map(([key, value]) => [upperFirst(key), upperFirst(value)])),
  };
  const inSteps = /\b(?:steps?|tasks?|milestones?|phases?|actions?|todos?|stages?|plan|schedule|agenda|activit(?:y|ies))\b/.test(
    `${list} ${name}`,
  );
  if (/\b(?:ids?|slug|key|code|sku|identifier|ref)\b/.test(name))
    return inSteps && step !== undefined ? step.id : `${slug(topicOf(voice, index)) || 'item'}${listed ? `-${index + 1}` : ''}`;
  if (/\b(?:done when|acceptance|criteri(?:a|on))\b/.test(name) && step !== undefined) return step.doneWhen;
  if (/\b(?:rationale|reasons?|reasoning|why|justification|because|motivation)\b/.test(name) && idea !== undefined)
    return idea.rationale;
  if (/\b(?:description|details?|body|content|text|explanation|notes?|comment|paragraph|instructions?|how)\b/.test(name)) {
    if (!listed) return overview(brief);
    return (inSteps ? step?.description : idea?.description) ?? overview(brief);
  }
  if (
    /\b(?:summary|abstract|overview|introduction|conclusion|message|answer|response|reply|result|analysis|bio|synopsis)\b/.test(
      name,
    )
  ) {
    return listed ? (idea?.description ?? overview(brief)) : overview(brief);
  }
  if (
    /\b(?:tags?|keywords?|categor(?:y|ies)|topics?|themes?|labels?|genres?|ingredients?|features?|skills?|hashtags?)\b/.test(name)
  )
    return topicOf(voice, index);
  const known = BY_NAME.find(([expected]) => expected.test(name));
  if (known !== undefined) return render(known[1][index % known[1].length] ?? '', slots);
  if (inSteps && step !== undefined) return step.title;
  if (/\b(?:titles?|name|headline|heading|subject|idea|option|alternative|proposal|suggestion|choice)s?\b/.test(name)) {
    return listed ? (idea?.title ?? topicOf(voice, index)) : clip(upperFirst(brief.slots['aim'] ?? topicOf(voice, 0)), 80);
  }
  return upperFirst(topicOf(voice, index));
}

function overview({ slots, phrases, limits }: Brief): string {
  const rest = phrases.slice(1, 4);
  const matters = rest.length > 0 ? ` What matters besides: ${listOf(rest)}.` : '';
  const limit = limits.length > 0 ? ` The limit: ${listOf(limits)}.` : '';
  return `${render('The request is to {aim}.', slots)}${matters}${limit}`;
}

/** The text cut or continued so that it is at least `least` and at most `most` long, in characters and in UTF-16 units alike. */
function toLength(text: string, least: number, most: number, voice: Voice): string {
  let long = text;
  for (let index = 0; [...long].length < least; index += 1) {
    const more = voice.ideas[index % Math.max(1, voice.ideas.length)]?.description ?? 'and so on';
    long = `${long} ${more}`;
  }
  if (long.length <= most) return long;
  const clipped = clip(long, most);
  if (clipped.length <= most && [...clipped].length >= least) return clipped;
  const cut = long.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return [...cut].length >= least ? cut : long.replaceAll(/[^\x20-\x7e]/g, '-').slice(0, most);
}
