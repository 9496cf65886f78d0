import { describe, expect, it } from 'vitest';
import type { Keys } from '../../src/access/key.ts';
import { dataOf, until } from '../support/api.ts';
import { testClock, type TestClock } from '../support/clock.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { followSse, openSocket } from '../support/sockets.ts';

/** How soon whatever follows something by a key has to end with it. */
const promptlyMs = 2000;

interface Setting {
  lion: TestLion;
  clock: TestClock;
  keys: Keys;
  id: string;
  secret: string;
  subscription: string;
}

/** A key that lets in for an hour, and a session to follow. */
async function open(options: { leavesWork?: boolean } = {}): Promise<Setting & AsyncDisposable> {
  const clock = testClock();
  const lion = await openTestLion({ clock, ...options });
  const { keys, defaultProjectId } = lion.lion;
  const { id, secret } = await keys.create(defaultProjectId, { name: 'follower', role: 'operator', expiresInSeconds: 3600 });
  const session = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession.id;
  const subscription = `subscription { sessionEvents(sessionId: "${session}") { seq } }`;
  return { lion, clock, keys, id, secret, subscription, [Symbol.asyncDispose]: () => lion[Symbol.asyncDispose]() };
}

const ends: [what: string, end: (setting: Setting) => unknown, message: RegExp][] = [
  ['is revoked', ({ lion, keys, id }) => keys.revoke(lion.lion.defaultProjectId, id, false), /was revoked/],
  ['expires', ({ clock }) => clock.pass(3_600_000), /has expired/],
  ['is rotated without an overlap', ({ lion, keys, id }) => keys.rotate(lion.lion.defaultProjectId, id, 0), /was rotated/],
  [
    'is rotated, once the overlap is over',
    async ({ lion, keys, id, clock }) => {
      await keys.rotate(lion.lion.defaultProjectId, id, 600);
      clock.pass(600_000);
    },
    /was rotated/,
  ],
];

