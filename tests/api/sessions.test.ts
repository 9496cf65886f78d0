import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, gate, otherProject, rowsOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scripted } from '../support/scripted.ts';
import { followSse } from '../support/sockets.ts';

const fields = 'id title metadata status createdAt expiresAt lastSeq';

async function create(lion: TestLion, input: object = {}, key?: string) {
  const document = `mutation($input: CreateSessionInput!) { createSession(input: $input) { ... on Session { ${fields} } } }`;
  return dataOf(await lion.query(document, { input }, key)).createSession;
}
async function update(lion: TestLion, input: object, key?: string) {
  const document = `mutation($input: UpdateSessionInput!) {
    updateSession(input: $input) { __typename ... on Session { ${fields} } ... on Error { code message } }
  }`;
  return dataOf(await lion.query(document, { input }, key)).updateSession;
}
const read = async (lion: TestLion, id: string, key?: string) =>
  dataOf(await lion.query(`query($id: ID!) { session(id: $id) { ${fields} } }`, { id }, key)).session;
async function perform(lion: TestLion, sessionId: string, key?: string) {
  const document = `mutation($sessionId: ID) {
    perform(input: { instruction: "x" }, options: { sessionId: $sessionId, waitMs: 30000 }) {
      __typename ... on Operation { id status } ... on Error { code message }
    }
  }`;
  return dataOf(await lion.query(document, { sessionId }, key)).perform;
}

