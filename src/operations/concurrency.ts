import { z } from 'zod';

/** How many children a kind works with at a time, unless its input says otherwise. */
export const defaultConcurrency = 4;

/** How many children at a time; null leaves it to Lion. */
export const concurrency = z
  .int()
  .min(1, 'must be at least 1')
  .max(100, 'must be at most 100')
  .nullish()
  .transform((value) => value ?? null)
  .describe('How many operations at a time. Left out: 4.');

/** True where it is asked for. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** Whether a plan is carried out. */
export const executeFlag = flag.describe(
  'Whether the steps are carried out, each in an operation of its own, as soon as what it depends on is done.',
);
