import { createClient, type Client } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { dataOf, gate, otherProject, until } from '../support/api.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { ideas, scripted } from '../support/scripted.ts';
import { followSse, webSocketUrl } from '../support/sockets.ts';

const selection = '{"selections":[{"id":"idea-1","score":1,"rationale":"It fits."}]}';
const plan = '{"steps":[{"id":"a","title":"Bake","description":"Bread.","dependsOn":[],"doneWhen":"It smells."}]}';
const fields = 'seq type operation { id } session { id }';

interface Followed {
  seq: number;
  type: string;
}

let lion: TestLion;
let client: Client;
let release: ReturnType<typeof gate>;

beforeEach(async () => {
  release = gate();
  const models = scripted([ideas('a', 'b', 'c'), selection, async () => (await release.opened, plan)]);
  lion = await openTestLion({ models });
  client = connect();
});
afterEach(async () => {
  release.open();
  await client.dispose();
  await until('nobody follows any more', () => lion.lion.feed.followedSessions === 0);
  const { nodes } = dataOf(await lion.query('{ operations(filter: { topLevel: true }) { nodes { id } } }')).operations;
  for (const { id } of nodes) for await (const _ of overSse('operationEvents', `operationId: "${id}"`));
  await lion[Symbol.asyncDispose]();
});

const connect = (key = lion.key): Client =>
  createClient({ url: webSocketUrl(lion), webSocketImpl: WebSocket, connectionParams: { 'X-API-Key': key } });

type Field = 'sessionEvents' | 'operationEvents';
const documentOf = (field: Field, args: string): string => `subscription { ${field}(${args}) { ${fields} } }`;

