import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, gate } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { ideas, scripted } from '../support/scripted.ts';

const instruction = 'Plan a web application for a village library';

const output = `output {
  __typename
  ... on BrainstormOutput { ideas { id title description rationale } }
  ... on PlanOutput { steps { id title description dependsOn doneWhen } }
  ... on SelectOutput { selected { choice { id label content } score rationale } }
  ... on PerformOutput { text }
  ... on RunOutput { ideas { id } selectedIdea { id title } steps { id } }
}`;

const operation = `... on Operation {
  id kind status attempt instruction guidance context input model error { code }
  createdAt startedAt finishedAt
  session { id title }
  parent { id }
  children { kind status parent { id } }
  usage { inputTokens outputTokens cachedTokens reasoningTokens cost }
  ${output}
}
... on Error { code message }`;

const perform = `mutation($options: OperationOptions) {
  perform(input: { instruction: "${instruction}" }, options: $options) { __typename ${operation} }
}`;

describe('each kind, with the embedded model', () => {
  let lion: TestLion;
  beforeAll(async () => (lion = await openTestLion()));
  afterAll(() => lion[Symbol.asyncDispose]());

  const started = async (field: string) => {
    const found = dataOf(await lion.query(`mutation { started: ${field} { __typename ${operation} } }`)).started;
    expect(found).toMatchObject({
      __typename: 'Operation',
      status: 'SUCCEEDED',
      attempt: 1,
      instruction,
      model: 'builtin',
      error: null,
      parent: null,
      session: { title: instruction },
    });
    const times = [found.createdAt, found.startedAt, found.finishedAt].map((time: string) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(found.usage.outputTokens).toBeGreaterThan(0);
    return found;
  };
  const wait = 'options: { waitMs: 30000 }';

  test('brainstorm', async () => {
    const found = await started(
      `brainstorm(input: { instruction: "${instruction}", guidance: "Modest", context: { village: "Aha" }, count: 4 }, ${wait})`,
    );
    expect(found).toMatchObject({ guidance: 'Modest', context: { village: 'Aha' }, input: { count: 4 } });
    expect(found.output.__typename).toBe('BrainstormOutput');
    expect(new Set(found.output.ideas.map(({ title }: { title: string }) => title)).size).toBe(4);
  });

  test('brainstorm finds three ideas unless told otherwise', async () => {
    const { output: found } = await started(`brainstorm(input: { instruction: "${instruction}" }, ${wait})`);
    expect(found.ideas).toHaveLength(3);
  });

  test('plan', async () => {
    const { output: found } = await started(`plan(input: { instruction: "${instruction}", steps: 5 }, ${wait})`);
    expect(found.__typename).toBe('PlanOutput');
    expect(found.steps).toHaveLength(5);
    const known = new Set<string>();
    for (const { id, dependsOn } of found.steps) {
      expect([...known]).toEqual(expect.arrayContaining(dependsOn));
      known.add(id);
    }
  });

  test('select', async () => {
    const choices = '[{ label: "A village library with a web catalogue" }, { id: "b", label: "A bakery", content: [1] }]';
    const { output: found } = await started(
      `select(input: { instruction: "${instruction}", choices: ${choices}, max: 1 }, ${wait})`,
    );
    expect(found).toEqual({
      __typename: 'SelectOutput',
      selected: [
        {
          choice: { id: 'choice-1', label: 'A village library with a web catalogue', content: null },
          score: expect.any(Number),
          rationale: expect.any(String),
        },
      ],
    });
  });

  test('perform', async () => {
    const { output: found } = await started(`perform(input: { instruction: "${instruction}" }, ${wait})`);
    expect(found).toEqual({ __typename: 'PerformOutput', text: expect.stringMatching(/\w{3}/) });
  });

  test('run: its stages are children, and their usage adds up to its own', async () => {
    const found = await started(`run(input: { instruction: "${instruction}", count: 2, steps: 4 }, ${wait})`);
    expect(found.children).toEqual(
      ['brainstorm', 'select', 'plan'].map((kind) => ({ kind, status: 'SUCCEEDED', parent: { id: found.id } })),
    );
    expect(found.output.ideas).toHaveLength(2);
    expect(found.output.ideas.map(({ id }: { id: string }) => id)).toContain(found.output.selectedIdea.id);
    expect(found.output.steps).toHaveLength(4);
    const { operation: again } = dataOf(
      await lion.query(
        'query($id: ID!) { operation(id: $id) { children { usage { inputTokens outputTokens cachedTokens reasoningTokens cost } } } }',
        { id: found.id },
      ),
    );
    for (const [field, total] of Object.entries(found.usage)) {
      const of = again.children.map(({ usage }: { usage: Record<string, number> }) => usage[field] ?? 0);
      expect([field, of.reduce((sum: number, each: number) => sum + each, 0)]).toEqual([field, total]);
    }
  });

  test('in a session that is given', async () => {
    const { createSession } = dataOf(
      await lion.query('mutation { createSession(input: { title: "Mine" }) { ... on Session { id } } }'),
    );
    const options = { sessionId: createSession.id, waitMs: 30_000 };
    const first = dataOf(await lion.query(perform, { options })).perform;
    const second = dataOf(await lion.query(perform, { options })).perform;
    expect(first.session).toEqual({ id: createSession.id, title: 'Mine' });
    expect([first.id, second.id].map((id: string) => id.split('_')[2])).toEqual(['1', '2']);
  });

  test('a model that is not known is told of by type, and starts nothing', async () => {
    for (const model of ['nope', 'nope/nope', 'openai/gpt', 'openai-compatible/x', '/', 'builtin/x/y'])
      expect(dataOf(await lion.query(perform, { options: { model } })).perform).toMatchObject({
        __typename: 'ModelUnknownError',
        code: 'MODEL_UNKNOWN',
        message: expect.stringMatching(/\w+ \w+/),
      });
    expect(dataOf(await lion.query(perform, { options: { model: 'builtin', waitMs: 30_000 } })).perform.model).toBe('builtin');
  });
});

describe('waiting for the end', () => {
  test('0 ms: the answer comes at once, and the operation goes on', async () => {
    const held = gate();
    await using lion = await openTestLion({ models: scripted([async () => (await held.opened, 'The Crumb')]) });
    const { id, status, output: none } = dataOf(await lion.query(perform)).perform;
    expect({ status, none }).toEqual({ status: 'RUNNING', none: null });
    held.open();
    const again = `mutation($id: ID!) { cancelOperation(id: $id) { __typename } }`;
    await lion.follow(refOf(id));
    expect(dataOf(await lion.query(again, { id })).cancelOperation.__typename).toBe('OperationFinishedError');
  });

  test('in time: the answer has the output', async () => {
    await using lion = await openTestLion({ models: scripted(['The Crumb']) });
    const { status, output: found } = dataOf(await lion.query(perform, { options: { waitMs: 60_000 } })).perform;
    expect({ status, text: found.text }).toEqual({ status: 'SUCCEEDED', text: 'The Crumb' });
  });

  test('over: the answer has what there is, and the operation goes on', async () => {
    const held = gate();
    await using lion = await openTestLion({ models: scripted([async () => (await held.opened, 'The Crumb')]) });
    const { id, status } = dataOf(await lion.query(perform, { options: { waitMs: 30 } })).perform;
    expect(status).toBe('RUNNING');
    held.open();
    expect((await lion.follow(refOf(id))).at(-1)?.type).toBe('OperationSucceeded');
  });

  test('a client that goes away while it waits stops nothing', async () => {
    const held = gate();
    await using lion = await openTestLion({ models: scripted([async () => (held.open(), await release.opened, 'The Crumb')]) });
    const release = gate();
    const leave = new AbortController();
    const asked = fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': lion.key },
      body: JSON.stringify({ query: perform, variables: { options: { waitMs: 60_000 } } }),
      signal: leave.signal,
    });
    await held.opened;
    leave.abort();
    await expect(asked).rejects.toThrow(/abort/i);
    release.open();
    const { nodes } = dataOf(await lion.query('{ operations { nodes { id } } }')).operations;
    expect((await lion.follow(refOf(nodes[0].id))).at(-1)?.type).toBe('OperationSucceeded');
  });

  test('an operation that does not end within its time fails, with its children', async () => {
    const never = gate();
    await using lion = await openTestLion({ models: scripted([ideas('a', 'b', 'c'), async () => (await never.opened, '')]) });
    const document = `mutation { run(input: { instruction: "x" }, options: { timeoutMs: 400, waitMs: 30000 }) {
      ... on Operation { status error { code message retryable } children { kind status } }
    } }`;
    expect(dataOf(await lion.query(document)).run).toMatchObject({
      status: 'FAILED',
      error: { code: 'OPERATION_TIMED_OUT', retryable: true, message: expect.stringContaining('timeoutMs') },
      children: [
        { kind: 'brainstorm', status: 'SUCCEEDED' },
        { kind: 'select', status: 'CANCELLED' },
      ],
    });
    never.open();
  });
});

