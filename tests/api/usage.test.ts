import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataOf, otherProject } from '../support/api.ts';
import type { TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion, promptOf } from '../support/provider-lion.ts';
import { scratchFolder } from '../support/scratch.ts';

const usageFields = 'usage { inputTokens outputTokens cachedTokens reasoningTokens cost }';

async function perform(test: TestLion, key = test.key, more = ''): Promise<{ session: { id: string } }> {
  const { perform: started } = dataOf(
    await test.query(
      `mutation { perform(input: { instruction: "x" }, options: { waitMs: 20000 ${more} }) {
        ... on Operation { id status ${usageFields} session { id ${usageFields} } } } }`,
      {},
      key,
    ),
  );
  return started;
}

/** What the test provider counts for each call: 11 tokens in, 4 of them cached, and 7 out. */
const call = { inputTokens: 11, outputTokens: 7, cachedTokens: 4, reasoningTokens: 0 };
const times = (n: number): Record<string, number> =>
  Object.fromEntries(Object.entries(call).map(([name, count]) => [name, count * n]));

describe('usage', () => {
  it('is counted for calls, operations and sessions, and by model, kind, key and day; with prices of the user', async () => {
    using scratch = scratchFolder();
    const pricesFile = join(scratch.path, 'prices.json');
    writeFileSync(pricesFile, '{"openai-compatible/small": {"input": 2, "cachedInput": 0.5, "output": 10}}');
    await using lion = await openProviderLion({ config: { pricesFile } });
    const { provider, test } = lion;
    const { secret: otherKey } = await test.lion.keys.create(test.lion.defaultProjectId, { role: 'operator', name: 'other' });
    const keyIdOf = async (key: string): Promise<string> =>
      dataOf(await test.query('{ viewer { keyId } }', {}, key)).viewer.keyId;
    // (11 - 4) x 2 + 4 x 0.5 + 7 x 10 micro-dollars
    const cost = 86;
    provider.answerAll((exchange) => {
      const prompt = promptOf(exchange);
      exchange.writeText(prompt.includes('Propose') ? ideasJson('Golden Crust') : 'Well.');
      exchange.finish();
    });
    const first = await perform(test);
    expect(first).toMatchObject({ usage: { ...call, cost }, session: { usage: { ...call, cost } } });
    const sessionId = first.session.id;
    await perform(test, otherKey, `sessionId: "${sessionId}"`);

    // A child counts on the account of the key that started its parent, and a try that failed counts, too.
    provider.answer('No ideas today');
    const { brainstorm } = dataOf(
      await test.query(
        `mutation { brainstorm(input: { instruction: "x", count: 1, explore: true }, options: { waitMs: 20000, sessionId: "${sessionId}" }) {
          ... on Operation { status ${usageFields} children { ${usageFields} } session { ${usageFields} }
            events(types: [StepRetrying, StepSucceeded]) { nodes { ... on StepRetrying { ${usageFields} } ... on StepSucceeded { ${usageFields} } } } } } }`,
      ),
    );
    expect(brainstorm).toMatchObject({
      status: 'SUCCEEDED',
      usage: { ...times(3), cost: 3 * cost },
      children: [{ usage: { ...call, cost } }],
      session: { usage: { ...times(5), cost: 5 * cost } },
    });
    expect(brainstorm.events.nodes).toEqual(Array(3).fill({ usage: { ...call, cost } }));

    const grouped = async (groupBy: string): Promise<unknown> =>
      dataOf(await test.query(`{ usage(groupBy: [${groupBy}]) { model kind keyId day calls unpricedCalls ${usageFields} } }`))
        .usage;
    const nothing = { model: null, kind: null, keyId: null, day: null, unpricedCalls: 0 };
    expect(await grouped('')).toEqual([{ ...nothing, calls: 5, usage: { ...times(5), cost: 5 * cost } }]);
    expect(await grouped('KIND')).toEqual([
      { ...nothing, kind: 'perform', calls: 3, usage: { ...times(3), cost: 3 * cost } },
      { ...nothing, kind: 'brainstorm', calls: 2, usage: { ...times(2), cost: 2 * cost } },
    ]);
    expect(await grouped('KEY, MODEL, DAY')).toEqual([
      {
        ...nothing,
        model: 'openai-compatible/small',
        keyId: await keyIdOf(test.key),
        day: new Date().toISOString().slice(0, 10),
        calls: 4,
        usage: { ...times(4), cost: 4 * cost },
      },
      expect.objectContaining({ keyId: await keyIdOf(otherKey), calls: 1 }),
    ]);

    // It is kept when the session is deleted; nobody else sees it.
    dataOf(await test.query(`mutation { deleteSession(id: "${sessionId}") { __typename } }`));
    expect(await grouped('')).toMatchObject([{ calls: 5 }]);
    const stranger = await otherProject(test);
    expect(dataOf(await test.query('{ usage { calls } }', {}, stranger)).usage).toEqual([]);
    expect(
      dataOf(await test.query('{ usage(from: "2020-01-01T00:00:00Z", to: "2020-12-31T00:00:00Z") { calls } }')).usage,
    ).toEqual([]);
  });

  it('of a model whose price is not known has no cost, and never one of zero', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answerAll('Well.');
    expect(await perform(test)).toMatchObject({ usage: { ...call, cost: null }, session: { usage: { cost: null } } });
    await perform(test, test.key, 'model: "builtin"');
    const { usage } = dataOf(await test.query(`{ usage(groupBy: [MODEL]) { model calls unpricedCalls usage { cost } } }`));
    expect(usage).toEqual(
      expect.arrayContaining([
        { model: 'openai-compatible/small', calls: 1, unpricedCalls: 1, usage: { cost: null } },
        { model: 'builtin', calls: 1, unpricedCalls: 0, usage: { cost: 0 } },
      ]),
    );
    expect(dataOf(await test.query('{ usage { unpricedCalls usage { cost } } }')).usage).toEqual([
      { unpricedCalls: 1, usage: { cost: null } },
    ]);
  });

  it('of a period that makes no sense is refused', async () => {
    await using lion = await openProviderLion();
    for (const period of ['from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z"', 'from: "2020-01-01T00:00:00Z"']) {
      const { errors } = await lion.test.query(`{ usage(${period}) { calls } }`);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', issues: [{ path: 'from' }] });
    }
  });
});
