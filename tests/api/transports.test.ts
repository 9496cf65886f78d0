import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { openSocket, protocol, sendRaw, type RawSocket } from '../support/sockets.ts';

let lion: TestLion;
let sessionId: string;

beforeAll(async () => {
  lion = await openTestLion({ http: { initTimeoutMs: 200 } });
  sessionId = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession.id;
});
afterAll(() => lion[Symbol.asyncDispose]());

async function opened(): Promise<RawSocket> {
  const socket = await openSocket(lion);
  socket.send({ type: 'connection_init', payload: { apiKey: lion.key } });
  expect((await socket.next()).type).toBe('connection_ack');
  return socket;
}

const subscribe = (id: string, query = `subscription { sessionEvents(sessionId: "${sessionId}") { seq } }`) => ({
  id,
  type: 'subscribe',
  payload: { query },
});

describe('a WebSocket that does not keep to the protocol is closed with the reason, and disturbs nobody', () => {
  let bystander: RawSocket;
  test('somebody else follows a session', async () => {
    bystander = await opened();
    bystander.send(subscribe('by'));
    expect(await bystander.next()).toMatchObject({ id: 'by', payload: { data: { sessionEvents: { seq: 1 } } } });
  });
  const stillServed = async (): Promise<unknown> => {
    await lion.query(`mutation { updateSession(input: { id: "${sessionId}", title: "Still there" }) { __typename } }`);
    const seen = await bystander.next();
    bystander.terminate();
    await until('nobody follows any more', () => lion.lion.feed.followedSessions === 0);
    return seen;
  };

  test('no subprotocol: 4406', async () => {
    const socket = await openSocket(lion, []);
    expect(await socket.closed).toMatchObject({ code: 4406, reason: expect.stringContaining('Subprotocol') });
  });

  test('another subprotocol: refused in the handshake', async () => {
    await expect(openSocket(lion, 'graphql-ws')).rejects.toThrow(/subprotocol/);
  });

  test('one of several subprotocols is enough', async () => {
    const socket = await openSocket(lion, ['graphql-ws', protocol, 'mqtt']);
    socket.send({ type: 'connection_init', payload: { apiKey: lion.key } });
    expect((await socket.next()).type).toBe('connection_ack');
    socket.terminate();
  });

  test('no connection_init: 4408, and not before its time', async () => {
    const since = performance.now();
    const socket = await openSocket(lion);
    expect(await socket.closed).toMatchObject({ code: 4408 });
    expect(performance.now() - since).toBeGreaterThan(150);
  });

  test.each<[string, unknown, number]>([
    ['text that is no JSON', 'garbage', 4400],
    ['binary', Buffer.from([0, 255, 1, 2]), 4400],
    ['null', 'null', 4400],
    ['a list', [], 4400],
    ['a type that is none', { type: 'hello' }, 4400],
    ['a payload that is text', { type: 'connection_init', payload: 'x' }, 4400],
    ['a payload that is a list', { type: 'connection_init', payload: [1] }, 4400],
    ['a message of 5 MB', 'a'.repeat(5_000_000), 1009],
    ['a subscription before connection_init', subscribe('1'), 4401],
  ])('%s', async (_what, message, code) => {
    const socket = await openSocket(lion);
    socket.send(message);
    expect((await socket.closed).code).toBe(code);
  });

  test.each<[string, unknown[], number]>([
    ['connection_init twice', [{ type: 'connection_init', payload: {} }], 4429],
    ['the same id twice', [subscribe('1'), subscribe('1')], 4409],
    ['an id that is a number', [{ id: 1, type: 'subscribe', payload: { query: '{__typename}' } }], 4400],
    ['no payload', [{ id: '1', type: 'subscribe' }], 4400],
    ['a query that is a number', [{ id: '1', type: 'subscribe', payload: { query: 3 } }], 4400],
    ['variables that are text', [{ id: '1', type: 'subscribe', payload: { query: '{__typename}', variables: 'x' } }], 4400],
  ])('%s, once it is open', async (_what, messages, code) => {
    const socket = await opened();
    for (const message of messages) socket.send(message);
    expect((await socket.closed).code).toBe(code);
  });

  test('a bad query ends that query alone', async () => {
    const socket = await opened();
    for (const [query, code] of [
      ['{', 'BAD_INPUT'],
      ['{ nope }', 'BAD_INPUT'],
      [`{ a${'{ a'.repeat(50_000)}`, 'QUERY_TOO_COMPLEX'],
    ] as const) {
      socket.send(subscribe('bad', query));
      expect(await socket.next()).toMatchObject({ id: 'bad', type: 'error', payload: [{ extensions: { code } }] });
    }
    socket.send({ id: 'nobody', type: 'complete' });
    socket.send(subscribe('good', '{ viewer { keyName } }'));
    expect(await socket.next()).toMatchObject({ id: 'good', payload: { data: { viewer: { keyName: 'test' } } } });
    socket.terminate();
  });

  test('queries and mutations work over it, too', async () => {
    const socket = await opened();
    socket.send(subscribe('q', `{ session(id: "${sessionId}") { lastSeq events { nodes { seq } } } }`));
    expect(await socket.next()).toMatchObject({ payload: { data: { session: { lastSeq: 1 } } } });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    socket.send(subscribe('m', 'mutation { perform(input: { instruction: " " }) { __typename } }'));
    expect(await socket.next()).toMatchObject({
      payload: { errors: [{ message: 'input.instruction: must not be empty', extensions: { code: 'BAD_INPUT' } }] },
    });
    socket.terminate();
  });

  test('a ping is answered', async () => {
    const socket = await opened();
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.terminate();
  });

  test('after all that, whoever followed is still served', async () => {
    expect(await stillServed()).toMatchObject({ id: 'by', payload: { data: { sessionEvents: { seq: 2 } } } });
  });
});

