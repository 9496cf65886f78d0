import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { createClient, LionClientError } from '../../src/client/index.ts';
import { dataOf } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';
import { ask, connected } from './asking.ts';

test('a client that follows waits for as long as it is told to, and then goes on', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 1 connections' } });
  const { id } = dataOf(await ask(lion, 'mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
  const other = await connected(lion);
  const client = createClient({ url: lion.url, key: lion.key, webSocketImpl: WebSocket });
  const losses: LionClientError[] = [];
  let refusedAt = 0;
  const onDisconnect = (why: LionClientError): void => {
    losses.push(why);
    refusedAt = performance.now();
    other.terminate();
  };
  for await (const { seq } of client.followSession(id, { onDisconnect })) {
    expect(seq).toBe(1);
    break;
  }
  expect(losses).toMatchObject([{ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 5000 }]);
  expect(performance.now() - refusedAt).toBeGreaterThan(4900);
  await client.close();
});

test('a client that asks learns when to come back', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 0 requests' } });
  const client = createClient({ url: lion.url, key: lion.key, webSocketImpl: WebSocket });
  const error = await client.query('{ viewer { keyId } }').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LionClientError);
  expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, retryable: true, retryAfterMs: expect.any(Number) });
  await client.close();
});
