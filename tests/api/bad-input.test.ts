// oxlint-disable vitest/expect-expect -- expectRefusal and expectNothingDone assert
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, rowsOf } from '../support/api.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';

let lion: TestLion;
let sessionId: string;
let operationId: string;

beforeAll(async () => {
  lion = await openTestLion();
  const { id, session } = await started('perform', 'PerformInput', { instruction: 'Name a bakery' }, { waitMs: 30_000 });
  sessionId = session.id;
  operationId = id;
});
afterAll(() => lion[Symbol.asyncDispose]());

const start = (kind: string, type: string): string => `
  mutation($input: ${type}!, $options: OperationOptions) {
    ${kind}(input: $input, options: $options) {
      __typename
      ... on Operation { id status session { id } error { code message retryable } }
      ... on Error { code message }
    }
  }`;

async function started(kind: string, type: string, input: unknown, options?: unknown) {
  return dataOf(await lion.query(start(kind, type), { input, options }))[kind];
}

/** Nothing came of it: no row was left, and the next request is served. */
async function expectNothingDone(ask: () => Promise<unknown>): Promise<void> {
  const before = await rowsOf(lion);
  await ask();
  expect(await rowsOf(lion)).toEqual(before);
  expect(dataOf(await lion.query('{ viewer { keyName } }'))).toEqual({ viewer: { keyName: 'test' } });
}

function expectRefusal({ errors }: GraphQLAnswer, path: string, reason: RegExp): void {
  expect(errors).toHaveLength(1);
  const { message, extensions } = errors![0]!;
  expect(extensions).toMatchObject({ code: 'BAD_INPUT' });
  expect(message).toMatch(reason);
  if (extensions['issues']) expect((extensions['issues'] as { path: string }[]).map((issue) => issue.path)).toContain(path);
  else expect(message).toContain(path);
}

const a = { instruction: 'Name a bakery' };
const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const labels = (count: number) => Array.from({ length: count }, (_, index) => ({ label: `choice ${index}` }));
const choose = (choices: unknown, more: object = {}) => ({ ...a, choices, ...more });

type Row = [what: string, kind: string, input: unknown, options: unknown, path: string, reason: RegExp];

const refused: Row[] = [
  ['an empty instruction', 'brainstorm', { instruction: '' }, {}, 'input.instruction', /must not be empty/],
  ['white space for an instruction', 'perform', { instruction: ' \n\t ' }, {}, 'input.instruction', /must not be empty/],
  ['an instruction of 1 MB', 'run', { instruction: 'a'.repeat(2 ** 20) }, {}, 'input.instruction', /at most 100000 characters/],
  ['no instruction', 'plan', {}, {}, 'instruction', /\$input.*Field "instruction" of required type "String!" was not provided/],
  ['a number for an instruction', 'plan', { instruction: 3 }, {}, 'input.instruction', /String cannot represent/],
  ['a field that does not exist', 'perform', { ...a, tone: 'kind' }, {}, 'tone', /not defined by type "PerformInput"/],
  ['too much guidance', 'perform', { ...a, guidance: 'a'.repeat(20_001) }, {}, 'input.guidance', /at most 20000 characters/],
  ['no ideas', 'brainstorm', { ...a, count: 0 }, {}, 'input.count', /must be at least 1/],
  ['a thousand ideas', 'brainstorm', { ...a, count: 1000 }, {}, 'input.count', /must be at most 100/],
  ['fewer than no ideas', 'run', { ...a, count: -1 }, {}, 'input.count', /must be at least 1/],
  ['half an idea', 'brainstorm', { ...a, count: 0.5 }, {}, 'input.count', /Int cannot represent non-integer/],
  ['no steps', 'plan', { ...a, steps: 0 }, {}, 'input.steps', /must be at least 1/],
  ['too many steps', 'run', { ...a, steps: 101 }, {}, 'input.steps', /must be at most 100/],
  ['no choices', 'select', choose([]), {}, 'input.choices', /at least one choice/],
  ['501 choices', 'select', choose(labels(501)), {}, 'input.choices', /at most 500 choices/],
  ['a choice without a name', 'select', choose([{ label: ' ' }]), {}, 'input.choices[0].label', /must not be empty/],
  [
    'a label twice',
    'select',
    choose([{ label: 'a' }, { label: 'a' }]),
    {},
    'input.choices[1].label',
    /the same as the label of choices\[0\]/,
  ],
  [
    'an id twice',
    'select',
    choose([
      { id: 'x', label: 'a' },
      { id: 'x', label: 'b' },
    ]),
    {},
    'input.choices[1].id',
    /the same as the id of choices\[0\]/,
  ],
  [
    'an id like one that Lion gives',
    'select',
    choose([{ id: 'choice-2', label: 'a' }, { label: 'b' }]),
    {},
    'input.choices[1].id',
    /the same as the id/,
  ],
  ['a max over their number', 'select', choose(labels(2), { max: 3 }), {}, 'input.max', /at most 2, the number of choices/],
  ['a max of 0', 'select', choose(labels(2), { max: 0 }), {}, 'input.max', /at least 1/],
  ['a context of 500 levels', 'perform', { ...a, context: nested(500) }, {}, 'input.context', /more than 64 levels/],
  ['a context of 300 KB', 'perform', { ...a, context: 'a'.repeat(300_000) }, {}, 'input.context', /at most 262144 bytes/],
  ['a wait over its bound', 'perform', a, { waitMs: 60_001 }, 'options.waitMs', /at most 60000/],
  ['a negative wait', 'perform', a, { waitMs: -1 }, 'options.waitMs', /must not be negative/],
  ['no time at all', 'perform', a, { timeoutMs: 0 }, 'options.timeoutMs', /at least 1/],
  ['more than a week', 'perform', a, { timeoutMs: 604_800_001 }, 'options.timeoutMs', /at most 604800000/],
  ['an empty idempotency key', 'perform', a, { idempotencyKey: '' }, 'options.idempotencyKey', /must not be empty/],
  ['a long idempotency key', 'perform', a, { idempotencyKey: 'a'.repeat(201) }, 'options.idempotencyKey', /at most 200/],
  [
    'half a character in an idempotency key',
    'perform',
    a,
    { idempotencyKey: 'a\ud800' },
    'options.idempotencyKey',
    /well-formed/,
  ],
  ['a NUL in an idempotency key', 'perform', a, { idempotencyKey: 'a\0' }, 'options.idempotencyKey', /well-formed/],
  ['an empty model', 'perform', a, { model: '' }, 'options.model', /must not be empty/],
];