describe('a connection that makes no sense is refused, and the server goes on', () => {
  const upgrade = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

  test.each([
    ['a WebSocket elsewhere', upgrade('/elsewhere'), /^HTTP\/1.1 404/],
    ['a WebSocket to an address that is none', upgrade('//'), /^HTTP\/1.1 404/],
    ['a WebSocket to another one', upgrade('http://['), /^HTTP\/1.1 404/],
    ['a WebSocket without a key of its own', upgrade('/graphql').replace(/Sec-WebSocket-Key.*\r\n/, ''), /^HTTP\/1.1 400/],
    ['an address that is none', 'GET //%  HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 40[04]/],
    ['a host that is none', 'GET /graphql HTTP/1.1\r\nHost: a b:c[\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 400[^]*Host/],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /^HTTP\/1.1 400/],
  ])('%s', async (_what, text, answer) => {
    const answered = await sendRaw(lion, text);
    expect(answered).toMatch(answer);
    // Nothing of the inside is shown.
    expect(answered).not.toMatch(/node_modules|at \w+ \(|TypeError/);
    expect(dataOf(await lion.query('{ viewer { keyName } }')).viewer.keyName).toBe('test');
  });

  test('a client that is gone before it is answered', async () => {
    for (let round = 0; round < 20; round++) {
      const leave = new AbortController();
      const asked = fetch(`${lion.url}/elsewhere`, { signal: leave.signal, headers: { upgrade: 'x' } }).catch(() => {});
      if (round % 2 === 0) await delay(1);
      leave.abort();
      await asked;
    }
    expect(dataOf(await lion.query('{ viewer { keyName } }')).viewer.keyName).toBe('test');
  });
});

describe('front ends on this machine', () => {
  const preflight = (origin: string) =>
    fetch(`${lion.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-api-key,authorization',
      },
    });
  const ask = (origin: string) =>
    fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json', 'x-api-key': lion.key },
      body: '{"query":"{ viewer { keyName } }"}',
    });

  test.each(['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:3000', 'http://[::1]:8080'])(
    '%s may ask',
    async (origin) => {
      const { headers, ok } = await preflight(origin);
      expect(ok).toBe(true);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-methods')).toContain('POST');
      for (const header of ['content-type', 'x-api-key', 'authorization'])
        expect(headers.get('access-control-allow-headers')).toContain(header);
      expect((await ask(origin)).headers.get('access-control-allow-origin')).toBe(origin);
    },
  );

  test.each([
    'https://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://notlocalhost',
    'null',
    'file://',
    'garbage',
  ])('%s may not', async (origin) => {
    for (const response of [await preflight(origin), await ask(origin)])
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('GET /graphql in a browser', () => {
  test('is GraphiQL, which needs no key and no other host', async () => {
    const response = await fetch(`${lion.url}/graphql`, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    const page = await response.text();
    expect(page).toContain('graphiql');
    // The markup, without what is between the tags of scripts and styles.
    const markup = page.replaceAll(/(<(script|style)[^>]*>)[^]*?<\/\2>/g, '$1');
    expect(markup).not.toMatch(/(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\//i);
    expect(page).not.toMatch(/@import\s|\bimport\(\s*["'`](?:https?:)?\/\/|url\(\s*["']?(?:https?:)?\/\//);
  });

  test('it is sent small, and only once', async () => {
    const get = (encoding: string, headers: Record<string, string> = {}) =>
      fetch(`${lion.url}/graphql`, { headers: { accept: 'text/html', 'accept-encoding': encoding, ...headers } });
    const sizeOf = (response: Response): number => Number(response.headers.get('content-length'));
    const plain = await get('identity');
    expect(plain.headers.has('content-encoding')).toBe(false);
    const page = await plain.text();
    expect(Buffer.byteLength(page)).toBe(sizeOf(plain));
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip, deflate', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
    ] as const) {
      const response = await get(accepted);
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect(response.headers.get('vary')).toMatch(/Accept, Accept-Encoding/);
      expect(sizeOf(response)).toBeLessThan(sizeOf(plain) / 3);
      expect(await response.text()).toBe(page);
      const again = await get(accepted, { 'if-none-match': response.headers.get('etag')! });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
  });

  test('the root leads there', async () => {
    const response = await fetch(lion.url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphql']);
  });

  test('a mutation is not for GET', async () => {
    const query = encodeURIComponent('mutation { createSession(input: {}) { __typename } }');
    const response = await fetch(`${lion.url}/graphql?query=${query}`, { headers: { 'x-api-key': lion.key } });
    expect(response.status).toBe(405);
  });
});
