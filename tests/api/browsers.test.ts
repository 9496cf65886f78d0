import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFromEnv } from '../../src/config.ts';
import { dataOf } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { sendRaw } from '../support/sockets.ts';

const app = 'https://app.example.com';

let lion: TestLion;
/** One that listens where others can reach it. */
let exposed: TestLion;
beforeAll(async () => {
  [lion, exposed] = await Promise.all([
    openTestLion({ config: { corsOrigins: [app] } }),
    openTestLion({ config: { host: '0.0.0.0', corsOrigins: [app], hstsSeconds: 3600 } }),
  ]);
});
afterAll(() => Promise.all([lion, exposed].map((each) => each[Symbol.asyncDispose]())));

const post = (to: Pick<TestLion, 'url' | 'key'>, headers: Record<string, string>, body?: string | FormData) =>
  fetch(`${to.url}/graphql`, {
    method: 'POST',
    headers: { 'x-api-key': to.key, ...headers },
    body: body ?? '{"query":"{ viewer { keyName } }"}',
  });

const preflight = (to: TestLion, origin: string) =>
  fetch(`${to.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' },
  });

/** What a browser is told of whether a page of that origin may ask. */
async function corsOf(to: TestLion, origin: string) {
  const asked = await preflight(to, origin);
  const answered = await post(to, { origin, 'content-type': 'application/json' });
  expect(answered.headers.get('vary')).toMatch(/Origin/);
  expect(answered.headers.get('access-control-allow-origin')).toBe(asked.headers.get('access-control-allow-origin'));
  return asked.headers.get('access-control-allow-origin');
}

describe('which front ends may ask (CORS)', () => {
  test('one that is configured may', async () => {
    for (const each of [lion, exposed]) expect(await corsOf(each, app)).toBe(app);
    const { status, headers } = await preflight(exposed, app);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('content-type,x-api-key');
  });

  test('those of this machine may where nobody else can reach Lion', async () => {
    expect(await corsOf(lion, 'http://localhost:5173')).toBe('http://localhost:5173');
    expect(await corsOf(exposed, 'http://localhost:5173')).toBeNull();
  });

  test('and elsewhere with LION_DEV=1', async () => {
    expect(configFromEnv({ LION_DEV: '1' }).dev).toBe(true);
    expect(configFromEnv({}).dev).toBe(false);
    await using dev = await openTestLion({ config: { host: '0.0.0.0', dev: true } });
    expect(await corsOf(dev, 'http://localhost:5173')).toBe('http://localhost:5173');
    expect(await corsOf(dev, app)).toBeNull();
  });

  test.each([
    'https://example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.org',
    'https://sub.app.example.com',
    'null',
  ])('no other may: %s', async (origin) => {
    for (const each of [lion, exposed]) expect(await corsOf(each, origin)).toBeNull();
  });

  test('* lets any ask, without what a browser knows of the user', async () => {
    await using open = await openTestLion({ config: { host: '0.0.0.0', corsOrigins: ['*'] } });
    expect(await corsOf(open, 'https://anywhere.org')).toBe('https://anywhere.org');
    expect((await preflight(open, 'https://anywhere.org')).headers.get('access-control-allow-credentials')).toBeNull();
  });

  test('the configuration takes origins, and nothing else', () => {
    expect(configFromEnv({ LION_CORS_ORIGINS: ` ${app}, http://localhost:3000 ,` }).corsOrigins).toEqual([
      app,
      'http://localhost:3000',
    ]);
    for (const wrong of ['app.example.com', `${app}/`, `${app}/path`, 'https://*.example.com'])
      expect(() => configFromEnv({ LION_CORS_ORIGINS: wrong })).toThrow(/LION_CORS_ORIGINS\S*: must be origins/);
  });
});

