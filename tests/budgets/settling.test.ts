import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { perform as performKind } from '../../src/operations/perform.ts';
import { dataOf, until } from '../support/api.ts';
import { refOf, type TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion, planJson } from '../support/provider-lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import {
  budgetsOf,
  budgetsOfSession,
  errorFields,
  neededFor,
  outcomeOf,
  perform,
  pricesIn,
  reservationsIn,
  setBudget,
  using as answerUsing,
} from './budgeting.ts';

const limit = 100_000;
const maxOutputTokens = 500;

const tokensOf = async (test: TestLion) => (await budgetsOf(test))[0]!.tokens!;

async function openBudgeted(options: Parameters<typeof openProviderLion>[0] = {}) {
  const lion = await openProviderLion({ ...options, config: { maxOutputTokens, ...options.config } });
  await setBudget(lion.test, { scope: 'PROJECT', period: 'TOTAL', tokens: limit });
  return lion;
}

/** @returns the outcome once it has ended, and what was reserved meanwhile */
async function meanwhile(test: TestLion, isAsked: () => Promise<unknown>) {
  const { perform: started } = dataOf(
    await test.query(`mutation { perform(input: { instruction: "Say something" }) { ... on Operation { id session { id } } } }`),
  );
  const asked = await isAsked();
  return { id: started.id as string, sessionId: started.session.id as string, asked, reserved: (await tokensOf(test)).reserved };
}

const ended = (test: TestLion, id: string) =>
  until('it has ended', async () => {
    const outcome = await outcomeOf(test, id);
    return ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(outcome.status) && outcome;
  });

describe('what a call used is settled', () => {
  it('where it is cancelled: nobody counted, so that its worst case is spent', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    const { id, reserved } = await meanwhile(test, async () => (await provider.nextRequest()).writeText('Some'));
    await test.query('mutation($id: ID!) { cancelOperation(id: $id) { __typename } }', { id });
    const { usage } = await ended(test, id);
    const told = usage.inputTokens + usage.outputTokens;
    expect(told).toBeGreaterThan(0);
    expect(await tokensOf(test)).toMatchObject({ spent: reserved, assumed: reserved - told, reserved: 0 });
    expect(await reservationsIn(test)).toBe(0);
  });

  it('where its session is deleted: nothing is given back, and nothing is left behind', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    const { sessionId, reserved } = await meanwhile(test, async () => (await provider.nextRequest()).writeText('Some'));
    await test.query('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id: sessionId });
    expect(await tokensOf(test)).toMatchObject({ spent: reserved, assumed: reserved, reserved: 0 });
    expect(await reservationsIn(test)).toBe(0);
    expect(await test.lion.database.reader.sessionBudget.count()).toBe(0);
  });

  it('where the provider refuses: nothing is spent', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    provider.answer((exchange) => exchange.fail(401));
    expect((await perform(test)).error!.code).toBe('MODEL_UNAUTHORIZED');
    expect(await tokensOf(test)).toMatchObject({ spent: 0, assumed: 0, reserved: 0 });
  });

  it('where the answer is cut off, or says nothing of tokens: its worst case is spent', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    const needed = await meanwhile(test, async () => {
      const exchange = await provider.nextRequest();
      exchange.writeText('Some');
      return exchange;
    });
    (needed.asked as { destroy(): void }).destroy();
    const again = await provider.nextRequest();
    expect(await tokensOf(test)).toMatchObject({ spent: needed.reserved, reserved: needed.reserved });
    again.writeText('Something');
    again.writeRaw('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    again.end();
    expect((await ended(test, needed.id)).status).toBe('SUCCEEDED');
    expect(await tokensOf(test)).toMatchObject({ spent: 2 * needed.reserved, reserved: 0 });
  });

  it('where the provider counts more than was reserved: the excess is spent, and the next call does not fit', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    provider.answer(answerUsing(() => ({ input: 90_000, output: 20_000 })));
    expect((await perform(test)).status).toBe('SUCCEEDED');
    expect(await tokensOf(test)).toMatchObject({ spent: 110_000, remaining: 0, reserved: 0 });
    expect((await perform(test)).error!.code).toBe('BUDGET_EXCEEDED');
  });

  it('each go at a call anew: one that is complained of, and the one that comes after it', async () => {
    await using lion = await openBudgeted();
    const { test, provider } = lion;
    provider.answer('no JSON', ideasJson('A bakery'));
    const document = `mutation { brainstorm(input: { instruction: "Name a bakery", count: 1 }, options: { waitMs: 30000 }) { ... on Operation { status } } }`;
    expect(dataOf(await test.query(document)).brainstorm.status).toBe('SUCCEEDED');
    expect(await tokensOf(test)).toMatchObject({ spent: 36, assumed: 0, reserved: 0 });
  });
});

