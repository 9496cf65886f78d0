import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { openSocket, webSocketUrl } from '../support/sockets.ts';
import WebSocket from 'ws';

const requestTimeoutMs = 400;

let lion: TestLion;
beforeAll(async () => {
  lion = await openTestLion({ config: { requestTimeoutMs, initTimeoutMs: 100, corsOrigins: ['https://app.example.com'] } });
});
afterAll(() => lion[Symbol.asyncDispose]());

/** Opens a connection and sends the beginning of something; then, again and again, a little more. @returns what came back until it was closed */
async function dawdle(beginning: string, more?: string): Promise<string> {
  const { hostname, port } = new URL(lion.url);
  const socket: Socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (data: Buffer) => (answer += data.toString()));
  socket.on('error', () => {});
  socket.write(beginning);
  const trickle = more === undefined ? undefined : setInterval(() => socket.write(more), 30);
  await once(socket, 'close');
  clearInterval(trickle);
  return answer;
}

const headers = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n';

describe('who dawdles is not waited for', () => {
  test.each<[string, string, string?]>([
    ['says nothing', ''],
    ['sends headers and never ends them', 'POST /graphql HTTP/1.1\r\nHost: localhost\r\n'],
    ['sends a header now and then', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\n', 'X-A: b\r\n'],
    ['stops in a handshake', 'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'],
    ['sends no body', `POST /graphql HTTP/1.1\r\n${headers}\r\n`],
    ['sends a byte of a body now and then', `POST /graphql HTTP/1.1\r\n${headers}\r\n{`, ' '],
    ['the same, to REST', `POST /agent/perform HTTP/1.1\r\nX-API-Key: KEY\r\n${headers}\r\n{`, ' '],
  ])('who %s is told so with 408, and cut off', async (_who, beginning, more) => {
    expect(await dawdle(beginning.replace('KEY', lion.key), more)).toMatch(/^HTTP\/1\.1 408 [^]*took too long/);
  });

  test('who sends a byte now and then of a body with an upgrade that is not to be had is cut off', async () => {
    const asks = `POST /graphql HTTP/1.1\r\nX-API-Key: ${lion.key}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${headers}\r\n{`;
    expect(await dawdle(asks, ' ')).not.toContain('HTTP/1.1 2');
  });

  test('who opens a WebSocket and says nothing', async () => {
    const socket = await openSocket(lion);
    expect(await socket.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
  });
});

describe('a WebSocket is for the pages that may use Lion', () => {
  const opens = (origin: string | undefined, to: Pick<TestLion, 'url'> = lion, host?: string) =>
    new Promise<number>((resolve, reject) => {
      const socket = new WebSocket(webSocketUrl(to), 'graphql-transport-ws', {
        ...(origin !== undefined && { origin }),
        headers: { ...(host !== undefined && { host }) },
      });
      socket.on('error', reject);
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode!);
        response.destroy();
      });
      socket.on('open', () => {
        resolve(101);
        socket.terminate();
      });
    });

  test('those that are configured, those of this machine, its own, and what is no page', async () => {
    for (const origin of ['https://app.example.com', 'http://localhost:5173', lion.url, undefined])
      expect([origin, await opens(origin)]).toEqual([origin, 101]);
    expect(await opens('https://lion.example.com', lion, 'lion.example.com')).toBe(101);
  });

  test.each(['https://evil.example.org', 'https://app.example.com.evil.org', 'null', 'file://', 'garbage'])(
    '%s is not among them',
    async (origin) => {
      expect(await opens(origin)).toBe(403);
    },
  );

  test('under LION_DEV=1, neither is one whose name was made to point here', async () => {
    await using dev = await openTestLion({ config: { dev: true } });
    expect(await opens('http://rebound.example.org', dev, 'rebound.example.org')).toBe(403);
    expect(await opens(dev.url, dev)).toBe(101);
  });
});

describe('there are only so many connections', () => {
  test('of an address: one too many is told when to come back', async () => {
    await using few = await openTestLion({ config: { limits: 'address: 2 connections' } });
    const sockets = [await openSocket(few), await openSocket(few)];
    const response = await fetch(`${few.url}/health`);
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toMatchObject([
      429,
      '5',
      {
        errors: [
          {
            message: expect.stringMatching(/this address may have 2 connections open at a time/),
            extensions: { code: 'RATE_LIMITED' },
          },
        ],
      },
    ]);
    await expect(openSocket(few)).rejects.toThrow(/429/);
    for (const socket of sockets) socket.terminate();
    await until('there is room again', async () => (await fetch(`${few.url}/health`)).ok);
  });

  test('behind a proxy, of the address that it tells of', async () => {
    await using few = await openTestLion({ config: { limits: 'address: 1 connections', trustProxy: 'loopback' } });
    const from = (address: string) => openSocket(few, undefined, { 'x-forwarded-for': address });
    const sockets = [await from('192.0.2.1'), await from('192.0.2.2')];
    await expect(from('192.0.2.1')).rejects.toThrow(/429/);
    for (const socket of sockets) socket.terminate();
  });

  test('and only so much goes on over one of them', async () => {
    await using few = await openTestLion({ config: { limits: 'connection: 2 subscriptions' } });
    const sessionId = await few.lion.sessions.create(few.lion.defaultProjectId, {});
    const socket = await openSocket(few);
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': few.key } });
    await socket.next();
    const query = `subscription { sessionEvents(sessionId: "${sessionId}") { seq } }`;
    const subscribe = async (id: string) => {
      socket.send({ id, type: 'subscribe', payload: { query } });
      return socket.next();
    };
    for (const id of ['1', '2']) expect(await subscribe(id)).toMatchObject({ id, type: 'next' });
    expect(await subscribe('3')).toMatchObject({
      id: '3',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', limit: 'subscriptions', of: 'CONNECTION', max: 2, retryAfterMs: 5000 } }],
    });
    socket.send({ id: '1', type: 'complete' });
    expect(await subscribe('4')).toMatchObject({ id: '4', type: 'next' });
    socket.terminate();
  });

  test('messages are as large as requests may be, and no larger', async () => {
    await using small = await openTestLion({ config: { maxRequestBytes: 1000 } });
    const socket = await openSocket(small);
    socket.send('a'.repeat(1001));
    expect((await socket.closed).code).toBe(1009);
    const response = await fetch(`${small.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'a'.repeat(1001) }),
    });
    expect(response.status).toBe(413);
  });
});
