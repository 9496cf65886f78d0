import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { dataOf } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { followSse, openSocket, webSocketUrl } from '../support/sockets.ts';

let lion: TestLion;
let subscription: string;

beforeAll(async () => {
  lion = await openTestLion();
  const { id } = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
  subscription = `subscription { sessionEvents(sessionId: "${id}") { seq type } }`;
});
afterAll(() => lion[Symbol.asyncDispose]());

const first = { data: { sessionEvents: { seq: 1, type: 'SessionCreated' } } };

async function post(headers: Record<string, string>, query = '{ viewer { keyName } }') {
  const response = await fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

type Headers = (key: string) => Record<string, string>;
const inHeaders: [what: string, headers: Headers][] = [
  ['X-API-Key', (key) => ({ 'X-API-Key': key })],
  ['x-api-key', (key) => ({ 'x-api-key': key })],
  ['Authorization: Bearer', (key) => ({ Authorization: `Bearer ${key}` })],
  ['authorization: bearer', (key) => ({ authorization: `bearer   ${key}` })],
  ['both, one of them empty', (key) => ({ 'x-api-key': '', authorization: `Bearer ${key}` })],
];

describe.each(inHeaders)('a key in the header %s', (_what, headers) => {
  test('opens HTTP', async () => {
    expect(await post(headers(lion.key))).toEqual({ status: 200, data: { viewer: { keyName: 'test' } } });
  });

  test('opens server-sent events', async () => {
    for await (const answer of followSse(lion, subscription, headers(lion.key))) {
      expect(answer).toEqual(first);
      break;
    }
  });

  test('opens a WebSocket', async () => {
    const socket = await openSocket(lion, undefined, headers(lion.key));
    socket.send({ type: 'connection_init' });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    socket.terminate();
  });
});

test.each([
  ['X-API-Key', (key: string) => ({ 'X-API-Key': key })],
  ['x-api-key', (key: string) => ({ 'x-api-key': key })],
  ['apiKey', (key: string) => ({ apiKey: key })],
  ['Authorization', (key: string) => ({ Authorization: `Bearer ${key}` })],
  ['authorization', (key: string) => ({ authorization: `Bearer ${key}` })],
])('a key as %s in the payload of connection_init opens a WebSocket, to the client that everyone uses', async (_what, params) => {
  const client = createClient({ url: webSocketUrl(lion), webSocketImpl: WebSocket, connectionParams: params(lion.key) });
  for await (const answer of client.iterate({ query: subscription })) {
    expect(answer).toEqual(first);
    break;
  }
  await client.dispose();
});

const refused: [what: string, headers: Headers, message: RegExp][] = [
  ['no key', () => ({}), /^An API key is missing\./],
  ['an empty key', () => ({ 'x-api-key': '' }), /^An API key is missing\./],
  ['another scheme', (key) => ({ authorization: `Basic ${key}` }), /^An API key is missing\./],
  ['a key that is none', () => ({ 'x-api-key': 'secret' }), /^The API key is not known here\./],
  [
    'a key that is a bit wrong',
    (key) => ({ 'x-api-key': `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}` }),
    /^The API key is not known/,
  ],
  ['a long key', () => ({ authorization: `Bearer ${'a'.repeat(5000)}` }), /^The API key is not known here\./],
];

describe.each(refused)('%s', (_what, headers, message) => {
  const errors = [{ message: expect.stringMatching(message), extensions: { code: 'UNAUTHENTICATED' } }];

  test('is refused over HTTP', async () => {
    expect(await post(headers(lion.key))).toMatchObject({ status: 401, errors });
    const mutation = 'mutation { createSession(input: {}) { __typename } }';
    expect(await post(headers(lion.key), mutation)).toMatchObject({ status: 401, errors });
  });

  test('is refused over server-sent events, which end', async () => {
    const answers = [];
    for await (const answer of followSse(lion, subscription, headers(lion.key))) answers.push(answer);
    expect(answers).toMatchObject([{ errors }]);
  });

  test.each(['in the headers', 'in connection_init'])('is refused over WebSocket, %s', async (where) => {
    const given = headers(lion.key);
    const socket = await openSocket(lion, undefined, where === 'in the headers' ? given : {});
    socket.send({ type: 'connection_init', ...(where === 'in connection_init' && { payload: given }) });
    expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringMatching(message) });
  });
});

test('a refusal says nothing of the key that was given', async () => {
  const answer = JSON.stringify(await post({ 'x-api-key': 'lion_not-for-others' }));
  expect(answer).not.toContain('not-for-others');
});

test('to look at the schema needs no key; everything else does', async () => {
  const introspection =
    '{ __schema { queryType { name } types { name fields { name } } } __type(name: "Session") { name } __typename }';
  expect(await post({}, introspection)).toMatchObject({ status: 200, data: { __type: { name: 'Session' } } });
  // GraphiQL asks with what it begins with.
  expect(await post({ 'x-api-key': '' }, introspection)).toMatchObject({ status: 200 });
  const { data } = (await post({}, '{ __schema { queryType { fields { name args { name type { kind } } } } } }')) as unknown as {
    data: { __schema: { queryType: { fields: { name: string; args: { name: string; type: { kind: string } }[] }[] } } };
  };
  for (const { name, args } of data.__schema.queryType.fields) {
    const given = args.filter(({ type }) => type.kind === 'NON_NULL').map((arg) => `${arg.name}: "x"`);
    const list = given.length > 0 ? `(${given.join(', ')})` : '';
    const asked = await post({}, `{ ${name}${list} { __typename } }`);
    expect([name, asked]).toMatchObject([name, { status: 401 }]);
  }
});