it('what failed for its budget goes on from what was recorded, once there is more', async () => {
  await using lion = await openBudgeted();
  const { test, provider } = lion;
  const tokens = 20_000;
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', tokens });
  provider.answerAll(answerUsing(() => ({ input: tokens - 500, output: 499 }), ideasJson('A bakery')));
  const fields = `{ ... on Operation { id status error ${errorFields} } ... on Error { code message } }`;
  const document = `mutation { run(input: { instruction: "Name a bakery", count: 1 }, options: { waitMs: 30000 }) ${fields} }`;
  const { run } = dataOf(await test.query(document));
  expect(run.error).toMatchObject({ code: 'BUDGET_EXCEEDED', retryable: false, budget: { scope: 'PROJECT', unit: 'TOKENS' } });
  expect(provider.requests).toHaveLength(1);
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', tokens: limit });
  provider.answerAll('no more JSON');
  const { retryOperation } = dataOf(await test.query(`mutation($id: ID!) { retryOperation(id: $id) ${fields} }`, { id: run.id }));
  await ended(test, retryOperation.id);
  const kinds = (await test.follow(refOf(retryOperation.id))).flatMap((event) =>
    event.type === 'StepStarted' ? [event.payload.step] : [],
  );
  expect(kinds).not.toContain('ideas');
});

it('children use the budget of what started them', async () => {
  const family = define({
    kind: 'family',
    version: 1,
    description: 'Has two children, one after the other.',
    input: z.object({ name: z.string() }),
    output: z.object({ done: z.boolean() }),
    async execute({ child }) {
      await child(performKind, { instruction: 'Say something' });
      await child(performKind, { instruction: 'Say something' });
      return { done: true };
    },
  });
  await using lion = await openBudgeted({ definitions: [family] });
  const { test, provider } = lion;
  const needed = await neededFor(test);
  provider.answerAll(answerUsing(() => ({ input: needed - 500, output: 500 })));
  const fields = `{ ... on Operation { id status children { id status budget { subjectId } } error ${errorFields} } }`;
  const start = `mutation($tokens: Int64!) { family(input: { name: "Smith" }, options: { waitMs: 30000, budget: { tokens: $tokens } }) ${fields} }`;
  const { family: enough } = dataOf(await test.query(start, { tokens: 2 * needed }));
  expect(enough).toMatchObject({ status: 'SUCCEEDED', children: [{ budget: { subjectId: enough.id } }, {}] });
  const { family: tooLittle } = dataOf(await test.query(start, { tokens: 2 * needed - 1 }));
  expect(tooLittle).toMatchObject({
    status: 'FAILED',
    children: [{ status: 'SUCCEEDED' }, { status: 'FAILED' }],
    error: { code: 'BUDGET_EXCEEDED', budget: { scope: 'OPERATION', subjectId: tooLittle.id, spent: needed } },
  });
  // A child that is tried again by itself gets no more than what started it had.
  const { retryOperation } = dataOf(
    await test.query(`mutation($id: ID!) { retryOperation(id: $id) { ... on Operation { id budget { tokens { limit } } } } }`, {
      id: tooLittle.children[1].id,
    }),
  );
  expect(retryOperation.budget.tokens.limit).toBe(2 * needed - 1);
  await ended(test, retryOperation.id);
});

