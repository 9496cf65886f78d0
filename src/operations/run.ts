import { z } from 'zod';
import { brainstorm, ideaCount } from './brainstorm.ts';
import { concurrency, executeFlag } from './concurrency.ts';
import { define } from './definition.ts';
import { OperationError } from './errors.ts';
import { ideaSchema } from './idea.ts';
import { instructionFields, instructionOf } from './instruction.ts';
import { plan } from './plan.ts';
import { planStepSchema, stepCount } from './plan-step.ts';
import { select } from './select.ts';

export const run = define({
  kind: 'run',
  version: 2,
  description:
    'The whole workflow: brainstorms on the instruction, selects the best idea, and plans it; with `execute`, carries the plan out. The stages are children.',
  input: z.object({ ...instructionFields, count: ideaCount, steps: stepCount, execute: executeFlag, concurrency }),
  output: z.object({ ideas: z.array(ideaSchema), selectedIdea: ideaSchema, steps: z.array(planStepSchema) }),
  async execute({ input, child }) {
    // Every stage sees what the user wants, word for word.
    const wanted = instructionOf(input);
    const { count, steps, execute, concurrency } = input;
    const { ideas } = await child(brainstorm, { ...wanted, count });
    const { selected } = await child(select, {
      ...wanted,
      choices: ideas.map(({ id, title, description, rationale }) => ({ id, label: title, content: { description, rationale } })),
      criteria: 'Which idea serves the instruction best, and can be carried out?',
      max: 1,
    });
    const selectedIdea = ideas.find(({ id }) => id === selected[0]?.choice.id)!;
    const { title, description, rationale } = selectedIdea;
    const idea = { title, description, rationale };
    try {
      const planned = await child(plan, { ...wanted, idea, steps, execute: execute ?? false, concurrency: concurrency ?? null });
      return { ideas, selectedIdea, steps: planned.steps };
    } catch (error) {
      const planned = error instanceof OperationError ? error.partialOutput?.['steps'] : undefined;
      if (!planned) throw error;
      const { code, message, retryable } = error as OperationError;
      throw new OperationError(
        { code, message, retryable },
        { cause: error, partialOutput: { ideas, selectedIdea, steps: planned } },
      );
    }
  },
});
