import { z } from 'zod';
import { brainstorm, ideaCount, ideaSchema } from './brainstorm.ts';
import { define } from './definition.ts';
import { instructionFields } from './instruction.ts';
import { plan, planStepSchema, stepCount } from './plan.ts';
import { select } from './select.ts';

export const run = define({
  kind: 'run',
  version: 1,
  description:
    'The whole workflow: brainstorms on the instruction, selects the best idea, and plans it. The stages are children.',
  input: z.object({ ...instructionFields, count: ideaCount, steps: stepCount }),
  output: z.object({ ideas: z.array(ideaSchema), selectedIdea: ideaSchema, steps: z.array(planStepSchema) }),
  async execute({ input, child }) {
    const { instruction, guidance, context, count, steps } = input;
    const { ideas } = await child(brainstorm, { instruction, guidance, context, count });
    const { selected } = await child(select, {
      instruction,
      guidance,
      context,
      choices: ideas.map(({ id, title, description, rationale }) => ({ id, label: title, content: { description, rationale } })),
      criteria: 'Which idea serves the instruction best, and can be carried out?',
      max: 1,
    });
    const selectedIdea = ideas.find(({ id }) => id === selected[0]?.choice.id)!;
    const { title, description, rationale } = selectedIdea;
    const planned = await child(plan, {
      instruction,
      guidance,
      // What was chosen is planned; what the user wants stays what it was.
      context: { idea: { title, description, rationale }, ...(context !== null && { given: context }) },
      steps,
    });
    return { ideas, selectedIdea, steps: planned.steps };
  },
});
