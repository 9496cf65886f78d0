// `lion serve` with kinds of operation that leave traces and do harm, written as a user of Lion would write them.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { configFromEnv, define, serveUntilStopped } from '../../dist/index.js';

const output = z.object({ done: z.int() });
const children = z.int().default(0);

/** Works in steps, and says of each try that it is made; then has children do the same. */
const toil = define({
  kind: 'toil',
  version: 1,
  description: 'Works in steps.',
  input: z.object({ steps: z.int(), stepMs: z.int(), children }),
  output,
  async execute({ input: { steps, stepMs, children }, operation, step, child, emit }) {
    for (let n = 1; n <= steps; n++) {
      await step(`step ${n}`, async ({ try: number, signal }) => {
        appendFileSync('done.log', `${operation.id} step ${n} ${number}\n`);
        await delay(stepMs, undefined, { signal });
      });
    }
    await emit('halfway', { steps });
    const inputs = Array.from({ length: children }, () => ({ steps, stepMs }));
    await Promise.all(inputs.map((input) => child(toil, input)));
    return { done: steps };
  },
});

/** Takes its process down, each time. */
const deadly = define({
  kind: 'deadly',
  version: 1,
  description: 'Takes its process down.',
  input: z.object({ name: z.string() }),
  output,
  async execute({ step }) {
    await step('prepare', () => null);
    process.kill(process.pid, 'SIGKILL');
    return { done: 1 };
  },
});

/** Works on for a time whatever it is told, as code does that does not look at its signal. */
const stubborn = define({
  kind: 'stubborn',
  version: 1,
  description: 'Heeds no signal.',
  input: z.object({ ms: z.int() }),
  output,
  async execute({ input: { ms }, step }) {
    await step('work', () => delay(ms));
    return { done: 1 };
  },
});

await serveUntilStopped(configFromEnv(), { definitions: [toil, deadly, stubborn] });
