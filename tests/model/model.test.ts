import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batches, type Batch } from './command.ts';
import { regressions } from './regressions.ts';
import { live } from './story.ts';

const env = (name: string): string | undefined => process.env[name] || undefined;
const seed = Number(env('LION_TEST_SEED') ?? Date.now() % 1_000_000);
const numRuns = Number(env('LION_MODEL_RUNS') ?? 12);
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
    expect(result.failed ? howItFailed(result) : undefined).toBeUndefined();
  },
  longestMs + 60_000,
);

function howItFailed({
  errorInstance,
  counterexample,
  counterexamplePath,
  numShrinks,
}: fc.RunDetails<[readonly Batch[]]>): string {
  const again = `LION_TEST_SEED=${seed} LION_MODEL_RUNS=${numRuns} LION_MODEL_PATH=${counterexamplePath} npx vitest run tests/model/`;
  const { message, stack } = (errorInstance as Error | null) ?? new Error('it took too long');
  const asRegression = `As a regression (made smaller ${numShrinks} times):\n${JSON.stringify(counterexample?.[0])}`;
  console.error(`${message}\n\nAgain: ${again}\n\n${asRegression}\n\n${stack}`);
  return `${message}\nAgain: ${again}`;
}
