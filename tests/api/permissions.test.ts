import type { GraphQLArgument, GraphQLField, GraphQLInputType, GraphQLSchema } from 'graphql';
import { getNullableType, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Role } from '../../src/access/key.ts';
import { needed, permit, startOf, type Action } from '../../src/access/permission.ts';
import { guardRootFields } from '../../src/graphql/guard.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { define } from '../../src/operations/definition.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { openSocket } from '../support/sockets.ts';

const custom = (kind: string) =>
  define({
    kind,
    version: 1,
    description: 'Says it louder.',
    input: z.object({ text: z.string() }),
    output: z.object({ text: z.string() }),
    execute: ({ input }) => Promise.resolve({ text: input.text.toUpperCase() }),
  });
// A kind may have the name of a query.
const definitions = [custom('shout'), custom('sessions')];

interface RootField {
  type: 'query' | 'mutation' | 'subscription';
  name: string;
  field: GraphQLField<unknown, unknown>;
  action: Action;
  needs: Role;
}

const rootFieldsOf = (schema: GraphQLSchema): RootField[] =>
  (['query', 'mutation', 'subscription'] as const).flatMap((type) =>
    Object.values(schema.getRootType(type as never)!.getFields()).map((field) => {
      const isCustom = type === 'mutation' && definitions.some(({ kind }) => kind === field.name);
      const action = isCustom ? 'custom' : (field.name as Action);
      return { type, name: field.name, field, action, needs: needed[action] };
    }),
  );
const rootFields = rootFieldsOf(buildSchema(definitions));

/** Something that fits a type, and names nothing that there is. */
function filler(type: GraphQLInputType): string {
  const inner = getNullableType(type);
  if (isListType(inner)) return `[${filler(inner.ofType)}]`;
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  if (isInputObjectType(inner)) return `{${fillAll(Object.values(inner.getFields()))}}`;
  return { Int: '1', Float: '1', Boolean: 'true', DateTime: '"2026-11-25T00:00:00Z"', JSON: '{}' }[String(inner)] ?? '"x"';
}
const fillAll = (inputs: readonly Pick<GraphQLArgument, 'name' | 'type'>[]): string =>
  inputs
    .filter(({ type }) => isNonNullType(type))
    .map(({ name, type }) => `${name}: ${filler(type)}`)
    .join(', ');

const documentOf = ({ type, name, field }: RootField): string => {
  const args = fillAll(field.args);
  return `${type} { ${name}${args && `(${args})`} { __typename } }`;
};

const roles = ['viewer', 'operator', 'admin'] as const;
const rank = (role: Role): number => roles.indexOf(role);

let lion: TestLion;
const keys = {} as Record<Role, string>;

beforeAll(async () => {
  lion = await openTestLion({ definitions, leavesWork: true });
  for (const role of roles) keys[role] = (await lion.lion.keys.create(lion.lion.defaultProjectId, { role, name: role })).secret;
});
afterAll(() => lion[Symbol.asyncDispose]());

async function post(document: string, key?: string) {
  const response = await fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
    body: JSON.stringify({ query: document }),
  });
  return { status: response.status, ...((await response.json()) as GraphQLAnswer) };
}

/** The codes of what came over a WebSocket for one operation. */
async function subscribe(document: string, key: string): Promise<unknown[]> {
  const socket = await openSocket(lion, undefined, { 'x-api-key': key });
  socket.send({ type: 'connection_init' });
  await socket.next();
  socket.send({ type: 'subscribe', id: '1', payload: { query: document } });
  const { payload } = await socket.next();
  socket.terminate();
  return [payload ?? []]
    .flat()
    .flatMap((part) => (part as GraphQLAnswer).errors ?? part)
    .map(codeOf);
}

const codeOf = (error: unknown): unknown => (error as { extensions?: { code: string } }).extensions?.code;

describe.each(rootFields.filter(({ type }) => type !== 'subscription'))('$type $name', (rootField) => {
  test.each(roles)('to a key of the role %s', async (role) => {
    const { status, errors = [] } = await post(documentOf(rootField), keys[role]);
    const codes = errors.map(codeOf);
    if (rank(role) >= rank(rootField.needs)) expect(codes).not.toContain('FORBIDDEN');
    else {
      expect({ status, codes }).toEqual({ status: 403, codes: ['FORBIDDEN'] });
      expect(errors[0]!.message).toBe(
        `This key has the role ${role}, and ${rootField.action} needs at least ${rootField.needs}. Ask an admin of the project for a key of that role.`,
      );
    }
  });

  test('to nobody without a key', async () => {
    const { status, errors = [] } = await post(documentOf(rootField));
    expect({ status, codes: errors.map(codeOf) }).toEqual({ status: 401, codes: ['UNAUTHENTICATED'] });
  });
});

describe.each(rootFields.filter(({ type }) => type === 'subscription'))('$type $name', (rootField) => {
  test.each(roles)('over WebSocket, to a key of the role %s', async (role) => {
    const codes = await subscribe(documentOf(rootField), keys[role]);
    const isAllowed = rank(role) >= rank(rootField.needs);
    expect(codes.includes('FORBIDDEN')).toBe(!isAllowed);
  });

  test('to nobody without a key', async () => {
    const response = await fetch(`${lion.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: documentOf(rootField) }),
    });
    expect(await response.text()).toContain('"UNAUTHENTICATED"');
  });
});

test('a root field without a row in the table keeps the schema from being built', () => {
  const schema = buildSchema();
  const fields = schema.getMutationType()!.getFields();
  fields['shout'] = { ...fields['perform']!, name: 'shout' };
  expect(() => guardRootFields(schema, new Set())).toThrow('The root field "shout" has no row in the table of permissions');
  expect(() => guardRootFields(schema, new Set(['shout']))).not.toThrow();
});

test('every row of the table is a root field, but for that of custom kinds and that of /metrics', () => {
  const names = new Set(rootFieldsOf(buildSchema()).map(({ name }) => name));
  expect(
    Object.keys(needed)
      .filter((action) => !names.has(action))
      .toSorted(),
  ).toEqual(['custom', 'metrics']);
});

test('a custom kind needs an operator, whatever it is called', () => {
  expect(['run', 'shout', 'sessions', 'viewer', 'constructor'].map(startOf)).toEqual([
    'run',
    'custom',
    'custom',
    'custom',
    'custom',
  ]);
});

test('an action is allowed to nobody who is unknown', () => {
  expect(() => permit(undefined, 'viewer', lion.lion)).toThrow('An API key is missing.');
});
