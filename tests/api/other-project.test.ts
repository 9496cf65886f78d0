import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSchema } from '../../src/graphql/schema.ts';
import { operationId, parseOperationId } from '../../src/ids.ts';
import { dataOf, otherProject, until } from '../support/api.ts';
import { readContract, type OpenApiDocument } from '../support/open-api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

/**
 * What is of another project can neither be seen, nor counted, nor guessed: to its admin, a Lion with another project is as one
 * without it, and an id of that one is as an id that there never was.
 */

const schema = buildSchema();
const deepest = 4;

/** All that can be asked for of a type without arguments, a few levels deep. */
function allOf(type: GraphQLOutputType, depth = 0): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (depth === deepest) return '{ __typename }';
  const parts = isUnionType(named)
    ? named.getTypes().map((member) => `... on ${member.name} ${allOf(member, depth + 1)}`)
    : isObjectType(named) || isInterfaceType(named)
      ? Object.values(named.getFields())
          .filter(({ args }) => !args.some(isRequiredArgument))
          .map((field) => `${field.name} ${allOf(field.type, depth + 1)}`)
      : [];
  return `{ __typename ${parts.join(' ')} }`;
}

type Scalar = string | number | boolean;
type Value = Scalar | Value[] | { [name: string]: Value };
/** Leads to one value within the arguments of a field. */
type Path = readonly string[];

const inputsOf = (type: GraphQLInputType): { name: string; type: GraphQLInputType }[] => {
  const named = getNamedType(type);
  return isInputObjectType(named) ? Object.values(named.getFields()) : [];
};

/** Each place where a value of a type goes, in the arguments of a root field. */
function placesOf(typeName: string, inputs: readonly { name: string; type: GraphQLInputType }[], above: Path = []): Path[] {
  return inputs.flatMap(({ name, type }) => {
    const path = [...above, name];
    if (getNamedType(type).name === typeName) return [path];
    return path.length > 4 ? [] : placesOf(typeName, inputsOf(type), path);
  });
}

const fillers: Record<string, Scalar> = {
  Int: 1,
  Int64: 1,
  Float: 1,
  Boolean: true,
  DateTime: '2026-11-25T00:00:00Z',
  JSON: 'x',
};

/** A value of a type, with what is required, and one thing in its place; of what is to be chosen, one choice. */
function valueOf(type: GraphQLInputType, [next, ...rest]: Path, put: Scalar, choice: number): Value {
  const inner = getNullableType(type);
  if (isListType(inner)) return [valueOf(inner.ofType, next === undefined ? [] : [next, ...rest], put, choice)];
  if (isInputObjectType(inner))
    return Object.fromEntries(
      Object.values(inner.getFields())
        .filter((each) => each.name === next || isRequiredInputField(each) || (choice > 3 && String(each.type) === 'Int64'))
        .map((field) => [field.name, valueOf(field.type, field.name === next ? rest : ['-'], put, choice)]),
    );
  if (next === undefined) return put;
  if (isEnumType(inner)) return inner.getValues()[choice % inner.getValues().length]!.name;
  return fillers[String(inner)] ?? 'x';
}

interface Root {
  kind: 'query' | 'mutation' | 'subscription';
  field: GraphQLField<unknown, unknown>;
}

const roots: Root[] = (['query', 'mutation', 'subscription'] as const).flatMap((kind) =>
  Object.values(schema.getRootType(kind as never)!.getFields()).map((field) => ({ kind, field })),
);

/** Enough to take each value of the enums that there are in arguments; the later ones with the amounts that may be left out. */
const choices = [0, 1, 2, 3, 4, 5, 6, 7];

/** A document that asks a root field, with one thing in its place among what is required. */
function documentOf(
  { kind, field }: Root,
  path: Path,
  put: Scalar,
  choice = 0,
): { query: string; variables: Record<string, Value> } {
  const args = field.args.filter((each) => each.name === path[0] || isRequiredArgument(each));
  const declared = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = args.map(({ name }) => `${name}: $${name}`).join(', ');
  return {
    query: `${kind}${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${allOf(field.type)} }`,
    variables: Object.fromEntries(
      args.map(({ name, type }) => [name, valueOf(type, name === path[0] ? path.slice(1) : ['-'], put, choice)]),
    ),
  };
}

