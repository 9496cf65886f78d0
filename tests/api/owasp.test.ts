import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configFromEnv } from '../../src/config.ts';
import { dataOf, otherProject, rowsOf } from '../support/api.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { openSocket, sendRaw } from '../support/sockets.ts';

// The attacks of OWASP's GraphQL Cheat Sheet, in its order: cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html

let lion: TestLion;
/** As it is to be run in earnest. */
let production: TestLion;
beforeAll(async () => {
  const { introspection, graphiql } = configFromEnv({ NODE_ENV: 'production' });
  [lion, production] = await Promise.all([
    openTestLion(),
    openTestLion({ config: { introspection, graphiql, host: '0.0.0.0' } }),
  ]);
});
afterAll(() => Promise.all([lion, production].map((each) => each[Symbol.asyncDispose]())));

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

async function refusalOf(query: string, variables?: Record<string, unknown>, of: TestLion = lion) {
  const { data, errors } = await of.query(query, variables);
  expect(data ?? null).toBeNull();
  return errors![0]!;
}
const tooComplex = (limit: string) => ({ extensions: { code: 'QUERY_TOO_COMPLEX', limit } });

describe('input validation: injection', () => {
  test.each([`' OR '1'='1`, `x'; DROP TABLE "Session"; --`, '${7*7}', '{{7*7}}', '../../etc/passwd', '$(id)', '%', '_'])(
    'SQL, templates, paths and commands are text and nothing else: %s',
    async (text) => {
      const made = dataOf(
        await lion.query(
          'mutation ($title: String) { createSession(input: { title: $title }) { ... on Session { id title } } }',
          {
            title: text,
          },
        ),
      ).createSession;
      expect(made.title).toBe(text);
      const found = dataOf(
        await lion.query(
          'query ($text: String, $id: ID!) { sessions(filter: { titleContains: $text }) { nodes { title } } session(id: $id) { id } }',
          {
            text,
            id: text,
          },
        ),
      );
      expect(found.sessions.nodes).toEqual([{ title: text }]);
      expect(found.session).toBeNull();
      expect((await rowsOf(lion))['sessions']).toBeGreaterThan(0);
    },
  );

  test('a host that is to be asked from here (SSRF) cannot be named in a request', async () => {
    const { message } = await refusalOf(
      'mutation { perform(input: { instruction: "a" }, options: { baseUrl: "http://169.254.169.254" }) { __typename } }',
    );
    expect(message).toContain('baseUrl');
    const { data } = await lion.query(
      'mutation { perform(input: { instruction: "a" }, options: { model: "http://169.254.169.254/x" }) { __typename } }',
    );
    expect(data.perform.__typename).toBe('ModelUnknownError');
  });
});

describe('denial of service', () => {
  test('a circular query, as deep as it likes', async () => {
    const deep = `{ operations { nodes { ${'session { operations { nodes { '.repeat(20)} id ${'} } } '.repeat(20)} } } }`;
    expect(await refusalOf(deep)).toMatchObject(tooComplex('DEPTH'));
  });

  test('circular fragments', async () => {
    expect((await refusalOf('{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }')).message).toMatch(
      /Cannot spread fragment "A" within itself/,
    );
    const ring = times(200, (i) => `fragment f${i} on Viewer { ...f${(i + 1) % 200} }`);
    expect(await refusalOf(`{ viewer { ...f0 } } ${ring}`)).toMatchObject(tooComplex('FRAGMENTS'));
  });

  test('pages of pages (amount limiting), whatever the variables say', async () => {
    const query =
      'query ($n: Int) { sessions(first: $n) { nodes { events(first: $n) { nodes { session { events(first: $n) { nodes { seq } } } } } } } }';
    expect(await refusalOf(query, { n: 100 })).toMatchObject(tooComplex('COST'));
    expect((await lion.query(query, { n: 2 })).errors).toBeUndefined();
  });

  test('a page of a million', async () => {
    const { sessions } = dataOf(await lion.query('{ sessions(first: 1000000) { nodes { id } } }'));
    expect(sessions.nodes.length).toBeLessThanOrEqual(100);
  });

  test('aliases of one costly field', async () => {
    expect(await refusalOf(`{ ${times(100, (i) => `a${i}: operations(first: 100) { nodes { id } }`)} }`)).toMatchObject(
      tooComplex('ALIASES'),
    );
  });

  test('one field a thousand times', async () => {
    expect(await refusalOf(`{ ${times(1000, () => 'viewer { keyId }')} }`)).toMatchObject(tooComplex('ALIASES'));
  });

  test('directives hundreds of times', async () => {
    expect(await refusalOf(`{ viewer ${times(600, () => '@include(if: true)')} { keyId } }`)).toMatchObject(
      tooComplex('DIRECTIVES'),
    );
  });

  test('a document that is only long', async () => {
    expect(await refusalOf(`{ viewer { ${'keyId '.repeat(200_000)} } }`)).toMatchObject(tooComplex('TOKENS'));
  });

  test('brackets a hundred thousand deep', async () => {
    expect(await refusalOf('{a'.repeat(100_000))).toMatchObject(tooComplex('NESTING'));
    expect(await refusalOf(`{ node(id: ${'['.repeat(100_000)}`)).toMatchObject(tooComplex('NESTING'));
  });

  test('introspection again and again, without a key', async () => {
    const query = `{ ${times(10, (i) => `a${i}: __schema { types { fields { args { type { name fields { name } } } } } }`)} }`;
    expect((await lion.query(query, undefined, null)).errors).toMatchObject([tooComplex('COST')]);
    const around = '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
    expect((await lion.query(around, undefined, null)).errors![0]!.message).toMatch(/Maximum introspection depth exceeded/);
  });

  test('a body of 5 MB', async () => {
    const response = await fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'a'.repeat(5e6),
    });
    expect(response.status).toBe(413);
  });

  test('a body that never ends', async () => {
    const answer = await sendRaw(
      lion,
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 411/);
  });

  test('a thousand subscriptions over one connection, and one', async () => {
    await using few = await openTestLion({ config: { limits: 'connection: 10 subscriptions' } });
    const id = await few.lion.sessions.create(few.lion.defaultProjectId, {});
    const socket = await openSocket(few);
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': few.key } });
    await socket.next();
    for (let n = 0; n < 11; n++)
      socket.send({
        id: String(n),
        type: 'subscribe',
        payload: { query: `subscription { sessionEvents(sessionId: "${id}") { seq } }` },
      });
    const answers: { id?: string; type: string }[] = [];
    while (answers.length < 11) answers.push(await socket.next());
    expect(answers.filter(({ type }) => type === 'error').map((answer) => answer.id)).toEqual(['10']);
    socket.terminate();
  });
});