it('a plan whose steps do not fit fails for the budget, and keeps what was done', async () => {
  await using lion = await openBudgeted();
  const { test, provider } = lion;
  const tokens = 20_000;
  provider.answer(answerUsing(() => ({ input: 100, output: 50 }), planJson({ a: [], b: ['a'] })));
  provider.answer(answerUsing(() => ({ input: tokens - 500, output: 499 }), 'Done'));
  const document = `mutation($tokens: Int64!) { plan(input: { instruction: "Open a bakery", execute: true }, options: { waitMs: 30000, budget: { tokens: $tokens } }) {
    ... on Operation { error ${errorFields} partialOutput { ... on PlanOutput { steps { id status } } } } } }`;
  const { plan } = dataOf(await test.query(document, { tokens }));
  expect(plan).toMatchObject({
    error: { code: 'BUDGET_EXCEEDED', retryable: false, budget: { scope: 'OPERATION', limit: tokens } },
    partialOutput: {
      steps: [
        { id: 'a', status: 'SUCCEEDED' },
        { id: 'b', status: 'FAILED' },
      ],
    },
  });
});

it('a model whose price is not known is not asked under a budget in money; the next one of a chain may be', async () => {
  await using lion = await openProviderLion({ config: { maxOutputTokens } });
  const { test, provider } = lion;
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', costMicroUsd: 1000 });
  expect((await perform(test)).error).toMatchObject({ code: 'MODEL_PRICE_UNKNOWN', retryable: false });
  expect((await perform(test, { model: 'openai-compatible/small,builtin' })).status).toBe('SUCCEEDED');
  expect(provider.requests).toEqual([]);
  expect((await budgetsOf(test))[0]!.costMicroUsd).toMatchObject({ spent: 0, reserved: 0 });
});

it('what was used before a budget was set counts in its period', async () => {
  using scratch = scratchFolder();
  await using lion = await openProviderLion({ config: { maxOutputTokens, pricesFile: pricesIn(scratch.path) } });
  const { test, provider } = lion;
  provider.answerAll(answerUsing(() => ({ input: 100, output: 50 })));
  const first = await perform(test);
  const sessionId = first.session.id;
  const { keyId } = await test.lion.keys.authenticate(test.key);
  await setBudget(test, { scope: 'PROJECT', period: 'MONTH', tokens: limit, costMicroUsd: limit });
  await setBudget(test, { scope: 'KEY', id: keyId, period: 'DAY', tokens: limit });
  const update = `mutation($input: UpdateSessionInput!) { updateSession(input: $input) { __typename } }`;
  const budgets = [{ period: 'DAY', tokens: limit, costMicroUsd: limit }, { tokens: limit }];
  await test.query(update, { input: { id: sessionId, budgets } });
  await perform(test, { sessionId });
  const spent = { spent: 300, assumed: 0, reserved: 0 };
  expect(await budgetsOf(test)).toMatchObject([
    { scope: 'PROJECT', tokens: spent, costMicroUsd: { spent: 1200 } },
    { scope: 'KEY', subjectId: keyId, tokens: spent, costMicroUsd: null },
  ]);
  expect(await budgetsOfSession(test, sessionId)).toMatchObject([
    { period: 'DAY', tokens: spent, costMicroUsd: { spent: 1200 } },
    { period: 'TOTAL', tokens: spent, costMicroUsd: null },
  ]);
  // These take the place of those.
  await test.query(update, { input: { id: sessionId, budgets: [{ tokens: 5 }] } });
  expect(await budgetsOfSession(test, sessionId)).toMatchObject([{ period: 'TOTAL', tokens: { limit: 5, spent: 300 } }]);
  const fork = `mutation($id: ID!) { forkSession(input: { id: $id }) { ... on Session { id } } }`;
  const { forkSession } = dataOf(await test.query(fork, { id: sessionId }));
  expect(await budgetsOfSession(test, forkSession.id)).toMatchObject([{ period: 'TOTAL', tokens: { limit: 5, spent: 0 } }]);
});