/** The same with each choice that there is, once. */
const documentsOf = (root: Root, path: Path, put: Scalar) => [
  ...new Map(choices.map((choice) => documentOf(root, path, put, choice)).map((each) => [JSON.stringify(each), each])).values(),
];

let lion: TestLion;
/** The admin of a project in which nearly nothing is. */
let stranger: string;
/** Ids of what the first project has, of each kind, each with one that there never was. */
let ids: Record<string, [real: string, madeUp: string]>;
const before: Record<string, unknown> = {};

const post = async (body: object, key = stranger, headers: Record<string, string> = {}) => {
  const response = await fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
};

/** One that there never was: a letter of the part that is random is another one. */
const unlike = (id: string): string =>
  id.replace(/(.)(.{3}(_\d+)?)$/, (_, letter, rest) => `${letter === 'x' ? 'y' : 'x'}${rest}`);

/** What says when, or names what was made by asking, is another one each time; all else has to be the same. */
const leveled = (text: string, id: string): string =>
  text
    .replaceAll(id || '<the id>', '<the id>')
    .replaceAll(/\b(ses|op|key|aud|prj|req|fault)_[0-9a-z]{26}(00)?(_\d+)?\b/g, '<$1>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/lion_[\w-]{20,}/g, '<secret>');

const lists = roots.filter(
  ({ kind, field }) => kind === 'query' && field.name !== 'system' && !field.args.some(isRequiredArgument),
);

/** All that the admin of a project sees without naming anything. */
async function seen(key: string): Promise<Record<string, unknown>> {
  const answers = await Promise.all(
    lists.map(async (root) => {
      const { query } = documentOf(root, [], '');
      return [root.field.name, dataOf(JSON.parse((await post({ query }, key)).text))] as const;
    }),
  );
  const rest = await Promise.all(
    ['/sessions', '/operations', '/usage'].map(async (path) => {
      const response = await fetch(`${lion.url}${path}`, { headers: { 'x-api-key': key } });
      return [path, response.status === 404 ? '' : await response.text()] as const;
    }),
  );
  return Object.fromEntries([...answers, ...rest]);
}

/** All rows of the first project, and of what its sessions hold. */
async function rowsOfFirst(): Promise<unknown> {
  const { reader } = lion.lion.database;
  const projectId = lion.lion.defaultProjectId;
  const sessions = await reader.session.findMany({ where: { projectId }, orderBy: { id: 'asc' } });
  const of = { where: { sessionId: { in: sessions.map(({ id }) => id) } } };
  return JSON.stringify(
    [
      sessions,
      await reader.event.findMany(of),
      await reader.operation.findMany(of),
      await reader.idempotencyKey.findMany({ where: { projectId } }),
      await reader.budget.findMany({ where: { projectId } }),
      await reader.key.findMany({ where: { projectId }, omit: { lastUsedAt: true } }),
    ],
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
}

beforeAll(async () => {
  // The documents ask for all that there is.
  const most = 1_000_000_000;
  const queryLimits = { tokens: most, depth: most, aliases: most, directives: most, fragments: most, cost: most };
  lion = await openTestLion({ leavesWork: true, config: { queryLimits } });
  stranger = await otherProject(lion);
  Object.assign(before, await seen(stranger));

  const ask = async (query: string) => dataOf(await lion.query(query));
  const operation = '__typename ... on Operation { id session { id } }';
  const { brainstorm } = await ask(
    `mutation { brainstorm(input: { instruction: "Name a bakery" }, options: { idempotencyKey: "first", waitMs: 30000 }) { ${operation} } }`,
  );
  const sessionId: string = brainstorm.session.id;
  const { select } = await ask(`mutation {
    select(input: { instruction: "Which?", choices: [{ label: "a" }, { label: "b" }], by: PERSON }, options: { sessionId: "${sessionId}" }) { ${operation} }
  }`);
  await until('it waits for a person', async () => {
    const { operation: found } = await ask(`{ operation(id: "${select.id}") { status } }`);
    return found.status === 'WAITING';
  });
  const { forkSession } = await ask(
    `mutation { forkSession(input: { id: "${sessionId}" }) { __typename ... on Session { id } } }`,
  );
  const { createKey } = await ask(
    `mutation { createKey(input: { name: "CI", role: OPERATOR }) { __typename ... on CreatedKey { key { id } } } }`,
  );
  const keyId: string = createKey.key.id;
  await ask(`mutation {
    whole: setBudget(input: { scope: PROJECT, period: MONTH, tokens: 1000000 }) { limitTokens: __typename }
    own: setBudget(input: { scope: KEY, id: "${keyId}", period: DAY, tokens: 5000 }) { __typename }
    setKeyLimits(input: { keyId: "${keyId}", requests: 7 }) { __typename }
  }`);
  const { audit } = await ask('{ audit { nodes { id } } }');
  const auditId: string = audit.nodes[0].id;
  const { number } = parseOperationId(select.id)!;
  ids = {
    session: [sessionId, unlike(sessionId)],
    fork: [forkSession.id, unlike(forkSession.id)],
    operation: [brainstorm.id, unlike(brainstorm.id)],
    'operation that waits': [select.id, unlike(select.id)],
    'operation of a session that there is': [select.id, operationId(sessionId, number + 1)],
    key: [keyId, unlike(keyId)],
    'entry of the audit': [auditId, unlike(auditId)],
    project: [lion.lion.defaultProjectId, unlike(lion.lion.defaultProjectId)],
  };
});
afterAll(() => lion[Symbol.asyncDispose]());

test('a project sees what it saw before another one had anything', async () => {
  const after = await seen(stranger);
  // Its own audit and keys are there, so this looks at something.
  expect(JSON.stringify(before['keys'])).toContain('of another project');
  expect(Object.keys(before)).toEqual(
    expect.arrayContaining(['sessions', 'operations', 'audit', 'usage', 'budgets', '/sessions']),
  );
  for (const name of Object.keys(before)) {
    const told = (what: unknown): string =>
      leveled(JSON.stringify(what), '').replaceAll('"lastUsedAt":null', '"lastUsedAt":"<time>"');
    expect([name, told(after[name])]).toEqual([name, told(before[name])]);
  }
});

describe('by an id', () => {
  const places = roots.flatMap((root) =>
    placesOf('ID', root.field.args).map((path) => ({ root, path, place: `${root.kind} ${root.field.name}(${path.join('.')})` })),
  );

  test('each root field that takes one is looked at', () => {
    expect(places.map(({ place }) => place)).toEqual(
      expect.arrayContaining([
        'query node(id)',
        'query keyLimits(keyId)',
        'query audit(filter.subject)',
        'mutation revokeKey(id)',
        'mutation answerOperation(input.operationId)',
        'mutation setBudget(input.id)',
        'mutation run(options.sessionId)',
        'subscription sessionEvents(sessionId)',
      ]),
    );
  });

  test.each(places)('$place: one of another project is as one that there never was', async ({ root, path }) => {
    const untouched = await rowsOfFirst();
    for (const [kind, pair] of Object.entries(ids)) {
      const headers = root.kind === 'subscription' ? { accept: 'text/event-stream' } : {};
      const told = (id: string) =>
        Promise.all(
          documentsOf(root, path, id).map(async (document) => {
            const { status, text } = await post(document, stranger, headers);
            return { status, text: leveled(text, id) };
          }),
        );
      const [real, madeUp] = await Promise.all(pair.map(told));
      expect([kind, real]).toEqual([kind, madeUp]);
      // A document that is refused for its form would be refused alike for anything.
      expect(JSON.stringify(real)).not.toMatch(/GRAPHQL_(VALIDATION|PARSE)_FAILED|QUERY_TOO_COMPLEX|Variable /);
    }
    expect(await rowsOfFirst()).toBe(untouched);
  });

  test('the owner is answered otherwise: the ids are real', async () => {
    for (const [kind, [real, madeUp]] of Object.entries(ids)) {
      if (['entry of the audit', 'key', 'project'].includes(kind)) continue;
      const ask = async (id: string) => leveled((await post({ query: `{ node(id: "${id}") { id } }` }, lion.key)).text, id);
      expect([kind, await ask(real)]).not.toEqual([kind, await ask(madeUp)]);
    }
  });
});

test.each(lists.flatMap(({ field }) => (field.args.some(({ name }) => name === 'after') ? [field.name] : [])))(
  'the cursors of %s say nothing in another project',
  async (list) => {
    const cursorsOf = async (key: string): Promise<string[]> => {
      const { data } = JSON.parse((await post({ query: `{ ${list}(first: 100) { edges { cursor } } }` }, key)).text) as {
        data: Record<string, { edges: { cursor: string }[] }>;
      };
      return data[list]!.edges.map(({ cursor }) => cursor);
    };
    const cursors = await cursorsOf(lion.key);
    expect(cursors.length).toBeGreaterThan(0);
    for (const cursor of cursors)
      for (const side of ['after', 'before']) {
        const ask = async (at: string) =>
          JSON.parse(
            (await post({ query: `{ ${list}(${side}: "${at}") { edges { cursor } pageInfo { hasNextPage hasPreviousPage } } }` }))
              .text,
          ) as {
            data: Record<string, { edges: { cursor: string }[]; pageInfo: object }> | null;
            errors?: unknown;
          };
        const real = await ask(cursor);
        expect(real.data?.[list]?.edges.filter((edge) => cursors.includes(edge.cursor)) ?? []).toEqual([]);
        expect(leveled(JSON.stringify(real), cursor)).toEqual(leveled(JSON.stringify(await ask(unlike(cursor))), unlike(cursor)));
      }
  },
);

test('an idempotency key of one project is free in another', async () => {
  const start = (options: string) => ({
    query: `mutation { brainstorm(input: { instruction: "Something else" }, options: { idempotencyKey: "first" ${options} }) {
      __typename ... on Operation { id session { id } } ... on Error { code message } } }`,
  });
  const untouched = await rowsOfFirst();
  // With a session of the first project there is no session, and the key stays free.
  const refused = (await post(start(`sessionId: "${ids['session']![0]}"`))).text;
  expect(refused).toContain('SESSION_NOT_FOUND');
  const { brainstorm } = dataOf(JSON.parse((await post(start('waitMs: 30000'))).text));
  expect(brainstorm.__typename).toBe('Operation');
  expect(brainstorm.session.id).not.toBe(ids['session']![0]);
  expect(await rowsOfFirst()).toBe(untouched);
});

test('what is of this Lion as a whole is for keys of its first project', async () => {
  for (const query of ['{ system { version } }', 'subscription { system { version } }']) {
    const headers = { accept: query.startsWith('{') ? 'application/json' : 'text/event-stream' };
    expect((await post({ query }, stranger, headers)).text).toContain('Ask with a key of its first project.');
    if (query.startsWith('{')) expect((await post({ query }, lion.key, headers)).text).toContain('"version"');
  }
  const metrics = (key: string) => fetch(`${lion.url}/metrics`, { headers: { 'x-api-key': key } });
  expect((await metrics(stranger)).status).toBe(403);
  expect((await metrics(lion.key)).status).toBe(200);
  const ready = async (key: string) => (await fetch(`${lion.url}/readyz`, { headers: { 'x-api-key': key } })).text();
  expect(await ready(stranger)).toBe(await (await fetch(`${lion.url}/readyz`)).text());
  expect(await ready(lion.key)).not.toBe(await ready(stranger));
});

describe('over REST', () => {
  let document: OpenApiDocument;
  beforeAll(async () => {
    ({ document } = await readContract(lion.url));
  });

  test('each address, and each body that names a session: one of another project is as one that there never was', async () => {
    const untouched = await rowsOfFirst();
    const call = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${lion.url}${path}`, {
        method,
        headers: { 'x-api-key': stranger, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    };
    let looked = 0;
    for (const [template, methods] of Object.entries(document.paths))
      for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
        const takesSession = template.startsWith('/agent/');
        if (!template.includes('{') && !takesSession) continue;
        if (!['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].includes(method)) continue;
        looked++;
        for (const [kind, pair] of Object.entries(ids)) {
          const [real, madeUp] = await Promise.all(
            pair.map(async (id) => {
              const body = takesSession
                ? { instruction: 'x', choices: ['a', 'b'], session_id: id }
                : method === 'GET' || method === 'DELETE'
                  ? undefined
                  : {};
              const { status, text } = await call(method, template.replaceAll(/\{\w+\}/g, id), body);
              return { status, text: leveled(text, id) };
            }),
          );
          expect([method, template, kind, real]).toEqual([method, template, kind, madeUp]);
          expect([method, template, kind, real!.status >= 400]).toEqual([method, template, kind, true]);
        }
      }
    expect(looked).toBeGreaterThan(14);
    expect(await rowsOfFirst()).toBe(untouched);
  });
});