describe('batching', () => {
  const batch = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': lion.key, ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as GraphQLAnswer) };
  };

  test('an array of queries is not taken', async () => {
    const before = await rowsOf(lion);
    const mutation = { query: 'mutation { createSession(input: {}) { __typename } }' };
    for (const body of [[mutation], Array.from({ length: 1000 }, () => mutation)])
      expect(await batch(body)).toMatchObject({
        status: 400,
        errors: [{ message: 'Batching is not supported.', extensions: { code: 'BAD_INPUT' } }],
      });
    expect(await rowsOf(lion)).toEqual(before);
  });

  test('keys cannot be tried in one request: each request is one try, and wrong ones are counted', async () => {
    await using few = await openTestLion({ config: { limits: 'address: 3 logins' } });
    const guess = (n: number) => few.query('{ viewer { keyId } }', undefined, `lion_${String(n).padEnd(43, 'x')}`);
    const codes: unknown[] = [];
    for (let n = 0; n < 5; n++) codes.push((await guess(n)).errors![0]!.extensions['code']);
    expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'RATE_LIMITED']);
  });
});

describe('access control', () => {
  test('what belongs to others is not there, by whatever id, way or fragment (IDOR)', async () => {
    const made = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
    const stranger = await otherProject(lion);
    const look = 'query ($id: ID!) { session(id: $id) { id } node(id: $id) { id } sessions { nodes { id } } }';
    expect(dataOf(await lion.query(look, { id: made.id }, stranger))).toEqual({
      session: null,
      node: null,
      sessions: { nodes: [] },
    });
    const change =
      'mutation ($id: ID!) { updateSession(input: { id: $id, title: "mine" }) { __typename } deleteSession(id: $id) { __typename } }';
    expect(dataOf(await lion.query(change, { id: made.id }, stranger))).toEqual({
      updateSession: { __typename: 'SessionNotFoundError' },
      deleteSession: { __typename: 'SessionNotFoundError' },
    });
  });

  test('a mutation by GET', async () => {
    const query = encodeURIComponent('mutation { createSession(input: {}) { __typename } }');
    expect((await fetch(`${lion.url}/graphql?query=${query}`, { headers: { 'x-api-key': lion.key } })).status).toBe(405);
  });

  test('a form that a page elsewhere sends (CSRF), and a WebSocket that it opens', async () => {
    const response = await fetch(`${production.url}/graphql`, {
      method: 'POST',
      headers: { origin: 'https://evil.example.org', 'x-api-key': production.key },
      body: new URLSearchParams({ query: 'mutation { createSession(input: {}) { __typename } }' }),
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([415, null]);
    await expect(openSocket(production, undefined, { origin: 'https://evil.example.org' })).rejects.toThrow(/403/);
  });
});

describe('insecure configurations', () => {
  test('introspection, in production', async () => {
    expect((await refusalOf('{ __schema { types { name } } }', {}, production)).message).toMatch(
      /introspection has been disabled/,
    );
  });

  test('GraphiQL, in production', async () => {
    expect((await fetch(`${production.url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(404);
  });

  test('suggestions of fields, in production', async () => {
    expect((await refusalOf('{ viewr { keyId } }', {}, production)).message).toBe('Cannot query field "viewr" on type "Query".');
  });

  test('errors that tell of the inside', async () => {
    const { keys } = lion.lion;
    const { authenticate } = keys;
    keys.authenticate = () => Promise.reject(new Error('SELECT secret FROM "Key" at /srv/lion/key.ts:12'));
    try {
      const { errors } = await lion.query('{ viewer { keyId } }');
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/^Something went wrong inside Lion/), extensions: { code: 'INTERNAL' } },
      ]);
      expect(JSON.stringify(errors)).not.toMatch(/SELECT|\/srv|stack|\.ts/);
    } finally {
      keys.authenticate = authenticate;
    }
  });
});
