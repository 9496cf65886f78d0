import { describe, expect, it } from 'vitest';
import { testClock } from '../support/clock.ts';
import { dataOf } from '../support/api.ts';
import { openProviderLion } from '../support/provider-lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import type { TestLion } from '../support/lion.ts';
import { budgetsOf, budgetsOfSession, neededFor, perform, pricesIn, setBudget, using } from './budgeting.ts';

const maxOutputTokens = 1000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The middle of a month, at ten in the morning: how far ahead that is. */
const aheadMs = (): number => Date.UTC(2031, 0, 10, 10) - Date.now();

type Scope = 'PROJECT' | 'KEY' | 'SESSION' | 'OPERATION';

/** Sets a budget up. @returns the subject, and the options of operations that it is for */
async function give(test: TestLion, scope: Scope, period: string, limits: Record<string, number>) {
  const { keyId, projectId } = await test.lion.keys.authenticate(test.key);
  if (scope === 'OPERATION') return { id: /^op_/, options: { budget: limits } };
  if (scope === 'SESSION') {
    const document = `mutation($input: CreateSessionInput!) { createSession(input: $input) { ... on Session { id } } }`;
    const input = { ttlSeconds: null, budgets: [{ period, ...limits }] };
    const { id } = dataOf(await test.query(document, { input })).createSession;
    return { id: id as string, options: { sessionId: id as string } };
  }
  await setBudget(test, { scope, period, ...(scope === 'KEY' && { id: keyId }), ...limits });
  return { id: scope === 'KEY' ? keyId : projectId, options: {} };
}

const cases = (['PROJECT', 'KEY', 'SESSION'] as const).flatMap((scope) =>
  (['DAY', 'MONTH', 'TOTAL'] as const).flatMap((period) =>
    (['TOKENS', 'MICRO_USD'] as const).map((unit) => [scope, period, unit] as const),
  ),
);

describe('a budget holds', () => {
  it.each(cases)('of a %s for a %s in %s: until it begins anew, by the calendar in UTC', async (scope, period, unit) => {
    using scratch = scratchFolder();
    const clock = testClock(aheadMs());
    await using lion = await openProviderLion({ clock, config: { maxOutputTokens, pricesFile: pricesIn(scratch.path) } });
    const { provider, test } = lion;
    const needed = await neededFor(test);
    const input = needed - maxOutputTokens;
    provider.answerAll(using(() => ({ input, output: maxOutputTokens })));
    // One dollar a million tokens of input, and ten of output.
    const costs = input + 10 * maxOutputTokens;
    const amount = unit === 'TOKENS' ? needed : costs;
    const { id, options } = await give(test, scope, period, unit === 'TOKENS' ? { tokens: amount } : { costMicroUsd: amount });
    const outcome = async (): Promise<string> => {
      const { status, error } = await perform(test, options);
      return error?.code ?? status;
    };

    expect(await outcome()).toBe('SUCCEEDED');
    const { error } = await perform(test, options);
    expect(error).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      budget: { scope, subjectId: id, period, unit, limit: amount, spent: amount, reserved: 0, needed: amount },
    });
    const resets = { DAY: '2031-01-11T00:00:00.000Z', MONTH: '2031-02-01T00:00:00.000Z', TOTAL: null }[period];
    expect(error!.budget!['resetsAt']).toBe(resets);

    clock.pass(13 * hourMs);
    expect(await outcome()).toBe('BUDGET_EXCEEDED');
    clock.pass(2 * hourMs);
    expect(await outcome()).toBe(period === 'DAY' ? 'SUCCEEDED' : 'BUDGET_EXCEEDED');
    expect(await outcome()).toBe('BUDGET_EXCEEDED');
    clock.pass(21 * dayMs);
    expect(await outcome()).toBe(period === 'TOTAL' ? 'BUDGET_EXCEEDED' : 'SUCCEEDED');
    expect(await outcome()).toBe('BUDGET_EXCEEDED');
    expect(provider.requests).toHaveLength({ DAY: 3, MONTH: 2, TOTAL: 1 }[period]);
    const shown = scope === 'SESSION' ? await budgetsOfSession(test, id as string) : await budgetsOf(test);
    const figures = { limit: amount, spent: amount, assumed: 0, reserved: 0, remaining: 0 };
    expect(shown.map((budget) => budget[unit === 'TOKENS' ? 'tokens' : 'costMicroUsd'])).toEqual([figures]);
  });

  it.each(['TOKENS', 'MICRO_USD'] as const)('of an operation in %s: with all that it starts', async (unit) => {
    using scratch = scratchFolder();
    await using lion = await openProviderLion({ config: { maxOutputTokens, pricesFile: pricesIn(scratch.path) } });
    const { provider, test } = lion;
    const needed = await neededFor(test);
    const input = needed - maxOutputTokens;
    provider.answerAll(using(() => ({ input, output: maxOutputTokens })));
    const costs = input + 10 * maxOutputTokens;
    const fits = unit === 'TOKENS' ? { tokens: needed } : { costMicroUsd: costs };
    const fitsNot = unit === 'TOKENS' ? { tokens: needed - 1 } : { costMicroUsd: costs - 1 };
    const done = await perform(test, { budget: fits });
    const figures = { limit: unit === 'TOKENS' ? needed : costs, assumed: 0, reserved: 0, remaining: 0 };
    expect(done).toMatchObject({
      status: 'SUCCEEDED',
      budget: { scope: 'OPERATION', subjectId: done.id, [unit === 'TOKENS' ? 'tokens' : 'costMicroUsd']: figures },
    });
    // Each has a budget of its own.
    expect((await perform(test, { budget: fits })).status).toBe('SUCCEEDED');
    expect((await perform(test, { budget: fitsNot })).error).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      budget: { scope: 'OPERATION', unit, spent: 0 },
    });
    expect(provider.requests).toHaveLength(2);
  });
});

it.each(['DAY', 'MONTH'] as const)('a clock that goes back gives no second budget for the %s', async (period) => {
  using scratch = scratchFolder();
  const spend = async (clockAheadMs: number): Promise<string> => {
    await using lion = await openProviderLion({
      clock: testClock(clockAheadMs),
      folder: scratch.path,
      config: { maxOutputTokens },
    });
    lion.provider.answerAll(using(({ body }) => ({ input: 300, output: body.max_tokens as number })));
    const tokens = 2000;
    await setBudget(lion.test, { scope: 'PROJECT', period, tokens });
    const { status, error } = await perform(lion.test);
    return error?.code ?? status;
  };
  const ahead = aheadMs();
  expect(await spend(ahead)).toBe('SUCCEEDED');
  expect(await spend(ahead)).toBe('BUDGET_EXCEEDED');
  expect(await spend(ahead - 40 * dayMs)).toBe('BUDGET_EXCEEDED');
  expect(await spend(ahead + 40 * dayMs)).toBe('SUCCEEDED');
  expect(await spend(ahead)).toBe('BUDGET_EXCEEDED');
});
