import type { Batch } from './command.ts';

/** Commands that once broke a guarantee, by what could be seen. They are given first, each time. */
export const regressions: Record<string, Batch[]> = {};
