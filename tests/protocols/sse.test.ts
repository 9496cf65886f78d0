import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { createClient, type Client, type ClientOptions } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { dataOf, gate, otherProject, until } from '../support/api.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { collectedBytes } from '../support/memory.ts';

const heartbeatMs = 100;

let lion: TestLion;
let sessionId: string;
let release: ReturnType<typeof gate>;

/** Waits in its midst for the test. */
const waiter = define({
  kind: 'waiter',
  version: 1,
  description: 'Waits.',
  input: z.object({ patience: z.int() }),
  output: z.object({ waited: z.boolean() }),
  async execute({ step }) {
    await step('wait', () => release.opened);
    return { waited: true };
  },
});

beforeAll(async () => {
  lion = await openTestLion({ definitions: [waiter], http: { heartbeatMs } });
  sessionId = await newSession();
});
afterAll(() => lion[Symbol.asyncDispose]());

async function newSession(): Promise<string> {
  return dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession.id as string;
}
const touch = (id: string, title = 'Touched') =>
  lion.query('mutation($id: ID!, $title: String) { updateSession(input: { id: $id, title: $title }) { __typename } }', {
    id,
    title,
  });
const eventsOf = (id: string, after = 0) => `subscription { sessionEvents(sessionId: "${id}", after: ${after}) { seq type } }`;
const expectNobodyFollows = () => until('nobody follows', () => lion.lion.feed.followedSessions === 0);

type Mode = [what: string, options: { singleConnection: boolean; path: string }];
const modes: Mode[] = [
  ['distinct connections', { singleConnection: false, path: '/graphql' }],
  ['distinct connections, where Yoga has its plugin', { singleConnection: false, path: '/graphql/stream' }],
  ['a single connection', { singleConnection: true, path: '/graphql' }],
  ['a single connection, where Yoga has its plugin', { singleConnection: true, path: '/graphql/stream' }],
];

function connect(
  { singleConnection, path }: Mode[1],
  options: Partial<ClientOptions<false>> = {},
  key = lion.key,
): Client<boolean> {
  const given = { url: lion.url + path, headers: { 'X-API-Key': key }, retryAttempts: 0, ...options };
  return singleConnection
    ? createClient<true>({ ...(given as object as ClientOptions<true>), singleConnection: true })
    : createClient<false>({ ...given, singleConnection: false });
}

/** The answers to an operation, until it completes. */
async function* ask(client: Client<boolean>, query: string): AsyncGenerator<GraphQLAnswer> {
  yield* client.iterate({ query }) as AsyncIterable<GraphQLAnswer>;
}
async function all(answers: AsyncIterable<GraphQLAnswer>): Promise<GraphQLAnswer[]> {
  const seen: GraphQLAnswer[] = [];
  for await (const answer of answers) seen.push(answer);
  return seen;
}

/** The first answer. What is refused before it streams is a failed request to the client; it has what was said. */
async function firstAnswer(answers: AsyncGenerator<GraphQLAnswer>): Promise<GraphQLAnswer> {
  try {
    return (await all(answers))[0]!;
  } catch (error) {
    const said = await (error as { response: Response }).response.text();
    return JSON.parse(/^data: (.+)$/m.exec(said)![1]!) as GraphQLAnswer;
  }
}

