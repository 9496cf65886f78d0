import type { Batch, Command } from './command.ts';

/** One after another. */
const inTurn = (
  ...commands: (Command extends infer Each ? (Each extends unknown ? Omit<Each, 'after'> : never) : never)[]
): Batch[] => commands.map((command) => ({ commands: [{ ...command, after: 0 }], settle: true }));

/** Commands that once broke a guarantee, by what could be seen. They are given first, each time. */
export const regressions: Record<string, Batch[]> = {
  'what a fork found queued waited for its turn there, once it had ended where it was started': inTurn(
    { do: 'start', session: 0, plan: ['step'] },
    { do: 'fork', session: 0, back: 2 },
    { do: 'fork', session: 0, back: 3 },
  ),
};