describe('what a page of another site can send unasked (CSRF)', () => {
  const mutation = 'mutation { createSession(input: {}) { ... on Session { id } } }';
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: mutation }));
  form.set('map', '{}');
  const sessions = async () => dataOf(await lion.query('{ sessions { nodes { id } } }')).sessions.nodes.length as number;

  test.each<[string, Record<string, string>, string | FormData]>([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, new URLSearchParams({ query: mutation }).toString()],
    ['a form with files', {}, form],
    ['text', { 'content-type': 'text/plain' }, JSON.stringify({ query: mutation })],
    ['text that calls itself JSON', { 'content-type': 'text/plain; application/json' }, JSON.stringify({ query: mutation })],
    ['what only begins like JSON', { 'content-type': 'application/jsonp' }, JSON.stringify({ query: mutation })],
  ])('%s is not taken, whatever key comes along', async (_what, headers, body) => {
    const before = await sessions();
    const response = await post(lion, headers, body);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringMatching(/Content-Type: application\/json/) }],
    });
    expect(await sessions()).toBe(before);
  });

  test('neither is a mutation by GET', async () => {
    const before = await sessions();
    const response = await fetch(`${lion.url}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { 'x-api-key': lion.key },
    });
    expect(response.status).toBe(405);
    expect(await sessions()).toBe(before);
  });

  test('under LION_DEV=1, a name that a page elsewhere lets point here is none of this machine', async () => {
    await using dev = await openTestLion({ config: { dev: true } });
    const as = (host: string) => sendRaw(dev, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await as('rebound.example.com:8000')).toMatch(/^HTTP\/1.1 421/);
    for (const host of ['localhost:8000', '127.0.0.1', '[::1]:8000']) expect(await as(host)).toMatch(/^HTTP\/1.1 200/);
  });
});

describe('every answer says to browsers what they may do with it', () => {
  const always = {
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': expect.stringContaining('camera=()') as string,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/) as string,
  };
  const get = (path: string, accept = '*/*') => fetch(`${exposed.url}${path}`, { headers: { accept }, redirect: 'manual' });

  test.each<[string, () => Promise<Response>, status: number]>([
    ['an answer', () => post(exposed, { 'content-type': 'application/json' }), 200],
    ['a refused key', () => post({ ...exposed, key: 'lion_wrong' }, { 'content-type': 'application/json' }), 401],
    ['a query that is none', () => post(exposed, { 'content-type': 'application/json' }, '{'), 400],
    ['a form', () => post(exposed, { 'content-type': 'text/plain' }), 415],
    ['a body that is too large', () => post(exposed, { 'content-type': 'application/json' }, 'a'.repeat(5e6)), 413],
    ['GraphiQL', () => get('/graphql', 'text/html'), 200],
    ['the root', () => get('/'), 302],
    ['what is not there', () => get('/elsewhere'), 404],
    ['a preflight', () => preflight(exposed, app), 204],
    ['the health', () => get('/health'), 200],
    ['a stream of events', () => post(exposed, { 'content-type': 'application/json', accept: 'text/event-stream' }), 200],
    ['a method that is none', () => fetch(`${exposed.url}/graphql`, { method: 'PATCH' }), 405],
    ['REST', () => get('/openapi.json'), 200],
    ['REST, without a key', () => get('/sessions'), 401],
    ['whether it lives', () => get('/livez'), 200],
  ])('%s', async (_what, ask, status) => {
    const response = await ask();
    await response.text();
    expect([response.status, Object.fromEntries(response.headers)]).toMatchObject([status, always]);
    expect(response.headers.get('strict-transport-security')).toBe('max-age=3600');
    expect(response.headers.has('x-powered-by')).toBe(false);
  });

  test.each([
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 400],
    ['headers without an end', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a WebSocket elsewhere', 'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 404],
  ])('%s', async (_what, text, status) => {
    const answered = await sendRaw(exposed, text);
    expect(answered).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const name of Object.keys(always)) expect(answered.toLowerCase()).toContain(`\r\n${name}: `);
  });

  test('nothing is said of TLS unless that is configured', async () => {
    const { headers } = await fetch(`${lion.url}/health`);
    expect(headers.has('strict-transport-security')).toBe(false);
  });
});
