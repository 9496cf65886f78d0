import { z } from 'zod';
import { define } from './definition.ts';
import { instructionFields, instructionPrompt, instructionTask } from './instruction.ts';

export const perform = define({
  kind: 'perform',
  version: 1,
  description: 'Carries out one instruction and answers in text, which streams.',
  input: z.object(instructionFields),
  output: z.object({ text: z.string() }),
  async execute({ input, generate }) {
    const text = await generate('answer', {
      system:
        'You carry out what is asked, completely, and answer in plain text or Markdown. You write in the language of the instruction.',
      prompt: instructionPrompt(input),
      check: (answer) => (answer.trim() === '' ? 'The answer is empty.' : undefined),
      task: { task: 'perform', ...instructionTask(input) },
    });
    return { text };
  },
});
