import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batches } from './command.ts';
import { regressions } from './regressions.ts';
import { live } from './story.ts';

const env = (name: string): string | undefined => process.env[name] || undefined;
const seed = Number(env('LION_TEST_SEED') ?? Date.now() % 1_000_000);
const numRuns = Number(env('LION_MODEL_RUNS') ?? 20);
const path = env('LION_MODEL_PATH');

/** Whether a case that fails is shown as it is, and no smaller one is looked for. */
const endOnFailure = env('LION_MODEL_SHRINK') === '0';

/** Beyond that, no smaller case is looked for. */
const longestMs = 60_000 + numRuns * 2000;

test.each(Object.entries(regressions))('a regression: %s', async (_, commands) => {
  await expect(live(commands)).resolves.toBeUndefined();
});

test(
  'whatever is done to it at once and in whatever order: a reader sees what was promised',
  async () => {
    console.info(`LION_TEST_SEED=${seed} LION_MODEL_RUNS=${numRuns}`);
    const parameters = { seed, numRuns, ...(path !== undefined && { path }), interruptAfterTimeLimit: longestMs, endOnFailure };
    const result = await fc.check(fc.asyncProperty(batches, live), parameters);
    if (!result.failed) return;
    const { counterexample, counterexamplePath, errorInstance, numShrinks } = result;
    const again = `LION_TEST_SEED=${seed} LION_MODEL_RUNS=${numRuns} LION_MODEL_PATH=${counterexamplePath} npx vitest run tests/model/`;
    throw new Error(
      `${(errorInstance as Error | null)?.message ?? 'Interrupted before all was tried'}\n\nAgain: ${again}\n` +
        `As a regression (made smaller ${numShrinks} times):\n${JSON.stringify(counterexample?.[0])}\n`,
      { cause: errorInstance },
    );
  },
  longestMs + 60_000,
);