describe.each(modes)('graphql-sse over %s', (_what, mode) => {
  test('queries and mutations', async () => {
    const client = connect(mode);
    expect(await all(ask(client, '{ viewer { keyName } }'))).toEqual([{ data: { viewer: { keyName: 'test' } } }]);
    const [made] = await all(ask(client, 'mutation { createSession(input: {}) { ... on Session { id } } }'));
    expect(made!.data.createSession.id).toMatch(/^ses_/);
    client.dispose();
  });

  test('an operation is followed while it works, until it ends', async () => {
    release = gate();
    const client = connect(mode);
    const { id } = await lion.start('waiter', { patience: 1 });
    const seen: string[] = [];
    for await (const answer of ask(client, `subscription { operationEvents(operationId: "${id}") { type } }`)) {
      const { type } = dataOf(answer).operationEvents as { type: string };
      seen.push(type);
      if (type === 'StepStarted') release.open();
    }
    expect(seen).toEqual(['OperationQueued', 'OperationStarted', 'StepStarted', 'StepSucceeded', 'OperationSucceeded']);
    client.dispose();
    await expectNobodyFollows();
  });

  test('two subscriptions and a query side by side', async () => {
    const client = connect(mode);
    const ids = [await newSession(), await newSession()];
    const followed = ids.map((id) => ask(client, eventsOf(id)));
    for (const events of followed) expect((await events.next()).value).toMatchObject({ data: { sessionEvents: { seq: 1 } } });
    for (const id of ids.toReversed()) await touch(id);
    expect(await all(ask(client, '{ __typename }'))).toEqual([{ data: { __typename: 'Query' } }]);
    for (const events of followed) expect((await events.next()).value).toMatchObject({ data: { sessionEvents: { seq: 2 } } });
    // One that ends leaves the other alone.
    await followed[0]!.return(undefined);
    await until('one is left', () => lion.lion.feed.followedSessions === 1);
    await touch(ids[1]!, 'Again');
    expect((await followed[1]!.next()).value).toMatchObject({ data: { sessionEvents: { seq: 3 } } });
    client.dispose();
    await expectNobodyFollows();
  });

  test.each([
    ['a query that cannot be parsed', '{', /Syntax Error/],
    ['a field that is none', '{ nope }', /Cannot query field/],
    ['a session that is none', 'subscription { sessionEvents(sessionId: "ses_nope") { seq } }', /There is no session/],
    ['an operation that is not there', 'fragment A on Query { __typename }', /./],
  ])('%s: what is wrong is told, with a code', async (_case, query, message) => {
    const client = connect(mode);
    const { errors } = await firstAnswer(ask(client, query));
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: expect.any(String) } }]);
    expect(errors![0]!.extensions).not.toHaveProperty('http');
    expect(await all(ask(client, '{ __typename }'))).toHaveLength(1);
    client.dispose();
  });

  test.each(['', 'lion_wrong'])('the key "%s" opens nothing', async (key) => {
    const client = connect(mode, {}, key);
    await expect(all(ask(client, eventsOf(sessionId)))).rejects.toMatchObject({ response: { status: 401 } });
    client.dispose();
    expect(lion.lion.feed.followedSessions).toBe(0);
  });

  test('a connection that is lost is made again, and a client with its cursor misses nothing', async () => {
    const id = await newSession();
    const abandon = new AbortController();
    let fetched = 0;
    const fetchFn = ((input: string, init: RequestInit) => {
      fetched++;
      return fetch(input, { ...init, signal: AbortSignal.any([init.signal!, abandon.signal]) });
    }) as typeof fetch;
    const client = connect(mode, { fetchFn });
    const before = ask(client, eventsOf(id));
    await before.next();
    abandon.abort();
    await expect(before.next()).rejects.toThrow();
    await expectNobodyFollows();
    expect(fetched).toBeGreaterThan(0);
    client.dispose();
    await touch(id);
    const again = connect(mode);
    expect((await ask(again, eventsOf(id, 1)).next()).value).toMatchObject({ data: { sessionEvents: { seq: 2 } } });
    again.dispose();
    await expectNobodyFollows();
  });
});

/** A stream of events as it comes, with the time of each piece. */
async function openStream(headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'accept-encoding': 'gzip, deflate, br',
      'x-api-key': lion.key,
      ...headers,
    },
    body: JSON.stringify({ query: eventsOf(sessionId) }),
    ...init,
  });
}

async function reserve(key = lion.key): Promise<string> {
  const response = await fetch(`${lion.url}/graphql`, { method: 'PUT', headers: { 'x-api-key': key } });
  expect(response.status).toBe(201);
  return response.text();
}
const tokenHeader = 'x-graphql-event-stream-token';
const openReserved = (token: string, signal?: AbortSignal) =>
  fetch(`${lion.url}/graphql`, {
    headers: { accept: 'text/event-stream', [tokenHeader]: token, 'x-api-key': lion.key },
    ...(signal && { signal }),
  });
