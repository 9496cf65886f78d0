import { withoutOpeners } from './ask.ts';
import { brainstorm } from './brainstorm.ts';
import { type Brief, limitText } from './brief.ts';
import { factText, textIn } from './context.ts';
import { draftMessage, isMessage } from './message.ts';
import { plan } from './plan.ts';
import { clean, listOf, lowerFirst, quote, render, wordSet } from './prose.ts';
import type { Random } from './random.ts';

const SIGNATURE =
  'Composed by Lion’s builtin engine from the words given; it knows nothing beyond them. Set LION_MODEL to have a language model answer.';

/** How much of a text is read that is to be summarised. */
const MATERIAL_READ = 20_000;

/** An answer in plain prose: a summary, a draft, a way to find the answer, or an outline of the work, as the instruction asks. */
export function perform(brief: Brief, instruction: string, context: unknown, random: Random): string {
  const material = materialOf(instruction, context);
  if (material !== undefined) return [...summary(material), SIGNATURE].join('\n\n');
  if (isMessage(brief)) return [...draftMessage(brief, random), SIGNATURE].join('\n\n');
  return [...outline(brief, random), SIGNATURE].join('\n\n');
}

function outline(brief: Brief, random: Random): string[] {
  const { slots, facts, guidance, question, titled } = brief;
  const limit = limitText(brief);
  // What frames the work is said once, before the steps, and not again in them.
  const plain: Brief = { ...brief, guidance: undefined, facts: [], titled: undefined, limits: [] };
  const steps = plan(question ? { ...plain, kind: { ...brief.kind, name: 'research' } } : plain, 5, random);
  const ideas = brainstorm(plain, 2, [], random);
  const known = facts.filter(({ value }) => value.length > 1).slice(0, 5);
  const frame = [
    ...(titled === undefined ? [] : [`It builds on ${quote(titled.title, 80)}.`]),
    ...(known.length > 0 ? [`Known so far: ${listOf(known.map((fact) => lowerFirst(factText(fact))))}.`] : []),
    ...(guidance === undefined ? [] : [`Where two ways are equally good, the guidance decides: ${quote(guidance, 160)}.`]),
    ...(limit === undefined ? [] : [`One limit holds throughout: ${limit}.`]),
  ];
  return [
    render(
      question
        ? 'To {aim} takes facts that the question itself does not contain. This is a sound way to get to them.'
        : random.pick(OPENINGS),
      slots,
    ),
    ...(frame.length > 0 ? [frame.join(' ')] : []),
    [
      'How to go about it:',
      ...steps.map(
        ({ title, description, doneWhen }, index) => `${index + 1}. ${title}. ${description} Done when: ${lowerFirst(doneWhen)}`,
      ),
    ].join('\n'),
    `Two ideas on the way. ${ideas.map(({ title, description }) => `${quote(title, 100)}: ${lowerFirst(description)}`).join(' ')}`,
    render(random.pick(OPEN_QUESTIONS), slots),
    `First step: ${lowerFirst(steps[0]?.title ?? 'begin')}, today and with whatever is at hand.`,
  ];
}

const OPENINGS = [
  'To {aim}, begin with those it is for, and end each stage with something they can see.',
  'The short answer: start smaller than planned, with {people} in the room, and let what they do decide what comes next.',
  'There is more than one way to {aim}; the one below finds out early what could go wrong.',
];

const OPEN_QUESTIONS = [
  'Still open: who has the last word, what may it cost in time and money, and how will one notice that it was worth it?',
  'Still open: which part of it would be missed most, who will look after it later, and what happens if it takes twice as long?',
  'Still open: what do {people} do today instead, what would make them change, and who has not been asked yet?',
];

/** The text to summarise: what stands after the request, or in the context; undefined when no summary is asked for. */
function materialOf(instruction: string, context: unknown): string | undefined {
  if (!/^(?:summari[sz]e|shorten|condense|sum up|tl;?dr)\b/i.test(withoutOpeners(instruction.slice(0, 200)))) return undefined;
  const text = instruction.slice(0, MATERIAL_READ);
  const after = /^[^\n:]{0,200}(?::|\n)\s*([\s\S]{80,})$/.exec(text)?.[1];
  const material = clean(after ?? textIn(context, MATERIAL_READ));
  return material.length >= 80 ? material : undefined;
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences that share most words with all others, in their own order, as many as a fifth of the text. */
function summary(material: string): string[] {
  const all = [...sentences.segment(material)].map(({ segment }) => segment.trim()).filter((sentence) => sentence.length > 20);
  const frequency = new Map<string, number>();
  for (const sentence of all) for (const word of wordSet(sentence)) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const weighed = all.map((sentence, index) => {
    const words = [...wordSet(sentence)].filter((word) => word.length > 3);
    const weight = words.reduce((sum, word) => sum + Math.min(5, frequency.get(word) ?? 0), 0) / (words.length + 4);
    return { sentence, index, weight: weight * (index === 0 ? 1.5 : 1) };
  });
  const count = Math.min(7, Math.max(2, Math.ceil(all.length / 5)));
  const kept = weighed.sort((one, other) => other.weight - one.weight || one.index - other.index).slice(0, count);
  return [
    `In short, in the text’s own sentences (${kept.length} of ${all.length}):`,
    kept
      .sort((one, other) => one.index - other.index)
      .map(({ sentence }) => sentence)
      .join(' '),
  ];
}
