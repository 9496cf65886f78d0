import { z } from 'zod';
import { fieldNotes } from './field-notes.ts';
import { areAlike, fingerprint } from './likeness.ts';

/** An idea as a model proposes it. Longer than this, it is none. */
export const ideaProposal = z.object({
  title: z.string().trim().min(1).max(300),
  description: z.string().trim().min(1).max(20_000),
  rationale: z.string().trim().min(1).max(20_000),
});

export type IdeaProposal = z.infer<typeof ideaProposal>;

export const ideaSchema = ideaProposal.extend({
  id: z.string(),
  development: z.int().nullable().default(null).register(fieldNotes, { isOperation: true }),
});

/** An idea that is nearly the same as an earlier one. */
interface Repetition {
  idea: IdeaProposal;
  of: IdeaProposal;
}

/** How many repetitions are told of one by one. */
const mostTold = 10;

/**
 * Tells the new ideas from those that were there before, in other words or in the same, until there are `most` of them. Keeps
 * their order.
 *
 * @returns the new ones; `mends` says in sentences what was left out
 */
export function newAmong(
  proposed: readonly IdeaProposal[],
  known: readonly IdeaProposal[],
  most = Infinity,
): { ideas: IdeaProposal[]; mends: string[] } {
  const ideas: IdeaProposal[] = [];
  const repetitions: Repetition[] = [];
  const seen = known.map((idea) => ({ idea, print: fingerprint(idea) }));
  let looked = 0;
  for (const idea of proposed) {
    if (ideas.length === most) break;
    looked++;
    const print = fingerprint(idea);
    const earlier = seen.find((other) => areAlike(other.print, print));
    if (earlier) repetitions.push({ idea, of: earlier.idea });
    else {
      ideas.push(idea);
      seen.push({ idea, print });
    }
  }
  const mends = repetitions
    .slice(0, mostTold)
    .map(({ idea, of }) => `The idea "${idea.title}" was left out: it is nearly the same as "${of.title}".`);
  if (repetitions.length > mostTold)
    mends.push(`${repetitions.length - mostTold} more that are nearly the same as others were left out.`);
  if (looked < proposed.length) mends.push(`${proposed.length - looked} of the ideas were left out: ${most} were asked for.`);
  return { ideas, mends };
}
