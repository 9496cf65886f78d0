import { z } from 'zod';
import { concurrency, executeFlag, flag } from './concurrency.ts';
import { fieldNotes } from './field-notes.ts';
import { instructionFields } from './instruction.ts';
import { stepCount } from './plan-step.ts';

/** What a plan is asked for with. */
export const planInput = z.object({
  ...instructionFields,
  steps: stepCount,
  expand: flag.describe('Whether each step is broken down once more.'),
  execute: executeFlag,
  concurrency,
  /** The idea that the plan is to carry out. Given by `run`. */
  idea: z
    .object({ title: z.string(), description: z.string(), rationale: z.string() })
    .nullish()
    .transform((value) => value ?? null)
    .register(fieldNotes, { internal: true }),
});
export type PlanInput = z.infer<typeof planInput>;