const send = (token: string, operationId: string, query: string, key: string | undefined = lion.key) =>
  fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [tokenHeader]: token, ...(key !== '' && { 'x-api-key': key }) },
    body: JSON.stringify({ query, extensions: { operationId } }),
  });

describe.each([
  ['distinct connections', (signal: AbortSignal) => openStream({}, { signal })],
  ['a single connection', async (signal: AbortSignal) => openReserved(await reserve(), signal)],
])('a stream over %s', (_what, open) => {
  test('says that nobody is to keep, compress or delay it', async () => {
    const hangUp = new AbortController();
    const response = await open(hangUp.signal);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.has('content-encoding')).toBe(false);
    expect(response.headers.has('content-length')).toBe(false);
    hangUp.abort();
    await expectNobodyFollows();
  });

  test('gives signs of life in time, as comments', async () => {
    const hangUp = new AbortController();
    const response = await open(hangUp.signal);
    const decoder = new TextDecoder();
    const gaps: number[] = [];
    let last = performance.now();
    let text = '';
    try {
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk);
        if (!text.endsWith(':\n\n')) continue;
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        if (gaps.length === 15) break;
      }
    } finally {
      hangUp.abort();
    }
    const timed = gaps.slice(2);
    // Some are late on a busy machine; as a rule they come at their time.
    expect(timed.toSorted((a, b) => a - b)[Math.floor(timed.length / 2)]).toBeLessThan(heartbeatMs * 1.2);
    await expectNobodyFollows();
  });
});

test('signs of life are at most 12 s apart where nothing else is said', { timeout: 40_000 }, async () => {
  await using quiet = await openTestLion();
  const { id } = dataOf(await quiet.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
  const hangUp = new AbortController();
  const response = await fetch(`${quiet.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-api-key': quiet.key },
    body: JSON.stringify({ query: eventsOf(id, 1) }),
    signal: hangUp.signal,
  });
  const at: number[] = [];
  for await (const _ of response.body!) if (at.push(performance.now()) === 3) break;
  hangUp.abort();
  for (const [index, time] of at.slice(1).entries()) expect(time - at[index]!).toBeLessThan(12_000);
  await until('nobody follows', () => quiet.lion.feed.followedSessions === 0);
});

describe('the single connection', () => {
  test('answers each request as the protocol has it', async () => {
    const token = await reserve();
    const hangUp = new AbortController();
    const stream = await openReserved(token, hangUp.signal);
    expect((await openReserved(token)).status).toBe(409);
    expect((await openReserved('none')).status).toBe(404);
    expect((await send('none', '1', '{ __typename }')).status).toBe(404);
    expect((await send(token, '1', eventsOf(sessionId))).status).toBe(202);
    expect((await send(token, '1', eventsOf(sessionId))).status).toBe(409);
    await until('it is followed', () => lion.lion.feed.followedSessions === 1);
    const end = (path: string, key = lion.key) =>
      fetch(`${lion.url}/graphql${path}`, { method: 'DELETE', headers: { [tokenHeader]: token, 'x-api-key': key } });
    expect((await end('')).status).toBe(400);
    expect((await end('?operationId=1', await otherProject(lion))).status).toBe(404);
    expect(lion.lion.feed.followedSessions).toBe(1);
    expect((await end('?operationId=1')).status).toBe(200);
    await expectNobodyFollows();
    expect(stream.body!.locked).toBe(false);
    hangUp.abort();
    await until('the stream is forgotten', async () => (await send(token, '2', '{ __typename }')).status === 404);
  });

  test('needs the key that has reserved it for operations; the token alone opens it, as an EventSource does', async () => {
    const refused = await fetch(`${lion.url}/graphql`, { method: 'PUT' });
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
    const token = await reserve();
    const stranger = await otherProject(lion);
    expect((await send(token, '1', '{ __typename }', stranger)).status).toBe(404);
    expect((await send(token, '1', '{ __typename }', '')).status).toBe(404);
    const hangUp = new AbortController();
    const stream = await fetch(`${lion.url}/graphql/stream?token=${token}`, {
      headers: { accept: 'text/event-stream' },
      signal: hangUp.signal,
    });
    expect(stream.status).toBe(200);
    expect((await send(token, '1', '{ viewer { keyName } }')).status).toBe(202);
    let text = '';
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: complete')) break;
    }
    expect(text).toContain('data: {"id":"1","payload":{"data":{"viewer":{"keyName":"test"}}}}');
    hangUp.abort();
  });

  test('what is reserved and never opened holds nothing once Lion has closed', async () => {
    await using brief = await openTestLion();
    const { id } = dataOf(await brief.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
    const headers = { 'x-api-key': brief.key };
    const token = await (await fetch(`${brief.url}/graphql`, { method: 'PUT', headers })).text();
    const sent = await fetch(`${brief.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', [tokenHeader]: token },
      body: JSON.stringify({ query: eventsOf(id), extensions: { operationId: '1' } }),
    });
    expect(sent.status).toBe(202);
    expect(brief.lion.feed.followedSessions).toBe(1);
    // Disposal fails where a session is still followed.
  });

  test('a mutation is not for GET', async () => {
    const token = await reserve();
    const hangUp = new AbortController();
    const stream = await openReserved(token, hangUp.signal);
    const before = await lion.lion.database.reader.session.count();
    const query = encodeURIComponent('mutation { createSession(input: {}) { __typename } }');
    await fetch(`${lion.url}/graphql?query=${query}&extensions=${encodeURIComponent('{"operationId":"g"}')}`, {
      headers: { [tokenHeader]: token, 'x-api-key': lion.key },
    });
    let text = '';
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: complete')) break;
    }
    expect(text).toContain('A mutation needs POST.');
    expect(await lion.lion.database.reader.session.count()).toBe(before);
    hangUp.abort();
  });
});

