import { buildClientSchema, getIntrospectionQuery, parse, print, type IntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followOperationDocument, followSessionDocument, operationFields } from '../../src/client/documents.ts';
import { configFromEnv, type QueryLimits } from '../../src/config.ts';
import { assumedEntries } from '../../src/graphql/query-cost.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { followSse, openSocket } from '../support/sockets.ts';

const { queryLimits: defaults } = configFromEnv({});

let lion: TestLion;
beforeAll(async () => {
  lion = await openTestLion();
});
afterAll(() => lion[Symbol.asyncDispose]());

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');
const deep = (levels: number): string => `{ ${'operations { nodes { session { '.repeat(levels)}id${' } } }'.repeat(levels)} }`;

/** Queries of which each is over one limit alone: by one, where it can be counted. */
const attacks: [limit: string, query: string, actual: number | null, max: number][] = [
  [
    'TOKENS',
    `{ node(id: "x") { id } } # ${'x'.repeat(9000)}\n fragment F on Node { ${'id '.repeat(defaults.tokens)} }`,
    null,
    defaults.tokens,
  ],
  ['TOKENS', `{ definitions { kind } } ${'{ '.repeat(defaults.tokens)}`, null, 200],
  ['NESTING', `{ definitions(a: ${'['.repeat(300)}${']'.repeat(300)}) { kind } }`, null, 200],
  ['DEPTH', deep(7), 22, defaults.depth],
  ['DEPTH', `{ ...A } fragment A on Query { ${deep(7).slice(1)}`, 22, defaults.depth],
  ['ALIASES', `{ ${times(51, (i) => `a${i}: definitions { kind }`)} }`, 51, defaults.aliases],
  ['ALIASES', `{ ${times(52, () => 'definitions { kind }')} }`, 51, defaults.aliases],
  ['ALIASES', `{ ${times(52, () => '... { definitions { kind } }')} }`, 51, defaults.aliases],
  ['DIRECTIVES', `{ definitions ${'@include(if: true) '.repeat(51)} { kind } }`, 51, defaults.directives],
  ['FRAGMENTS', `{ ...f0 } ${times(51, (i) => `fragment f${i} on Query { ...f${(i + 1) % 51} }`)}`, 51, defaults.fragments],
  [
    'COST',
    '{ operations(first: 100) { nodes { children { children { children { id children { id } } } } } } }',
    78_101,
    defaults.cost,
  ],
];

describe('a query that asks for too much is refused', () => {
  test.each(attacks)('%s over HTTP: %.60s', async (limit, query, actual, max) => {
    if (max === 200) limit = 'NESTING';
    for (const [time, accept, status] of [
      ['at first', 'application/graphql-response+json', 400],
      ['once it is known', 'application/json', 200],
    ] as const) {
      const response = await fetch(`${lion.url}/graphql`, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json', 'x-api-key': lion.key },
        body: JSON.stringify({ query }),
      });
      const answer = (await response.json()) as GraphQLAnswer;
      expect([time, response.status, answer.errors?.length]).toEqual([time, status, 1]);
      expect(answer.data).toBeUndefined();
      expect(answer.errors![0]!.extensions).toEqual({ code: 'QUERY_TOO_COMPLEX', retryable: false, limit, actual, max });
      expect(answer.errors![0]!.message).toContain(`may have ${max} at most. `);
      expect(answer.errors![0]!.message).toContain(String(actual ?? `more than ${max}`));
    }
  });

  const refused = { extensions: { code: 'QUERY_TOO_COMPLEX' } };

  test.each(attacks)('%s over server-sent events: %.60s', async (_limit, query) => {
    const answers: GraphQLAnswer[] = [];
    for await (const answer of followSse(lion, query, { 'x-api-key': lion.key })) answers.push(answer);
    expect(answers).toMatchObject([{ errors: [refused] }]);
  });

  test.each(attacks)('%s over WebSocket: %.60s', async (_limit, query) => {
    const socket = await openSocket(lion);
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    const answer = await socket.next();
    expect(answer).toMatchObject({ id: '1', type: 'error', payload: [refused] });
    expect(JSON.stringify(answer)).not.toContain('"http"');
    socket.terminate();
  });

  test('a subscription is measured by what one event holds', async () => {
    const event = `operation { ${'children { '.repeat(7)} id ${' }'.repeat(7)} }`;
    const query = `subscription { sessionEvents(sessionId: "ses_x") { seq ${event} } }`;
    for await (const { errors } of followSse(lion, query, { 'x-api-key': lion.key })) {
      expect(errors).toMatchObject([{ extensions: { limit: 'COST', actual: 2 + (5 ** 8 - 5) / 4 } }]);
    }
    expect.assertions(1);
  });
});

/** What a query costs, as the refusal of a server says that grants one object. */
async function costOf(query: string, variables?: Record<string, unknown>): Promise<unknown> {
  const { errors } = await strict.query(query, variables);
  return errors?.[0]?.extensions['actual'] ?? errors;
}
let strict: TestLion;
beforeAll(async () => {
  strict = await openTestLion({ config: { queryLimits: { ...defaults, cost: 1 } } });
});
afterAll(() => strict[Symbol.asyncDispose]());

