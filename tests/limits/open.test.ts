import { describe, expect, test } from 'vitest';
import { dataOf, otherProject, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { followSse } from '../support/sockets.ts';
import { anotherKey, ask, askOver, connect, connected } from './asking.ts';

const createSession = async (lion: Pick<TestLion, 'url' | 'key'>): Promise<string> =>
  dataOf(await ask(lion, 'mutation { createSession(input: {}) { ... on Session { id } } }')).createSession.id;
const follow = (id: string): string => `subscription { sessionEvents(sessionId: "${id}") { seq } }`;
const ofTest = ({ lion }: TestLion) => ({ projectId: lion.defaultProjectId });

const refusal = (limit: string, of: string, max: number) => ({
  errors: [{ extensions: { code: 'RATE_LIMITED', limit, of, max, retryAfterMs: expect.any(Number) } }],
});

describe.each(['key', 'project'] as const)('of a %s', (scope) => {
  const of = scope === 'key' ? 'KEY' : 'PROJECT';

  test('one subscription too many is refused, over WebSocket and over server-sent events; the others go on', async () => {
    await using lion = await openTestLion({ config: { limits: `${scope}: 2 subscriptions` } });
    const id = await createSession(lion);
    const socket = await connected(lion);
    for (const subscription of ['1', '2'])
      expect(await askOver(socket, follow(id), subscription)).toMatchObject({ type: 'next' });
    const { payload } = await askOver(socket, follow(id), '3');
    expect(payload).toMatchObject(refusal('subscriptions', of, 2));
    expect(JSON.stringify(payload)).not.toContain('http');
    const accept = { accept: 'text/event-stream' };
    const response = await fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': lion.key, ...accept },
      body: JSON.stringify({ query: follow(id) }),
    });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await response.text()).toContain('RATE_LIMITED');
    const sibling = { url: lion.url, key: await anotherKey(lion) };
    for await (const answer of followSse(sibling, follow(id), { 'x-api-key': sibling.key })) {
      expect(answer).toMatchObject(of === 'KEY' ? { data: { sessionEvents: { seq: 1 } } } : refusal('subscriptions', of, 2));
      break;
    }
    const apart = { url: lion.url, key: await otherProject(lion) };
    const theirs = await createSession(apart);
    for await (const answer of followSse(apart, follow(theirs), { 'x-api-key': apart.key })) {
      expect(answer).toMatchObject({ data: { sessionEvents: { seq: 1 } } });
      break;
    }
    // One that ends makes room.
    socket.send({ id: '1', type: 'complete' });
    await until('it has ended', () => lion.lion.limits.open('subscriptions', ofTest(lion)) === 1);
    expect(await askOver(socket, follow(id), '4')).toMatchObject({ payload: { data: { sessionEvents: { seq: 1 } } } });
    socket.terminate();
  });

  test('one connection too many is closed with 4429 and a reason that says when to come back', async () => {
    await using lion = await openTestLion({ config: { limits: `${scope}: 2 connections` } });
    const sockets = [await connected(lion), await connected(lion)];
    expect(await connect(lion)).toEqual({ code: 4429, reason: expect.stringMatching(/^Come back in 5000 ms\. /) });
    const stream = await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers: { 'x-api-key': lion.key } });
    expect([stream.status, stream.headers.get('retry-after'), await stream.json()]).toMatchObject([
      429,
      '5',
      refusal('connections', of, 2),
    ]);
    const sibling = await connect({ url: lion.url, key: await anotherKey(lion) });
    expect('raw' in sibling).toBe(of === 'KEY');
    if ('raw' in sibling) sibling.terminate();
    (await connected({ url: lion.url, key: await otherProject(lion) })).terminate();
    sockets.pop()!.terminate();
    await until('it is gone', () => lion.lion.limits.open('connections', ofTest(lion)) === 1);
    (await connected(lion)).terminate();
    sockets.pop()!.terminate();
  });
});

test('a thousand connections with a subscription each, that are cut, leave nothing held', async () => {
  await using lion = await openTestLion();
  const id = await createSession(lion);
  for (let round = 0; round < 10; round++) {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const socket = await connected(lion);
        // Some are cut before their subscription has begun.
        if (i % 3 === 0) socket.send({ id: '1', type: 'subscribe', payload: { query: follow(id) } });
        else await askOver(socket, follow(id));
        return socket;
      }),
    );
    expect(lion.lion.limits.open('connections', ofTest(lion))).toBeGreaterThanOrEqual(100);
    for (const socket of sockets) socket.terminate();
  }
  for (const limit of ['connections', 'subscriptions'] as const)
    await until(`no ${limit} are held`, () => lion.lion.limits.open(limit, ofTest(lion)) === 0);
});

test('streams of server-sent events that are cut leave nothing held, reserved ones included', async () => {
  await using lion = await openTestLion();
  const id = await createSession(lion);
  const headers = { 'x-api-key': lion.key };
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for await (const _ of followSse(lion, follow(id), headers)) break;
    }),
  );
  const token = await (await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers })).text();
  expect(lion.lion.limits.open('connections', ofTest(lion))).toBe(1);
  const hangUp = new AbortController();
  const stream = await fetch(`${lion.url}/graphql/stream?token=${token}`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal: hangUp.signal,
  });
  expect(stream.status).toBe(200);
  hangUp.abort();
  for (const limit of ['connections', 'subscriptions'] as const)
    await until(`no ${limit} are held`, () => lion.lion.limits.open(limit, ofTest(lion)) === 0);
});