describe('what an operation is started with', () => {
  test.each(refused)('%s is refused, and leaves nothing behind', async (_what, kind, input, options, path, reason) => {
    const type = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Input`;
    await expectNothingDone(async () => {
      expectRefusal(await lion.query(start(kind, type), { input, options }), path, reason);
    });
  });

  test('everything that is wrong is said at once', async () => {
    const { errors } = await lion.query(start('brainstorm', 'BrainstormInput'), { input: { instruction: '', count: 0 } });
    expect(errors![0]!.extensions['issues']).toEqual([
      { path: 'input.instruction', message: 'must not be empty' },
      { path: 'input.count', message: 'must be at least 1' },
    ]);
  });

  test('what is just within the bounds works', async () => {
    const bounds = { waitMs: 60_000, timeoutMs: 604_800_000, idempotencyKey: 'ü'.repeat(200) };
    const context = JSON.parse(`${'['.repeat(63)}${']'.repeat(63)}`) as unknown;
    const input = { instruction: 'a '.repeat(50_000), context, choices: labels(500), max: 500 };
    expect(await started('select', 'SelectInput', input, bounds)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('an unknown session is told of by type', async () => {
    await expectNothingDone(async () => {
      for (const unknown of ['ses_nope', '', 'ses_01arz3ndektsv4rrffq69g5fav00', 'a'.repeat(100_000), '\0', '\ud800']) {
        const refusal = await started('perform', 'PerformInput', a, { sessionId: unknown });
        expect(refusal).toMatchObject({ __typename: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' });
      }
    });
  });
});

test('text that databases cannot keep spoils nothing, and no request of the same batch', async () => {
  const odd = { 'a\0b': 'c\0d', lone: '\ud800', pair: '\u{1f981}', slash: '\\u0000 \\ud800', list: ['\udfff'] };
  const inputs = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0 ? { instruction: `odd\0\ud800 ${index}`, context: odd } : { instruction: `even ${index}` },
  );
  const all = await Promise.all(inputs.map((input) => started('perform', 'PerformInput', input, { waitMs: 30_000 })));
  expect(all.map(({ status }) => status as string)).toEqual(all.map(() => 'SUCCEEDED'));
  const { operation } = dataOf(
    await lion.query('query($id: ID!) { operation(id: $id) { instruction context } }', { id: all[0].id }),
  );
  expect(operation).toEqual({
    instruction: 'odd\ufffd\ufffd 0',
    context: { 'a\ufffdb': 'c\ufffdd', lone: '\ufffd', pair: '\u{1f981}', slash: '\\u0000 \\ud800', list: ['\ufffd'] },
  });
});

describe('sessions', () => {
  const create = 'mutation($input: CreateSessionInput!) { createSession(input: $input) { ... on Session { id } } }';
  const update = `mutation($input: UpdateSessionInput!) {
    updateSession(input: $input) { __typename ... on Session { id } ... on Error { code message } }
  }`;

  test.each([
    ['metadata of 65 KB', { metadata: { a: 'a'.repeat(65_536) } }, 'input.metadata', /at most 65536 bytes/],
    ['metadata that are a list', { metadata: [1] }, 'input.metadata', /must be a JSON object/],
    ['metadata of 500 levels', { metadata: { a: nested(500) } }, 'input.metadata', /more than 64 levels/],
    ['a long title', { title: 'a'.repeat(201) }, 'input.title', /at most 200/],
    ['a life of no time', { ttlSeconds: 0 }, 'input.ttlSeconds', /at least 1/],
    ['a life of minus a second', { ttlSeconds: -1 }, 'input.ttlSeconds', /at least 1/],
    ['a life of more than 2^31 seconds', { ttlSeconds: 2 ** 31 }, 'input.ttlSeconds', /Int cannot represent/],
  ])('%s: refused', async (_what, input, path, reason) => {
    await expectNothingDone(async () => {
      expectRefusal(await lion.query(create, { input }), path, reason);
      expectRefusal(await lion.query(update, { input: { id: sessionId, ...input } }), path, reason);
    });
  });

  test('a change that changes nothing is refused', async () => {
    await expectNothingDone(async () =>
      expectRefusal(await lion.query(update, { input: { id: sessionId } }), 'input', /at least one of title, metadata/),
    );
  });

  test('what is not there cannot be changed or deleted', async () => {
    await expectNothingDone(async () => {
      const { updateSession } = dataOf(await lion.query(update, { input: { id: 'ses_nope', title: 'x' } }));
      expect(updateSession).toMatchObject({ __typename: 'SessionNotFoundError', message: expect.stringContaining('ses_nope') });
      const remove = 'mutation { deleteSession(id: "nope") { __typename ... on Error { code } } }';
      expect(dataOf(await lion.query(remove)).deleteSession).toEqual({
        __typename: 'SessionNotFoundError',
        code: 'SESSION_NOT_FOUND',
      });
    });
  });
});

describe('reading', () => {
  test.each([
    ['sessions(first: -1)', 'first', /must not be negative/],
    ['sessions(last: -1)', 'last', /must not be negative/],
    ['sessions(first: 1, last: 1)', 'last', /together with first/],
    ['sessions(after: "x")', 'after', /not a cursor of this list/],
    ['sessions(before: "")', 'before', /not a cursor of this list/],
    ['sessions(after: 3)', '3', /String cannot represent/],
    [`sessions(filter: { titleContains: "${'a'.repeat(60_000)}" })`, 'filter.titleContains', /at most 200 characters/],
    ['sessions(filter: { status: GONE })', 'GONE', /does not exist in "SessionStatus" enum/],
    ['operations(first: -1)', 'first', /must not be negative/],
    ['operations(first: 1, last: 1)', 'last', /together with first/],
    ['operations(after: "x")', 'after', /not a cursor of this list/],
    ['operations(before: "99999999999999999999.op_x_1")', 'before', /not a cursor of this list/],
    ['operations(filter: { createdAfter: "yesterday" })', 'yesterday', /DateTime cannot represent/],
  ])('%s', async (field, path, reason) => {
    expectRefusal(await lion.query(`{ ${field} { nodes { id } } }`), path, reason);
  });

  test.each([
    ['first: -1', 'first', /must not be negative/],
    ['after: -1', 'after', /must not be negative/],
    ['after: "x"', 'x', /Int cannot represent non-integer/],
    ['after: 99999999999', '99999999999', /Int cannot represent non 32-bit/],
    ['first: 1, last: 1', 'last', /together with first/],
    ['types: [Nope]', 'Nope', /does not exist in "EventType" enum/],
  ])('events(%s)', async (args, path, reason) => {
    for (const of of [`session(id: "${sessionId}")`, `operation(id: "${operationId}")`])
      expectRefusal(await lion.query(`{ ${of} { events(${args}) { nodes { seq } } } }`), path, reason);
  });

  test('a cursor beyond the end is told where the end is', async () => {
    const { session } = dataOf(await lion.query('query($id: ID!) { session(id: $id) { lastSeq } }', { id: sessionId }));
    const { errors } = await lion.query(`{ session(id: "${sessionId}") { events(after: 1000000) { nodes { seq } } } }`);
    expect(errors![0]).toMatchObject({
      message: expect.stringContaining(`last event is ${session.lastSeq}`),
      extensions: { code: 'CURSOR_BEYOND_END', lastSeq: session.lastSeq },
    });
  });

  test('ids that are none find nothing', async () => {
    const found = await lion.query('query($id: ID!) { node(id: $id) { id } session(id: $id) { id } operation(id: $id) { id } }', {
      id: 'op_nope',
    });
    expect(dataOf(found)).toEqual({ node: null, session: null, operation: null });
    for (const id of ['', 'x', 'ses_', '\0', '\ud800', `${operationId}0`, 'op__1', 'a'.repeat(1_000_000)])
      expect(dataOf(await lion.query('query($id: ID!) { node(id: $id) { id } }', { id }))).toEqual({ node: null });
  });
});

describe('requests', () => {
  const post = async (body: BodyInit, headers: Record<string, string> = {}) => {
    const response = await fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': lion.key, ...headers },
      body,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    });
    return { status: response.status, answer: (await response.json()) as GraphQLAnswer };
  };
  const document = '{ viewer { keyName } }';
  const good = JSON.stringify({ query: document });
  const deep = (open: string, close: string): string => `{ definitions ${open.repeat(100_000)}${close.repeat(100_000)} }`;

  test.each<[string, BodyInit, Record<string, string>, number, RegExp]>([
    ['invalid JSON', '{', {}, 400, /invalid JSON/],
    ['an empty body', '', {}, 400, /invalid JSON/],
    ['a list', '[]', {}, 400, /Batching is not supported/],
    ['a number', '3', {}, 400, /expected to be object but received number/],
    ['null', 'null', {}, 400, /expected to be object/],
    ['no query', '{}', {}, 400, /Must provide query/],
    ['a query that is a number', '{"query":3}', {}, 400, /Expected "query" param to be a string/],
    ['variables that are text', '{"query":"{__typename}","variables":"x"}', {}, 400, /"variables" param/],
    ['text that says nothing of its type', good, { 'content-type': 'text/plain' }, 415, /Content-Type: application\/json/],
    ['a body of 5 MB', JSON.stringify({ query: document, variables: { a: 'a'.repeat(5e6) } }), {}, 413, /4194304 bytes at most/],
    ['a query that is cut off', '{"query":"{ viewer"}', {}, 200, /Syntax Error/],
    ['a field that does not exist', '{"query":"{ nope }"}', {}, 200, /Cannot query field "nope"/],
    ['two queries without saying which', '{"query":"query A {__typename} query B {__typename}"}', {}, 400, /operation/i],
  ])('%s: %#', async (_what, body, headers, status, reason) => {
    await expectNothingDone(async () => {
      const { status: actual, answer } = await post(body, headers);
      expect({ status: actual, errors: answer.errors }).toMatchObject({
        status,
        errors: [{ message: expect.stringMatching(reason), extensions: { code: 'BAD_INPUT' } }],
      });
    });
  });

  test.each([
    ['selections', deep('{ a ', '}')],
    ['literals', `{ sessions(after: ${deep('[', ']')}) }`],
  ])('%s of 100,000 levels', async (_what, query) => {
    await expectNothingDone(async () => {
      const { answer } = await post(JSON.stringify({ query }));
      expect(answer.errors).toMatchObject([
        { message: expect.stringMatching(/more than 200 levels/), extensions: { code: 'QUERY_TOO_COMPLEX' } },
      ]);
    });
  });

  test('a body whose length is not known', async () => {
    const { status, answer } = await post(new Blob([good]).stream());
    expect(status).toBe(411);
    expect(answer.errors![0]!.message).toMatch(/Content-Length/);
  });

  test('context of 100,000 levels, as a variable', async () => {
    await expectNothingDone(async () => {
      const body = `{"query":${JSON.stringify(start('perform', 'PerformInput'))},"variables":{"input":{"instruction":"a","context":${'['.repeat(100_000)}${']'.repeat(100_000)}}}}`;
      const { answer } = await post(body);
      expectRefusal(answer, 'input.context', /more than 64 levels/);
    });
  });
});