/** @returns what was waited for @throws Error when it took too long */
async function promptly<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${promptlyMs} ms`)), promptlyMs);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

describe.each(ends)('when a key %s', (_what, end, message) => {
  it('a WebSocket closes with 4403, and what comes before that is not taken', async () => {
    await using setting = await open();
    const { lion, secret, subscription } = setting;
    const socket = await openSocket(lion);
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': secret } });
    await socket.next();
    socket.send({ type: 'subscribe', id: '1', payload: { query: subscription } });
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { sessionEvents: { seq: 1 } } } });
    await end(setting);
    socket.send({ type: 'subscribe', id: '2', payload: { query: 'mutation { createSession(input: {}) { __typename } }' } });
    expect(await promptly(socket.closed)).toEqual({ code: 4403, reason: expect.stringMatching(message) });
    expect(await lion.lion.database.reader.session.count()).toBe(1);
    const again = await openSocket(lion);
    again.send({ type: 'connection_init', payload: { 'X-API-Key': secret } });
    expect(await again.closed).toMatchObject({ code: 4403 });
  });

  it('server-sent events end with an error that says so', async () => {
    await using setting = await open();
    const { lion, secret, subscription } = setting;
    const answers = followSse(lion, subscription, { 'x-api-key': secret });
    expect((await answers.next()).value).toMatchObject({ data: { sessionEvents: { seq: 1 } } });
    const rest = allOf(answers);
    await end(setting);
    const error = { message: expect.stringMatching(message), extensions: { code: 'UNAUTHENTICATED' } };
    expect(await promptly(rest)).toMatchObject([{ errors: [error] }]);
  });

  it('so do those of a single connection, which closes', async () => {
    await using setting = await open();
    const { lion, secret, subscription } = setting;
    const headers = { 'x-api-key': secret };
    const reserved = await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers });
    const stream = { ...headers, 'x-graphql-event-stream-token': await reserved.text() };
    const opened = await fetch(`${lion.url}/graphql/stream`, { headers: { ...stream, accept: 'text/event-stream' } });
    const text = readAll(opened);
    const subscribed = await fetch(`${lion.url}/graphql/stream`, {
      method: 'POST',
      headers: { ...stream, 'content-type': 'application/json' },
      body: JSON.stringify({ query: subscription, extensions: { operationId: '1' } }),
    });
    expect(subscribed.status).toBe(202);
    await text.until('"seq":1');
    await end(setting);
    const all = await promptly(text.all);
    expect(all).toMatch(message);
    expect(all).toContain('event: complete');
    const refused = await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers });
    expect(refused.status).toBe(401);
  });

  it('events of REST end, and who comes back for more is refused', async () => {
    await using setting = await open();
    const { lion, secret, subscription } = setting;
    const url = `${lion.url}/sessions/${/ses_\w+/.exec(subscription)![0]}/events`;
    const text = readAll(await fetch(url, { headers: { 'x-api-key': secret } }));
    await text.until('id: 1\n');
    await end(setting);
    expect(await promptly(text.all)).not.toContain('id: 2\n');
    const refused = await fetch(url, { headers: { 'x-api-key': secret } });
    expect([refused.status, await refused.json()]).toEqual([
      401,
      expect.objectContaining({ code: 'UNAUTHENTICATED', detail: expect.stringMatching(message) as string }),
    ]);
    await until('nobody follows it any more', () => lion.lion.feed.followedSessions === 0);
  });

  it('who waits for an operation waits no more, and is not told of it', async () => {
    await using setting = await open({ leavesWork: true });
    const { lion, secret } = setting;
    const headers = { 'x-api-key': secret, 'content-type': 'application/json' };
    const post = async (path: string, body: object): Promise<{ status: number; text: string }> => {
      const response = await fetch(lion.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, text: await response.text() };
    };
    const choices = [{ id: 'north', label: 'North' }];
    const byRest = post('/agent/select', { criteria: 'warmth', instruction: 'Go', choices, by: 'PERSON' });
    const byGraphql = post('/graphql', {
      query:
        'mutation { select(input: { instruction: "Go", choices: [{ label: "North" }], by: PERSON }, options: { waitMs: 60000 }) { ... on Operation { status } } }',
    });
    await until(
      'both wait',
      async () => (await lion.lion.database.reader.operation.count({ where: { status: 'WAITING' } })) === 2,
    );
    await end(setting);
    const [rest, graphql] = await promptly(Promise.all([byRest, byGraphql]));
    expect(rest).toEqual({ status: 401, text: expect.stringMatching(message) as string });
    expect(graphql.text).toMatch(message);
    expect(graphql.text).not.toContain('WAITING');
  });
});

it('a key that ends takes nobody else along', async () => {
  await using setting = await open();
  const { lion, keys, id, secret, subscription } = setting;
  const ending = followSse(lion, subscription, { 'x-api-key': secret });
  const staying = followSse(lion, subscription, { 'x-api-key': lion.key });
  for (const answers of [ending, staying]) await answers.next();
  await keys.revoke(lion.lion.defaultProjectId, id, false);
  expect(await promptly(allOf(ending))).toHaveLength(1);
  const session = /ses_\w+/.exec(subscription)![0];
  await lion.query(`mutation { updateSession(input: { id: "${session}", title: "on" }) { __typename } }`);
  expect((await staying.next()).value).toMatchObject({ data: { sessionEvents: { seq: 2 } } });
  await staying.return();
  await until('nobody follows it any more', () => lion.lion.feed.followedSessions === 0);
});

/** The text of an answer as it comes. */
function readAll(response: Response): { all: Promise<string>; until(part: string): Promise<void> } {
  let text = '';
  let arrived = (): void => {};
  const all = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true });
      arrived();
    }
    return text;
  })();
  return {
    all,
    async until(part) {
      while (!text.includes(part)) await new Promise<void>((resolve) => (arrived = resolve));
    },
  };
}

async function allOf<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}
