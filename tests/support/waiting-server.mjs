// `lion serve` with kinds of operation that wait, written as a user of Lion would write them.
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { configFromEnv, define, serveUntilStopped } from '../../dist/index.js';

const output = z.object({ done: z.string() });

/** Works, sleeps, and works again; each piece of work leaves a line. */
const nap = define({
  kind: 'nap',
  version: 1,
  description: 'Sleeps.',
  input: z.object({ ms: z.int() }),
  output,
  async execute({ input: { ms }, step, sleep }) {
    await step('before', () => appendFileSync('done.log', 'before\n'));
    await sleep(ms);
    await step('after', () => appendFileSync('done.log', 'after\n'));
    return { done: 'slept' };
  },
});

/** Works, asks, and works again; each piece of work leaves a line. */
const publish = define({
  kind: 'publish',
  version: 1,
  description: 'Publishes what a person approves of.',
  input: z.object({ text: z.string() }),
  output,
  async execute({ input: { text }, step, ask }) {
    await step('before', () => appendFileSync('done.log', 'before\n'));
    const { approved } = await ask('approval', { question: `Publish ${text}?`, schema: z.object({ approved: z.boolean() }) });
    await step('after', () => appendFileSync('done.log', 'after\n'));
    return { done: approved ? 'published' : 'kept' };
  },
});

/** Has a child have a child that asks. */
const boss = define({
  kind: 'boss',
  version: 1,
  description: 'Has somebody publish.',
  input: z.object({ text: z.string(), levels: z.int() }),
  output,
  async execute({ input: { text, levels }, step, child }) {
    await step('before', () => null);
    return levels === 0 ? child(publish, { text }) : child(boss, { text, levels: levels - 1 });
  },
});

await serveUntilStopped(configFromEnv(), { definitions: [nap, publish, boss] });