async function* overSse(field: Field, args: string, key = lion.key): AsyncGenerator<Followed> {
  for await (const answer of followSse(lion, documentOf(field, args), { 'x-api-key': key })) yield dataOf(answer)[field];
}
async function* overWebSocket(field: Field, args: string, through = client): AsyncGenerator<Followed> {
  const answers = through.iterate({ query: documentOf(field, args) });
  for await (const answer of answers) yield dataOf(answer as GraphQLAnswer)[field] as Followed;
}
async function all(events: AsyncIterable<Followed>): Promise<Followed[]> {
  const seen: Followed[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** Follows as far as `type`, and leaves. */
async function upTo(events: AsyncIterable<Followed>, type: string): Promise<Followed[]> {
  const seen: Followed[] = [];
  for await (const event of events) {
    seen.push(event);
    if (event.type === type) break;
  }
  return seen;
}

describe.each([
  ['WebSocket', overWebSocket],
  ['server-sent events', overSse],
])('over %s', (_what, follow) => {
  test('what is stored comes first, then what happens; it completes after the end', async () => {
    const operation = await lion.start('run', { instruction: 'x' });
    const seen: Followed[] = [];
    for await (const event of follow('operationEvents', `operationId: "${operation.id}"`)) {
      seen.push(event);
      // The last stage waits for us: what came so far came live.
      if (seen.length === 15) release.open();
    }
    expect(seen.at(-1)).toMatchObject({ type: 'OperationSucceeded', operation: { id: operation.id } });
    const stored = (await lion.history(operation.sessionId)).filter((event) => event.operation !== null);
    expect(seen.map(({ seq, type }) => [seq, type])).toEqual(stored.map(({ seq, type }) => [seq, type]));
    for (const event of seen) expect(event).toMatchObject({ session: { id: operation.sessionId } });
  });

  test('a client that was away goes on where it left', async () => {
    const { id, sessionId } = await lion.start('run', { instruction: 'x' });
    const before = await upTo(follow('operationEvents', `operationId: "${id}"`), 'IdeaProposed');
    release.open();
    const after = await all(follow('operationEvents', `operationId: "${id}", after: ${before.at(-1)!.seq}`));
    const stored = (await lion.history(sessionId)).flatMap(({ seq, operation }) => (operation === null ? [] : [seq]));
    expect([...before, ...after].map(({ seq }) => seq)).toEqual(stored);
  });

  test('only some types; it completes also where these hide the end', async () => {
    release.open();
    const { id } = await lion.start('run', { instruction: 'x' });
    const seen = await all(follow('operationEvents', `operationId: "${id}", types: [IdeaProposed, PlanStepProposed]`));
    expect(seen.map(({ type }) => type)).toEqual(['IdeaProposed', 'IdeaProposed', 'IdeaProposed', 'PlanStepProposed']);
    // Nor does it wait where all is over.
    expect(await all(follow('operationEvents', `operationId: "${id}", types: [TextDelta]`))).toEqual([]);
    const sessions = await upTo(
      follow('sessionEvents', `sessionId: "${id.replace('op_', 'ses_').replace(/_1$/, '')}", types: [SessionCreated]`),
      'SessionCreated',
    );
    expect(sessions).toMatchObject([{ seq: 1, type: 'SessionCreated', operation: null }]);
  });

  test('a cursor at the end waits for what comes; it completes when the session is deleted', async () => {
    release.open();
    const { sessionId } = await lion.start('run', { instruction: 'x' }, { waitMs: 30_000 });
    const { lastSeq } = dataOf(await lion.query(`{ session(id: "${sessionId}") { lastSeq } }`)).session;
    const following = all(follow('sessionEvents', `sessionId: "${sessionId}", after: ${lastSeq}`));
    await until('it is followed', () => lion.lion.feed.followedSessions > 0);
    await lion.query(`mutation { updateSession(input: { id: "${sessionId}", title: "New" }) { __typename } }`);
    await lion.query(`mutation { deleteSession(id: "${sessionId}") { __typename } }`);
    const seen = await following;
    expect(seen.map(({ seq }) => seq)).toEqual(seen.length === 0 ? [] : [lastSeq + 1]);
  });

  test('a cursor beyond the end is told where the end is', async () => {
    release.open();
    const { id, sessionId } = await lion.start('run', { instruction: 'x' }, { waitMs: 30_000 });
    const { lastSeq } = dataOf(await lion.query(`{ session(id: "${sessionId}") { lastSeq } }`)).session;
    for (const [field, of] of [
      ['sessionEvents', `sessionId: "${sessionId}"`],
      ['operationEvents', `operationId: "${id}"`],
    ] as const) {
      await expect(all(follow(field, `${of}, after: ${lastSeq + 1}`))).rejects.toThrow(`whose last event is ${lastSeq}`);
      await expect(all(follow(field, `${of}, after: -1`))).rejects.toThrow('after: must not be negative');
      // What cannot be executed is refused by the client's library with the errors themselves.
      await expect(all(follow(field, `${of}, after: "x"`))).rejects.toMatchObject(
        expect.toSatisfy((thrown: unknown) =>
          JSON.stringify(thrown instanceof Error ? thrown.message : thrown).includes('Int cannot represent non-integer'),
        ),
      );
    }
  });

  test('nothing of another project, nor what is not there, can be followed', async () => {
    release.open();
    const { id, sessionId } = await lion.start('run', { instruction: 'x' }, { waitMs: 30_000 });
    const key = await otherProject(lion);
    const stranger = connect(key);
    const ask = (field: Field, args: string) =>
      all(follow === overSse ? overSse(field, args, key) : overWebSocket(field, args, stranger));
    for (const sessionOf of [sessionId, 'ses_nope', ''])
      await expect(ask('sessionEvents', `sessionId: "${sessionOf}"`)).rejects.toThrow('There is no session');
    for (const operationOf of [id, 'op_nope', '', id.replace(/_1$/, '_99')])
      await expect(ask('operationEvents', `operationId: "${operationOf}"`)).rejects.toThrow('There is no operation');
    await stranger.dispose();
  });

  test('a client that leaves stops nothing, and is forgotten', async () => {
    const { id } = await lion.start('run', { instruction: 'x' });
    await upTo(follow('operationEvents', `operationId: "${id}"`), 'ChoiceScored');
    await until('it is forgotten', () => lion.lion.feed.followedSessions === 0);
    release.open();
    expect((await all(follow('operationEvents', `operationId: "${id}"`))).at(-1)?.type).toBe('OperationSucceeded');
  });
});

test('all who follow see the same', async () => {
  const { id, sessionId } = await lion.start('run', { instruction: 'x' });
  const other = connect();
  const ends = 'OperationSucceeded';
  const views = [
    all(overWebSocket('operationEvents', `operationId: "${id}"`)),
    all(overWebSocket('operationEvents', `operationId: "${id}"`, other)),
    all(overSse('operationEvents', `operationId: "${id}"`)),
    (async () => {
      const seen: Followed[] = [];
      for await (const event of overSse('sessionEvents', `sessionId: "${sessionId}"`)) {
        seen.push(event);
        if (seen.filter(({ type }) => type === ends).length === 4) return seen.slice(1);
      }
      return seen;
    })(),
  ];
  release.open();
  const [first, ...others] = await Promise.all(views);
  expect(first!.length).toBeGreaterThan(10);
  for (const view of others) expect(view).toEqual(first);
  await other.dispose();
});
