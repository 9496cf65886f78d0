import { z } from 'zod';
import type { JsonObject } from '../history/event.ts';
import { define } from './definition.ts';
import { fieldNotes } from './field-notes.ts';
import { instructionFields, instructionTask, instructionValues } from './instruction.ts';
import type { RenderedPrompt } from './prompts.ts';

const idea = z.object({ title: z.string(), description: z.string(), rationale: z.string() });

/** What is carried out, where it is not the instruction itself but a part of the work on it. Given by the kinds that come with Lion. */
const part = z.discriminatedUnion('purpose', [
  z.object({ purpose: z.literal('idea'), idea }),
  z.object({
    purpose: z.literal('planStep'),
    idea: idea.nullable(),
    /** The whole plan, a step a line. */
    plan: z.string(),
    step: z.object({ id: z.string(), title: z.string(), description: z.string(), doneWhen: z.string() }),
    /** Of the steps that this one depends on. */
    results: z.array(z.object({ id: z.string(), text: z.string() })),
  }),
]);

const input = z.object({
  ...instructionFields,
  of: part
    .nullish()
    .transform((value) => value ?? null)
    .register(fieldNotes, { internal: true }),
});
type Input = z.infer<typeof input>;

export const perform = define({
  kind: 'perform',
  version: 2,
  description: 'Carries out one instruction and answers in text, which streams.',
  input,
  output: z.object({ text: z.string() }),
  async execute({ input, generate, prompt }) {
    const text = await generate('answer', {
      ...rendered(input, prompt),
      check: (answer) => (answer.trim() === '' ? 'The answer is empty.' : undefined),
      task: taskOf(input),
    });
    return { text };
  },
});

function rendered(input: Input, prompt: (name: string, values: JsonObject) => RenderedPrompt): RenderedPrompt {
  const wanted = instructionValues(input);
  switch (input.of?.purpose) {
    case undefined:
      return prompt('perform.answer', wanted);
    case 'idea':
      return prompt('brainstorm.develop', { ...wanted, idea: JSON.stringify(input.of.idea, null, 2) });
    case 'planStep': {
      const { idea: selected, plan, step, results } = input.of;
      return prompt('plan.execute', {
        ...wanted,
        idea: selected && JSON.stringify(selected, null, 2),
        plan,
        step,
        results,
        hasResults: results.length > 0,
      });
    }
  }
}

/** The embedded model reads no plan: it is given the part as the instruction, and the rest as what there is to know. */
function taskOf({ of, ...wanted }: Input): JsonObject {
  if (!of) return { task: 'perform', ...instructionTask(wanted) };
  const { title, description } = of.purpose === 'idea' ? of.idea : of.step;
  return {
    task: 'perform',
    ...instructionTask({ ...wanted, instruction: `${title}. ${description}`, context: { instruction: wanted.instruction } }),
  };
}