describe('a session', () => {
  test('is created, read, changed and deleted', async () => {
    await using lion = await openTestLion();
    const created = await create(lion, { title: '  Bakery ', metadata: { shelf: [1, { a: null }] }, ttlSeconds: 60 });
    expect(created).toMatchObject({ title: 'Bakery', metadata: { shelf: [1, { a: null }] }, status: 'ACTIVE', lastSeq: 1 });
    expect(Date.parse(created.expiresAt) - Date.parse(created.createdAt)).toBe(60_000);
    expect(await read(lion, created.id)).toEqual(created);
    const { node } = dataOf(
      await lion.query(`query($id: ID!) { node(id: $id) { id ... on Session { ${fields} } } }`, { id: created.id }),
    );
    expect(node).toEqual(created);

    const changed = await update(lion, { id: created.id, title: 'Brewery' });
    expect(changed).toMatchObject({ title: 'Brewery', metadata: created.metadata, lastSeq: 2 });
    expect(await update(lion, { id: created.id, title: null, metadata: {} })).toMatchObject({ title: null, metadata: {} });

    const remove =
      'mutation($id: ID!) { deleteSession(id: $id) { __typename ... on DeletedSession { id } ... on Error { code } } }';
    expect(dataOf(await lion.query(remove, { id: created.id })).deleteSession).toEqual({
      __typename: 'DeletedSession',
      id: created.id,
    });
    expect(await read(lion, created.id)).toBeNull();
    expect(dataOf(await lion.query(remove, { id: created.id })).deleteSession.code).toBe('SESSION_NOT_FOUND');
    expect(await rowsOf(lion)).toEqual({ sessions: 0, operations: 0, events: 0, keys: 0 });
  });

  test('has defaults: no title, no metadata, 24 hours', async () => {
    await using lion = await openTestLion();
    const created = await create(lion);
    expect(created).toMatchObject({ title: null, metadata: {} });
    expect(Date.parse(created.expiresAt) - Date.parse(created.createdAt)).toBe(86_400_000);
  });

  test('that is deleted takes its work along', async () => {
    const asked = gate();
    const models = scripted([
      ({ abortSignal }) => (asked.open(), new Promise((_, no) => abortSignal!.addEventListener('abort', no))),
    ]);
    await using lion = await openTestLion({ models });
    const { sessionId } = await lion.start('perform', { instruction: 'x' });
    await asked.opened;
    await lion.query('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id: sessionId });
    await until('nothing runs', () => lion.lion.agent.running === 0);
    expect(await rowsOf(lion)).toEqual({ sessions: 0, operations: 0, events: 0, keys: 0 });
  });
});

describe('the list of sessions', () => {
  let lion: TestLion;
  let ids: string[];
  beforeAll(async () => {
    lion = await openTestLion();
    const made: string[] = [];
    for (let index = 0; index < 53; index++)
      made.push((await create(lion, { title: `${index % 10 === 0 ? '50% off' : 'No'} ${index}` })).id);
    ids = made.toReversed();
    await create(lion, {}, await otherProject(lion));
  });
  afterAll(() => lion[Symbol.asyncDispose]());

  const list = async (args: string) =>
    dataOf(
      await lion.query(
        `{ sessions(${args}) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      ),
    ).sessions;

  test.each([10, 20, 53, 100])('forwards, %i at a time, newest first', async (size) => {
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { edges, nodes, pageInfo } = await list(`first: ${size}${after}`);
      expect(nodes).toEqual(edges.map(({ node }: { node: object }) => node));
      const hasPreviousPage = seen.length > 0;
      seen.push(...nodes.map(({ id }: { id: string }) => id));
      expect(pageInfo).toEqual({
        hasNextPage: seen.length < 53,
        hasPreviousPage,
        startCursor: edges[0].cursor,
        endCursor: edges.at(-1).cursor,
      });
      if (!pageInfo.hasNextPage) break;
      after = `, after: "${pageInfo.endCursor}"`;
    }
    expect(seen).toEqual(ids);
  });

  test.each([10, 20, 53])('backwards, %i at a time', async (size) => {
    const seen: string[] = [];
    for (let before = ''; ;) {
      const { nodes, pageInfo } = await list(`last: ${size}${before}`);
      const hasNextPage = seen.length > 0;
      seen.unshift(...nodes.map(({ id }: { id: string }) => id));
      expect(pageInfo).toMatchObject({ hasNextPage, hasPreviousPage: seen.length < 53 });
      if (!pageInfo.hasPreviousPage) break;
      before = `, before: "${pageInfo.startCursor}"`;
    }
    expect(seen).toEqual(ids);
  });

  test('20 unless asked otherwise, none where none are asked for', async () => {
    const { nodes } = dataOf(await lion.query('{ sessions { nodes { id } } }')).sessions;
    expect(nodes.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 20));
    expect((await list('first: 0')).nodes).toEqual([]);
  });

  test('by title: the text as it is, ASCII letters in either case', async () => {
    const count = async (text: string) =>
      (await list(`first: 100, filter: { titleContains: ${JSON.stringify(text)} }`)).nodes.length;
    expect(await count('50% off')).toBe(6);
    expect(await count('50% OFF 10')).toBe(1);
    // To a database, these stand for anything.
    expect(await count('%')).toBe(6);
    expect(await count('_')).toBe(0);
    expect(await count('N_')).toBe(0);
    expect(await count('\\')).toBe(0);
    expect(await count('')).toBe(53);
  });

  test('pages of what a title filter leaves', async () => {
    const first = await list('first: 4, filter: { titleContains: "%" }');
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await list(`first: 4, filter: { titleContains: "%" }, after: "${first.pageInfo.endCursor}"`);
    expect(second.pageInfo.hasNextPage).toBe(false);
    expect([...first.nodes, ...second.nodes]).toHaveLength(6);
  });

  test('by status and time', async () => {
    const count = async (filter: string) => (await list(`first: 100, filter: { ${filter} }`)).nodes.length;
    const middle = (await read(lion, ids[20]!)).createdAt;
    expect(await count('status: ACTIVE')).toBe(53);
    expect(await count('status: EXPIRED')).toBe(0);
    expect(await count(`createdBefore: "${middle}"`)).toBeLessThanOrEqual(32);
    expect((await count(`createdAfter: "${middle}"`)) + (await count(`createdBefore: "${middle}"`))).toBeLessThan(53);
  });
});

describe('a session that is not used', () => {
  const expired = (lion: TestLion, id: string) => until('it expires', async () => (await read(lion, id)).status === 'EXPIRED');
  const types = async (lion: TestLion, id: string) => (await lion.history(id)).map(({ type }) => type);

  test('expires: it can be read, and starts nothing until it is revived', async () => {
    await using lion = await openTestLion({ models: scripted(['', '', '', 'Done']), config: { sweepMs: 20 } });
    const { id } = await create(lion, { ttlSeconds: 1 });
    const failed = await perform(lion, id);
    expect(failed.status).toBe('FAILED');
    await expired(lion, id);
    await until('the history says so', async () => (await types(lion, id)).at(-1) === 'SessionExpired');

    const refusal = {
      __typename: 'SessionExpiredError',
      code: 'SESSION_EXPIRED',
      message: expect.stringContaining('updateSession'),
    };
    expect(await perform(lion, id)).toEqual(refusal);
    const inputs: Record<string, string> = {
      brainstorm: 'instruction: "x"',
      plan: 'instruction: "x"',
      run: 'instruction: "x"',
      select: 'instruction: "x", choices: [{ label: "a" }]',
    };
    for (const [kind, input] of Object.entries(inputs)) {
      const document = `mutation { ${kind}(input: { ${input} }, options: { sessionId: "${id}" }) { __typename ... on Error { code message } } }`;
      expect(dataOf(await lion.query(document))[kind]).toEqual(refusal);
    }
    const retry = `mutation { retryOperation(id: "${failed.id}") { __typename ... on Error { code message } ... on Operation { id } } }`;
    expect(dataOf(await lion.query(retry)).retryOperation).toEqual(refusal);

    expect(
      dataOf(await lion.query(`{ operation(id: "${failed.id}") { status events { nodes { seq } } } }`)).operation.status,
    ).toBe('FAILED');
    for await (const answer of followSse(lion, `subscription { sessionEvents(sessionId: "${id}") { seq } }`, {
      'x-api-key': lion.key,
    })) {
      expect(answer).toEqual({ data: { sessionEvents: { seq: 1 } } });
      break;
    }
    const list = dataOf(await lion.query('{ sessions(filter: { status: EXPIRED }) { nodes { id } } }')).sessions.nodes;
    expect(list).toEqual([{ id }]);

    expect(await update(lion, { id, ttlSeconds: 3600 })).toMatchObject({ __typename: 'Session', status: 'ACTIVE' });
    expect(await perform(lion, id)).toMatchObject({ status: 'SUCCEEDED' });
    expect((await types(lion, id)).filter((type) => type.startsWith('Session'))).toEqual([
      'SessionCreated',
      'SessionExpired',
      'SessionUpdated',
    ]);
  });

  test('expires at its time, whenever the sweeper comes', async () => {
    await using lion = await openTestLion({ config: { sweepMs: 86_400_000 } });
    const { id } = await create(lion, { ttlSeconds: 1 });
    await expired(lion, id);
    expect((await perform(lion, id)).code).toBe('SESSION_EXPIRED');
    expect(await types(lion, id)).toEqual(['SessionCreated']);
  });

  test('lives on with use', async () => {
    await using lion = await openTestLion();
    const { id, expiresAt } = await create(lion, { ttlSeconds: 2 });
    await until('its first time is over', async () => {
      expect(await perform(lion, id)).toMatchObject({ status: 'SUCCEEDED' });
      return Date.now() > Date.parse(expiresAt) + 500;
    });
    expect((await read(lion, id)).status).toBe('ACTIVE');
  });

  test('is held open by an operation that has not ended', async () => {
    const held = gate();
    await using lion = await openTestLion({
      models: scripted([async () => (await held.opened, 'Done')]),
      config: { sweepMs: 20 },
    });
    const { id } = await create(lion, { ttlSeconds: 1 });
    const operation = await lion.start('perform', { instruction: 'x' }, { sessionId: id });
    const { expiresAt } = await read(lion, id);
    await until('its time is over', () => Date.now() > Date.parse(expiresAt) + 200);
    expect((await read(lion, id)).status).toBe('ACTIVE');
    held.open();
    expect((await lion.follow(operation)).at(-1)?.type).toBe('OperationSucceeded');
    await until('it expires once that has ended', async () => (await types(lion, id)).at(-1) === 'SessionExpired');
  });

  test('is deleted after the time of retention; one that never expires stays', async () => {
    await using lion = await openTestLion({ config: { sweepMs: 20, sessionRetentionSeconds: 0 } });
    const { id: eternal, expiresAt } = await create(lion, { ttlSeconds: null });
    expect(expiresAt).toBeNull();
    const { id } = await create(lion, { ttlSeconds: 1 });
    await until('it is gone', async () => (await read(lion, id)) === null);
    expect(await read(lion, eternal)).toMatchObject({ status: 'ACTIVE', expiresAt: null });
    expect(await rowsOf(lion)).toMatchObject({ sessions: 1, events: 1 });
  });
});

test('another project sees nothing of it', async () => {
  await using lion = await openTestLion({ models: scripted(['Done']) });
  const { id, title } = await create(lion, { title: 'Secret' });
  const operation = await perform(lion, id);
  const stranger = await otherProject(lion);
  const before = await rowsOf(lion);

  expect(await read(lion, id, stranger)).toBeNull();
  const seen = dataOf(
    await lion.query(
      `query($id: ID!, $operation: ID!) {
        a: node(id: $id) { id } b: node(id: $operation) { id } operation(id: $operation) { id }
        sessions { nodes { id } } operations { nodes { id } } found: sessions(filter: { titleContains: "Secret" }) { nodes { id } }
        after: sessions(after: "${id}") { nodes { id } } viewer { project { name } }
      }`,
      { id, operation: operation.id },
      stranger,
    ),
  );
  const none = { nodes: [] };
  expect(seen).toEqual({
    a: null,
    b: null,
    operation: null,
    sessions: none,
    operations: none,
    found: none,
    after: none,
    viewer: { project: { name: 'another' } },
  });
  const notFound = { __typename: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' };
  expect(await update(lion, { id, title: 'Mine' }, stranger)).toMatchObject(notFound);
  expect(await perform(lion, id, stranger)).toMatchObject(notFound);
  const remove = `mutation { deleteSession(id: "${id}") { __typename ... on Error { code } } }`;
  expect(dataOf(await lion.query(remove, {}, stranger)).deleteSession).toEqual(notFound);
  expect(await rowsOf(lion)).toEqual(before);
  expect(await read(lion, id)).toMatchObject({ title });
});
