import { type Brief, limitText } from './brief.ts';
import { factText } from './context.ts';
import { listOf, lowerFirst, quote, render, upperFirst } from './prose.ts';
import type { Random } from './random.ts';

/** Whether the instruction asks for a letter or another message to somebody. */
export function isMessage({ ask }: Brief): boolean {
  return (
    /^(?:write|draft|compose|send|prepare)/.test(ask.verb) &&
    /\b(?:letter|e-?mail|mail|message|note|invitation|announcement|reminder|reply|request)\b/i.test(ask.bare)
  );
}

/** The draft of a message, in paragraphs: to whom and about what the instruction says, with gaps in brackets for what it does not. */
export function draftMessage(brief: Brief, random: Random): string[] {
  const { ask, facts, guidance, slots } = brief;
  const group = (pattern: RegExp): string | undefined =>
    ask.groups.find(({ preposition }) => pattern.test(preposition))?.definite;
  const to = group(/^(?:to|for)$/);
  const about =
    group(/^(?:about|on|regarding|concerning)$/) ??
    brief.phrases.find((phrase) => phrase !== ask.bare && phrase !== ask.groups[0]?.bare);
  const subject = mine(about ?? slots['topic'] ?? 'a request');
  const limit = limitText(brief);
  const known = facts.filter(({ value }) => value.length > 1).slice(0, 4);
  return [
    `Subject: ${upperFirst(subject.replace(/^(?:the|my) /, ''))}`,
    `Dear ${to === undefined ? '[name]' : to.replace(/^(?:the|your) /, '')},`,
    [
      random.pick([`I am writing to you about ${subject}.`, `May I turn to you about ${subject}?`, `This is about ${subject}.`]),
      'Since [date], [what has happened, in one sentence].',
      ...(known.length > 0 ? [`For your information: ${listOf(known.map((fact) => lowerFirst(factText(fact))))}.`] : []),
      ...(limit === undefined ? [] : [`It concerns a matter ${limit}.`]),
    ].join(' '),
    render(
      random.pick([
        'I would like to ask you to [what should happen] by [date], and to let me know shortly how you see it.',
        'Could you please [what should happen] by [date]? A short answer, even a preliminary one, would help.',
      ]),
      slots,
    ),
    'If a talk is easier for you, you can reach me at [telephone], best in the afternoon. Thank you for taking care of it.',
    'With kind regards,\n[name]',
    ...(guidance === undefined ? [] : [`Before sending, hold it against the guidance ${quote(guidance, 120)}.`]),
  ];
}

/** "your heating" as the writer of the message says it. */
function mine(phrase: string): string {
  return phrase.replaceAll(/\byour\b/g, 'my').replaceAll(/\byou\b/g, 'me');
}