test(
  'a reader that takes nothing holds no more than a little over a single connection, and is cut off',
  { timeout: 60_000 },
  async () => {
    await using slow = await openTestLion({ config: { stallMs: 6_000 } });
    const headers = { 'content-type': 'application/json', 'x-api-key': slow.key };
    const created = await slow.query('mutation($m: JSON) { createSession(input: { metadata: $m }) { ... on Session { id } } }', {
      m: { text: 'x'.repeat(5_000) },
    });
    const id = dataOf(created).createSession.id as string;
    const token = await (await fetch(`${slow.url}/graphql`, { method: 'PUT', headers })).text();
    const { hostname, port } = new URL(slow.url);
    const reader = connectSocket(Number(port), hostname);
    reader.on('error', () => {});
    reader.write(`GET /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n${tokenHeader}: ${token}\r\n\r\n`);
    await once(reader, 'data');
    reader.pause();
    const before = collectedBytes();
    const metadata = Array.from({ length: 20 }, (_, index) => `m${index}: session { metadata }`).join(' ');
    const query = `subscription { sessionEvents(sessionId: "${id}") { seq ${metadata} } }`;
    const sent = await fetch(`${slow.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, [tokenHeader]: token },
      body: JSON.stringify({ query, extensions: { operationId: '1' } }),
    });
    expect(sent.status).toBe(202);
    // 100 MB, of which the network between holds some.
    for (let round = 0; round < 1_000; round++)
      await slow.lion.sessions.update({ projectId: slow.lion.defaultProjectId }, id, { title: `Touched ${round}` });
    const held = collectedBytes() - before;
    expect(slow.lion.feed.followedSessions).toBe(1);
    expect(held).toBeLessThan(30_000_000);
    await until('it is cut off', () => slow.lion.feed.followedSessions === 0);
    reader.destroy();
  },
);