describe('the cost is the objects that an answer may hold', () => {
  test.each<[query: string, cost: number]>([
    ['{ viewer { keyId project { id } } }', 2],
    ['{ operations { nodes { id } } }', 1 + 20],
    ['{ operations { edges { cursor node { id } } pageInfo { endCursor } } }', 1 + 20 * 2 + 1],
    ['{ operations(first: 7) { nodes { id } } }', 1 + 7],
    ['{ operations(last: 7) { nodes { id } } }', 1 + 7],
    // The page is no larger, whatever is asked for.
    ['{ operations(first: 1000000) { nodes { id } } }', 1 + 100],
    ['{ a: operations { nodes { id } } b: operations(first: 1) { nodes { id } } }', 1 + 20 + 1 + 1],
    ['{ session(id: "x") { events { nodes { seq } } } }', 2 + 100],
    ['{ session(id: "x") { events(first: 100000) { nodes { seq } } } }', 2 + 1000],
    ['{ operations(first: 2) { nodes { children { id } session { id } } } }', 1 + 2 * (1 + assumedEntries + 1)],
    ['{ operations(first: 2) { ...C } } fragment C on OperationConnection { nodes { session { id } } }', 1 + 2 * 2],
    // The costliest member counts, and not all of them together.
    [
      '{ operation(id: "x") { output { ... on PerformOutput { text } ... on BrainstormOutput { ideas { id } } ... on PlanOutput { steps { id operation { id } } } } } }',
      2 + assumedEntries * 2,
    ],
    [
      '{ node(id: "x") { id ... on Session { operations(first: 3) { nodes { id } } } ... on Operation { session { id } } } }',
      1 + 1 + 3,
    ],
  ])('%s', async (query, cost) => {
    expect(await costOf(query)).toBe(cost);
  });

  test('with the variables of each request', async () => {
    const query = 'query ($n: Int = 4, $m: Int) { operations(first: $n) { nodes { events(last: $m) { nodes { seq } } } } }';
    expect(await costOf(query, { n: 3, m: 5 })).toBe(1 + 3 * (1 + 1 + 5));
    expect(await costOf(query, { n: 10, m: 2 })).toBe(1 + 10 * (1 + 1 + 2));
    expect(await costOf(query, { m: 1 })).toBe(1 + 4 * (1 + 1 + 1));
    expect(await costOf(query, { n: null, m: 1 })).toBe(1 + 20 * (1 + 1 + 1));
    expect(await costOf(query)).toBe(1 + 4 * (1 + 1 + 100));
    expect(await costOf(query, { n: 1000, m: 100_000 })).toBe(1 + 100 * (1 + 1 + 1000));
  });

  test('fragments that double one another are as quickly counted as others', async () => {
    const doubling = times(40, (i) => `fragment f${i} on Session { ...f${i + 1} ... { ...f${i + 1} } }`);
    const query = `query ($n: Int) { session(id: "x") { ...f0 } } ${doubling} fragment f40 on Session { operations(first: $n) { nodes { id } } }`;
    expect(await costOf(query, { n: 1 })).toBe(1 + 2 ** 40 * 2);
    const fixed = query.replace('($n: Int)', '').replace('$n', '1');
    expect(await costOf(fixed)).toBe(1 + 2 ** 40 * 2);
  });
});

describe('what honest clients ask', () => {
  const ask = async (query: string, variables: Record<string, unknown> = {}) =>
    (await lion.query(query, variables)).errors?.map(({ extensions }) => extensions['code']);

  test('is answered: introspection, as tools ask it', async () => {
    const full = getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, specifiedByUrl: true });
    const { data } = await lion.query(full);
    expect(buildClientSchema(data as IntrospectionQuery).getType('Session')).toBeDefined();
    const again = `{ ${times(5, (i) => `a${i}: __schema { types { fields { args { type { fields { name } } } } } }`)} }`;
    expect(await ask(again)).toEqual(['QUERY_TOO_COMPLEX']);
  });

  test('is answered: a page of a hundred operations, in full', async () => {
    expect(await ask(`{ operations(first: 100) { nodes { ...OperationFields } } } ${operationFields}`)).toBeUndefined();
  });

  test.each([followSessionDocument, followOperationDocument])(
    'is answered: what the client of Lion follows with',
    async (document) => {
      expect(parse(document).kind).toBe('Document');
      const socket = await openSocket(lion);
      socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
      await socket.next();
      socket.send({
        id: '1',
        type: 'subscribe',
        payload: { query: print(parse(document)), variables: { id: 'op_none', after: 0 } },
      });
      expect(await socket.next()).not.toMatchObject({ payload: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
      socket.terminate();
    },
  );
});

test('each limit can be set', () => {
  const set: Record<keyof QueryLimits, number> = {
    tokens: 101,
    depth: 102,
    aliases: 103,
    directives: 104,
    fragments: 105,
    cost: 106,
  };
  const env = Object.fromEntries(
    Object.entries(set).map(([name, value]) => [`LION_MAX_QUERY_${name.toUpperCase()}`, String(value)]),
  );
  expect(configFromEnv(env).queryLimits).toEqual(set);
});
