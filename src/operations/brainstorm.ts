import pLimit from 'p-limit';
import { z } from 'zod';
import type { Idea } from '../history/event.ts';
import { concurrency, defaultConcurrency, flag } from './concurrency.ts';
import { ModelOutputError } from '../models/errors.ts';
import { define, type Context } from './definition.ts';
import { OperationError, withPartialOutput } from './errors.ts';
import { ideaProposal, ideaSchema, newAmong, type IdeaProposal } from './idea.ts';
import { instructionFields, instructionOf, instructionTask, instructionValues } from './instruction.ts';
import { perform } from './perform.ts';

const mostIdeas = 100;

/** What a model is told that has nothing new to say. */
const nothingNew = 'None of these ideas is new: there must be others, clearly different from those that there are.';

/** How many ideas are wanted. */
export const ideaCount = z
  .int()
  .min(1, 'must be at least 1')
  .max(mostIdeas, `must be at most ${mostIdeas}`)
  .default(3)
  .describe('How many ideas.');

const input = z.object({
  ...instructionFields,
  count: ideaCount,
  explore: flag.describe('Whether each idea is developed, in an operation of its own.'),
  concurrency,
});
type Input = z.infer<typeof input>;

export const brainstorm = define({
  kind: 'brainstorm',
  version: 2,
  description:
    'Finds distinct ideas for an instruction: exactly as many as asked for. With `explore`, each is developed by an operation of its own.',
  input,
  output: z.object({ ideas: z.array(ideaSchema) }),
  async execute(context) {
    const ideas = await findIdeas(context);
    return { ideas: context.input.explore ? await explore(context, ideas) : ideas };
  },
});

const idea = (proposal: IdeaProposal, index: number): Idea => ({ id: `idea-${index + 1}`, ...proposal, development: null });

/** Asks for ideas, and again for those that are missing, until there are as many as are wanted. */
async function findIdeas(context: Context<Input>): Promise<Idea[]> {
  const { count } = context.input;
  const found: IdeaProposal[] = [];
  // Each round that is recorded has found something new: a retry asks again for what is missing, and for no more.
  for (let round = 1; found.length < count; round++) {
    const partialOutput = { ideas: found.map(idea) };
    const { ideas } = await withPartialOutput(partialOutput, () => ask(context, round, found)).catch((error: unknown) => {
      const cause = error instanceof OperationError ? error.cause : undefined;
      if (!(cause instanceof ModelOutputError) || cause.complaint !== nothingNew) throw error;
      const code = 'IDEAS_TOO_FEW';
      const message = `${count} distinct ideas were asked for, and the model found ${found.length}; asked for others again and again, it had none. partialOutput has what it found; ask for fewer, say more in the instruction, or use another model.`;
      throw new OperationError({ code, message, retryable: true }, { cause: error, partialOutput });
    });
    found.push(...ideas);
  }
  return found.map(idea);
}

function ask({ input, generate, prompt }: Context<Input>, round: number, found: readonly IdeaProposal[]) {
  const missing = input.count - found.length;
  const titles = found.map(({ title }) => title);
  return generate(round === 1 ? 'ideas' : `ideas ${round}`, {
    ...prompt('brainstorm.ideas', {
      ...instructionValues(input),
      count: missing,
      existing: titles.length === 0 ? null : { titles },
    }),
    schema: z.object({ ideas: z.array(ideaProposal) }),
    elements: {
      of: 'ideas',
      event(element, _index, earlier) {
        const parsed = ideaProposal.safeParse(element);
        const shown = [...found, ...earlier.flatMap((event) => (event.type === 'IdeaProposed' ? [event.idea] : []))];
        return parsed.success && shown.length < input.count && newAmong([parsed.data], shown).ideas.length > 0
          ? { type: 'IdeaProposed', idea: idea(parsed.data, shown.length) }
          : undefined;
      },
    },
    mend({ ideas: proposed }) {
      const { ideas, mends } = newAmong(proposed, found, missing);
      return { value: { ideas }, mends };
    },
    check: ({ ideas }) => (ideas.length === 0 ? nothingNew : undefined),
    task: {
      task: 'brainstorm',
      count: missing,
      ...(titles.length > 0 && { avoid: titles }),
      ...instructionTask(input),
    },
  });
}

/** Develops each idea in a child. One whose development fails is kept as it is, with the child that tells why. */
async function explore({ input, child }: Context<Input>, ideas: readonly Idea[]): Promise<Idea[]> {
  const limit = pLimit(input.concurrency ?? defaultConcurrency);
  return limit.map(ideas, async (idea) => {
    const { id, title, description, rationale } = idea;
    let development: number | null = null;
    const of = { purpose: 'idea' as const, idea: { title, description, rationale } };
    try {
      await child(perform, { ...instructionOf(input), of }, { name: id, onStarted: ({ number }) => (development = number) });
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
    }
    return { ...idea, development };
  });
}