describe('the list of operations', () => {
  let lion: TestLion;
  let ids: string[];
  let times: string[];
  beforeAll(async () => {
    lion = await openTestLion();
    for (let index = 0; index < 12; index++)
      await lion.start(index % 3 === 0 ? 'perform' : 'brainstorm', { instruction: `Number ${index}` }, { waitMs: 30_000 });
    await lion.start('run', { instruction: 'The last' }, { waitMs: 30_000 });
    const page = dataOf(await lion.query('{ operations(first: 100) { nodes { id createdAt } } }')).operations.nodes;
    ids = page.map(({ id }: { id: string }) => id);
    times = page.map(({ createdAt }: { createdAt: string }) => createdAt);
  });
  afterAll(() => lion[Symbol.asyncDispose]());

  const list = async (args: string, of = 'operations') =>
    dataOf(
      await lion.query(
        `{ ${of}(${args}) { edges { cursor node { id kind status } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      ),
    )[of];
  const idsOf = (page: { edges: { node: { id: string } }[] }): string[] => page.edges.map(({ node }) => node.id);

  test('has the children too, newest first', () => {
    expect(ids).toHaveLength(16);
    expect(new Set(ids).size).toBe(16);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  test.each([1, 5, 7, 16])('forwards, %i at a time', async (size) => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const page = await list(`first: ${size}${after}`);
      expect(page.pageInfo.startCursor).toBe(page.edges[0].cursor);
      expect(page.pageInfo.endCursor).toBe(page.edges.at(-1).cursor);
      expect(page.pageInfo.hasPreviousPage).toBe(seen.length > 0);
      seen.push(...idsOf(page));
      expect(page.pageInfo.hasNextPage).toBe(seen.length < 16);
      if (!page.pageInfo.hasNextPage) break;
      after = `, after: "${page.pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(ids);
  });

  test.each([1, 5, 7, 16])('backwards, %i at a time', async (size) => {
    const seen: string[] = [];
    for (let before = ''; ;) {
      const page = await list(`last: ${size}${before}`);
      seen.unshift(...idsOf(page));
      expect(page.pageInfo.hasPreviousPage).toBe(seen.length < 16);
      if (!page.pageInfo.hasPreviousPage) break;
      before = `, before: "${page.pageInfo.startCursor}"`;
    }
    expect(seen).toEqual(ids);
  });

  test('filters', async () => {
    const count = async (filter: string) => (await list(`first: 100, filter: { ${filter} }`)).edges.length as number;
    expect(await count('kind: ["perform"]')).toBe(4);
    expect(await count('kind: ["run", "plan"]')).toBe(2);
    expect(await count('kind: []')).toBe(0);
    expect(await count('topLevel: true')).toBe(13);
    expect(await count('topLevel: false')).toBe(3);
    expect(await count('topLevel: true, kind: ["brainstorm"]')).toBe(8);
    expect(await count('status: [SUCCEEDED]')).toBe(16);
    expect(await count('status: [FAILED, CANCELLED, RUNNING]')).toBe(0);
    expect(await count('createdAfter: "2020-01-01T00:00:00Z"')).toBe(16);
    expect(await count('createdBefore: "2020-01-01T00:00:00Z"')).toBe(0);
  });

  test('of one session', async () => {
    const document =
      '{ sessions(first: 1) { nodes { operations(first: 2, filter: { topLevel: false }) { nodes { kind } pageInfo { hasNextPage } } } } }';
    expect(dataOf(await lion.query(document)).sessions.nodes[0].operations).toEqual({
      nodes: [{ kind: 'plan' }, { kind: 'select' }],
      pageInfo: { hasNextPage: true },
    });
  });
});
