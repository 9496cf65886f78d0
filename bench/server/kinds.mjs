// The kinds of operation that the figures are taken with, written as a user of Lion would write them.
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { define } from '../../dist/index.js';
import { now, tell } from './parent.mjs';

/** Does nothing, in three steps. */
const noop = define({
  kind: 'noop',
  version: 1,
  description: 'Does nothing, in three steps.',
  input: z.object({ label: z.string() }),
  output: z.object({ label: z.string() }),
  async execute({ input, step }) {
    await step('first', () => null);
    await step('second', () => null);
    await step('third', () => null);
    return { label: input.label };
  },
});

/** Emits at a given pace. Each event tells when it was due; the commits are told to the parent afterwards, where that is asked for. */
const burst = define({
  kind: 'burst',
  version: 1,
  description: 'Emits events at a pace.',
  input: z.object({
    count: z.int(),
    ratePerSecond: z.number().describe('0: each as soon as the one before is stored.'),
    beginAt: z.number().default(0).describe('When the first is due, by the clock of the machine; 0: at once.'),
    mostMs: z.number().default(60_000).describe('When to stop although there are more to come.'),
    text: z.string(),
    tellCommits: z.boolean().default(false),
  }),
  output: z.object({ emitted: z.int() }),
  async execute({ input, emit }) {
    const { count, ratePerSecond, beginAt, mostMs, text, tellCommits } = input;
    const begin = beginAt === 0 ? now() : beginAt;
    const commits = [];
    let emitted = 0;
    while (emitted < count && now() < begin + mostMs) {
      const dueAt = ratePerSecond === 0 ? now() : begin + (emitted * 1000) / ratePerSecond;
      if (dueAt > now()) await delay(dueAt - now());
      await emit('burst', { index: emitted++, dueAt, text });
      if (tellCommits) commits.push(now());
    }
    if (tellCommits) tell({ commits });
    return { emitted };
  },
});

export const kinds = [noop, burst];
