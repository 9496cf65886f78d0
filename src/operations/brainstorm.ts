import { z } from 'zod';
import { define } from './definition.ts';
import { instructionFields, instructionPrompt, instructionTask } from './instruction.ts';

const mostIdeas = 100;

const proposal = z.object({
  title: z.string().trim().min(1),
  description: z.string().trim().min(1),
  rationale: z.string().trim().min(1),
});

export const ideaSchema = proposal.extend({ id: z.string() });

/** How many ideas are wanted. */
export const ideaCount = z.int().min(1, 'must be at least 1').max(mostIdeas, `must be at most ${mostIdeas}`).default(3);

const idOf = (index: number): string => `idea-${index + 1}`;

export const brainstorm = define({
  kind: 'brainstorm',
  version: 1,
  description: 'Finds distinct ideas for an instruction: exactly as many as asked for.',
  input: z.object({ ...instructionFields, count: ideaCount }),
  output: z.object({ ideas: z.array(ideaSchema) }),
  async execute({ input, generate }) {
    const { count } = input;
    const { ideas } = await generate('ideas', {
      system:
        'You find ideas. They are concrete, useful, and clearly different from each other. You write in the language of the instruction.',
      prompt: `${instructionPrompt(input)}\n\nPropose exactly ${count} ${count === 1 ? 'idea' : 'distinct ideas'} for this. Each has a short title, a description of what it is, and a rationale: why it is worth doing.`,
      schema: z.object({ ideas: z.array(proposal) }),
      elements: {
        of: 'ideas',
        event(element, index) {
          const parsed = proposal.safeParse(element);
          return parsed.success && index < count
            ? { type: 'IdeaProposed', idea: { id: idOf(index), ...parsed.data } }
            : undefined;
        },
      },
      check: (answer) => complaint(answer.ideas, count),
      task: { task: 'brainstorm', count, ...instructionTask(input) },
    });
    return { ideas: ideas.map((idea, index) => ({ id: idOf(index), ...idea })) };
  },
});

function complaint(ideas: readonly { title: string }[], count: number): string | undefined {
  if (ideas.length !== count) return `There must be exactly ${count} ideas, and there are ${ideas.length}.`;
  const seen = new Map<string, number>();
  for (const [index, { title }] of ideas.entries()) {
    const words = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    const earlier = seen.get(words);
    if (earlier !== undefined)
      return `Ideas ${earlier + 1} and ${index + 1} have the same title, ${JSON.stringify(title)}. All ideas must be distinct.`;
    seen.set(words, index);
  }
  return undefined;
}