it('a budget that is set while a call runs counts what that one may use', async () => {
  await using lion = await openBudgeted();
  const { test, provider } = lion;
  const { id, sessionId, reserved } = await meanwhile(test, async () => {
    const exchange = await provider.nextRequest();
    void until('the budgets are set', async () => (await budgetsOf(test)).length === 2).then(() => {
      exchange.writeText('Something');
      exchange.finish();
    });
  });
  const update = `mutation($id: ID!) { updateSession(input: { id: $id, budgets: [{ tokens: 70000 }] }) { __typename } }`;
  await test.query(update, { id: sessionId });
  expect(await budgetsOfSession(test, sessionId)).toMatchObject([{ tokens: { spent: 0, reserved } }]);
  const set = await setBudget(test, { scope: 'PROJECT', period: 'DAY', tokens: 5 });
  expect(set!.tokens).toMatchObject({ limit: 5, spent: 0, reserved, remaining: 0 });
  await ended(test, id);
  for (const { tokens } of [...(await budgetsOf(test)), ...(await budgetsOfSession(test, sessionId))])
    expect(tokens).toMatchObject({ spent: 18, reserved: 0 });
});

it('a request that is repeated with its idempotency key gets the operation with its budget, and no second one', async () => {
  await using lion = await openBudgeted();
  const { test, provider } = lion;
  provider.answer('Something');
  const options = { idempotencyKey: 'once', budget: { tokens: 5000 } };
  const [first, second] = [await perform(test, options), await perform(test, options)];
  expect(second.id).toBe(first.id);
  expect(second.budget!.tokens).toMatchObject({ limit: 5000, spent: 18 });
  expect(await perform(test, { ...options, budget: { tokens: 6000 } })).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
});

it('the budget of a key is none of another key', async () => {
  await using lion = await openProviderLion({ config: { maxOutputTokens } });
  const { test, provider } = lion;
  provider.answerAll('Something');
  const { keyId, projectId } = await test.lion.keys.authenticate(test.key);
  const { secret: other } = await test.lion.keys.create(projectId, { role: 'operator', name: 'other' });
  await setBudget(test, { scope: 'KEY', id: keyId, period: 'TOTAL', tokens: 5 });
  expect((await perform(test)).error).toMatchObject({ code: 'BUDGET_EXCEEDED', budget: { scope: 'KEY', subjectId: keyId } });
  expect((await perform(test, {}, other)).status).toBe('SUCCEEDED');
  const document = `mutation { setBudget(input: { scope: PROJECT, period: DAY, tokens: 1 }) { scope } }`;
  expect((await test.query(document, {}, other)).errors![0]!.extensions['code']).toBe('FORBIDDEN');
  // Null takes a limit away.
  expect(await setBudget(test, { scope: 'KEY', id: keyId, period: 'TOTAL', tokens: null })).toBeNull();
  expect((await perform(test)).status).toBe('SUCCEEDED');
});

it.each([
  [{ scope: 'PROJECT', period: 'DAY' }, 'input: give tokens, costMicroUsd, or both'],
  [{ scope: 'PROJECT', id: 'prj_other', period: 'DAY', tokens: 1 }, 'input.id: must be that of your project, or be left out'],
  [{ scope: 'KEY', period: 'DAY', tokens: 1 }, 'input.id: must be that of a key'],
  [{ scope: 'KEY', id: 'key_none', period: 'DAY', tokens: 1 }, 'input.id: must be that of a key of your project'],
  [{ scope: 'PROJECT', period: 'DAY', tokens: -1 }, 'input.tokens: must not be negative'],
])('a budget that makes no sense is refused: %o', async (input, message) => {
  await using lion = await openProviderLion();
  const document = 'mutation($input: SetBudgetInput!) { setBudget(input: $input) { scope } }';
  const { errors } = await lion.test.query(document, { input });
  expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_INPUT' } }]);
});
