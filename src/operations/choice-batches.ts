import type { Choice } from '../history/event.ts';

/** What one look takes in: about 15,000 tokens, which leaves room in the smallest contexts that are common. */
const longestBatch = 60_000;
const mostInBatch = 100;
/** How much of one choice is shown. */
const longestChoice = 6_000;

/** A choice as a model is shown it. One that is too long is cut, and says so. */
function shown({ id, label, content }: Choice): string {
  if (content === null) return JSON.stringify({ id, label });
  const whole = JSON.stringify({ id, label, content });
  if (whole.length <= longestChoice) return whole;
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return JSON.stringify({ id, label, content: `${text.slice(0, longestChoice)}… (cut; it has ${text.length} characters)` });
}

/** The choices as a JSON array, one a line. */
export const shownChoices = (choices: readonly Choice[]): string => `[\n${choices.map(shown).join(',\n')}\n]`;

/** Puts choices into as few batches of about the same size as it takes, in their order. */
export function batchesOf(choices: readonly Choice[]): Choice[][] {
  const lengths = choices.map((choice) => shown(choice).length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total <= longestBatch && choices.length <= mostInBatch) return [[...choices]];
  const count = Math.max(Math.ceil(total / longestBatch), Math.ceil(choices.length / mostInBatch));
  // Of the same size, so that no choice is up against few where another is up against many.
  const room = Math.min(longestBatch, Math.ceil(total / count) + longestChoice);
  const most = Math.ceil(choices.length / count);
  const batches: Choice[][] = [];
  let used = Infinity;
  for (const [index, choice] of choices.entries()) {
    const batch = batches.at(-1);
    const length = lengths[index]!;
    if (!batch || used + length > room || batch.length >= most) {
      batches.push([choice]);
      used = length;
    } else {
      batch.push(choice);
      used += length;
    }
  }
  return batches;
}
