import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFromEnv } from '../../src/config.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { followSse, openSocket } from '../support/sockets.ts';

let hidden: TestLion;
let shown: TestLion;
beforeAll(async () => {
  const { introspection, graphiql } = configFromEnv({ NODE_ENV: 'production' });
  [hidden, shown] = await Promise.all([openTestLion({ config: { introspection, graphiql } }), openTestLion()]);
});
afterAll(() => Promise.all([hidden, shown].map((lion) => lion[Symbol.asyncDispose]())));

type Ask = (lion: TestLion, query: string, variables?: Record<string, unknown>) => Promise<GraphQLAnswer>;

const transports: [string, Ask][] = [
  ['HTTP', (lion, query, variables) => lion.query(query, variables)],
  [
    'server-sent events',
    async (lion, query) => {
      for await (const answer of followSse(lion, query, { 'x-api-key': lion.key })) return answer;
      throw new Error('There was no answer');
    },
  ],
  [
    'WebSocket',
    async (lion, query, variables) => {
      const socket = await openSocket(lion);
      socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
      await socket.next();
      socket.send({ id: '1', type: 'subscribe', payload: { query, variables } });
      const { type, payload } = await socket.next();
      socket.terminate();
      return (type === 'error' ? { errors: payload } : payload) as GraphQLAnswer;
    },
  ],
];

describe.each(transports)('in production, over %s', (_transport, ask) => {
  test.each([getIntrospectionQuery(), '{ __schema { queryType { name } } }', '{ __type(name: "Session") { name } }'])(
    'the schema is not told of: %.30s',
    async (query) => {
      const { data, errors } = await ask(hidden, query);
      expect(data ?? null).toBeNull();
      expect(errors![0]).toMatchObject({ message: expect.stringMatching(/introspection/i), extensions: { code: 'BAD_INPUT' } });
      expect((await ask(shown, query)).data).toBeTruthy();
    },
  );

  test('the name of a type can be asked for, as clients do', async () => {
    expect((await ask(hidden, '{ viewer { __typename } }')).data).toEqual({ viewer: { __typename: 'Viewer' } });
  });

  test.each([
    '{ viewr { keyId } }',
    '{ viewer { keyIds } }',
    '{ sessions(frst: 1) { nodes { id } } }',
    '{ operations(filter: { statuss: RUNNING }) { nodes { id } } }',
    '{ usage(groupBy: [MODELS]) { calls } }',
    'query ($a: Strin) { viewer { keyId } }',
    '{ viewer { ... on Viewr { keyId } } }',
    'subscription { sessionEvent(sessionId: "x") { seq } }',
  ])('nothing is suggested for what is misspelt: %s', async (query) => {
    const message = JSON.stringify((await ask(hidden, query)).errors);
    expect(message).toContain('BAD_INPUT');
    expect(message).not.toMatch(/did you mean/i);
    expect(JSON.stringify((await ask(shown, query)).errors)).toMatch(/Did you mean/);
  });
});

test.each([
  ['query ($by: [UsageGrouping!]) { usage(groupBy: $by) { calls } }', { by: ['MODELS'] }],
  ['mutation ($i: PerformInput!) { perform(input: $i) { __typename } }', { i: { instruction: 'a', guidanc: 'b' } }],
  ['subscription ($t: [EventType!]) { sessionEvents(sessionId: "x", types: $t) { seq } }', { t: ['TextDelt'] }],
])('nor for what variables hold: %s', async (query, variables) => {
  for (const [transport, ask] of transports.filter(([name]) => name !== 'server-sent events')) {
    if (transport === 'HTTP' && query.startsWith('subscription')) continue;
    const message = JSON.stringify((await ask(hidden, query, variables)).errors);
    expect(message).toContain('BAD_INPUT');
    expect(message).not.toMatch(/did you mean/i);
    expect(JSON.stringify((await ask(shown, query, variables)).errors)).toMatch(/Did you mean/);
  }
});

test('there is no GraphiQL, which is said in a few words', async () => {
  const page = await fetch(`${hidden.url}/graphql`, { headers: { accept: 'text/html' } });
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(await page.text()).toContain('LION_GRAPHIQL=on');
});

test('all of this is as it is asked for, and on without NODE_ENV=production', () => {
  const of = (env: Record<string, string>) => {
    const { introspection, graphiql } = configFromEnv(env);
    return { introspection, graphiql };
  };
  expect(of({})).toEqual({ introspection: true, graphiql: true });
  expect(of({ NODE_ENV: 'development' })).toEqual({ introspection: true, graphiql: true });
  expect(of({ NODE_ENV: 'production' })).toEqual({ introspection: false, graphiql: false });
  expect(of({ NODE_ENV: 'production', LION_GRAPHIQL: 'on' })).toEqual({ introspection: false, graphiql: true });
  expect(of({ NODE_ENV: 'production', LION_INTROSPECTION: 'on' })).toEqual({ introspection: true, graphiql: false });
  expect(of({ LION_INTROSPECTION: 'off', LION_GRAPHIQL: 'off' })).toEqual({ introspection: false, graphiql: false });
  expect(() => configFromEnv({ LION_INTROSPECTION: 'yes' })).toThrow('LION_INTROSPECTION: must be on or off');
});
