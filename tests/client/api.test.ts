import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { printPossibleTypes, printSchemaTypes } from '../../scripts/client-types.ts';
import * as documents from '../../src/client/documents.ts';
import { createClient, LionClientError, type Client } from '../../src/client/index.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { define } from '../../src/operations/definition.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

const schema = buildSchema();
const pathOf = (file: string): string => fileURLToPath(new URL(`../../src/client/${file}`, import.meta.url));

const clientOf = ({ url, key }: TestLion): Client & AsyncDisposable => {
  const client = createClient({ url, key, webSocketImpl: WebSocket });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(LionClientError);
  return (thrown as LionClientError).code;
}

describe('the client says what the schema says', () => {
  test('its types are those of the schema: `npm run schema` prints them', async () => {
    for (const [file, print] of [
      ['schema-types.ts', printSchemaTypes],
      ['possible-types.ts', printPossibleTypes],
    ] as const)
      expect(readFileSync(pathOf(file), 'utf8')).toBe(await print(schema, pathOf(file)));
  });

  test('its documents are valid', () => {
    for (const [name, document] of Object.entries(documents)) {
      const errors = validate(schema, parse(document)).filter(({ message }) => !/is never used/.test(message));
      expect([name, errors.map(({ message }) => message)]).toEqual([name, []]);
    }
  });

  test('it has a method for each query and each mutation', () => {
    const client = createClient({ url: 'http://127.0.0.1:1', key: 'x', webSocketImpl: WebSocket });
    // What `node` finds, its callers have names for.
    const fields = [schema.getQueryType()!, schema.getMutationType()!]
      .flatMap((type) => Object.keys(type.getFields()))
      .filter((name) => name !== 'node');
    expect(Object.keys(client)).toEqual(expect.arrayContaining(fields));
  });
});

describe('the methods of the client', () => {
  test('keys: create, list, rotate, revoke', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const { key, secret } = await client.createKey({ name: 'front end', role: 'OPERATOR', expiresInSeconds: 3600 });
    expect(key).toMatchObject({ name: 'front end', role: 'OPERATOR', status: 'ACTIVE', prefix: secret.slice(0, 11) });
    const rotated = await client.rotateKey(key.id, { overlapSeconds: 0 });
    expect(rotated.key.formerSecrets).toMatchObject([{ prefix: key.prefix }]);
    expect(await client.revokeKey(key.id)).toMatchObject({ status: 'REVOKED' });
    const { nodes } = await client.keys({ first: 1 });
    expect(nodes).toMatchObject([{ id: key.id, status: 'REVOKED' }]);
    expect(await codeOf(client.rotateKey(key.id))).toBe('KEY_NOT_ROTATABLE');
    const [last] = (await client.keys({ last: 1 })).nodes;
    expect(await codeOf(client.revokeKey(last!.id))).toBe('LAST_ADMIN_KEY');
  });

  test('sessions: create, read, change, list by pages, delete', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const session = await client.createSession({ title: 'First', metadata: { of: 'a test' }, ttlSeconds: 3600 });
    expect(session).toMatchObject({ title: 'First', status: 'ACTIVE', metadata: { of: 'a test' }, lastSeq: 1 });
    expect(await client.session(session.id)).toEqual(session);
    expect(await client.updateSession({ id: session.id, title: null })).toMatchObject({ id: session.id, title: null });
    const second = await client.createSession();
    const page = await client.sessions({ first: 1 });
    expect(page).toMatchObject({ nodes: [{ id: second.id }], pageInfo: { hasNextPage: true } });
    const rest = await client.sessions({ after: page.pageInfo.endCursor, filter: { status: 'ACTIVE' } });
    expect(rest.nodes.map(({ id }) => id)).toEqual([session.id]);
    expect(await client.deleteSession(session.id)).toEqual({ id: session.id });
    expect(await client.session(session.id)).toBeNull();
    expect(await codeOf(client.deleteSession(session.id))).toBe('SESSION_NOT_FOUND');
  });

  test('operations: each kind is started and answers in its type; what is refused is thrown by its code', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const instruction = 'Name a bakery';
    const started = [
      await client.brainstorm({ instruction, count: 2 }, { waitMs: 20_000 }),
      await client.plan({ instruction }, { waitMs: 20_000 }),
      await client.select({ instruction, choices: [{ label: 'Crumb' }, { label: 'Loaf' }] }, { waitMs: 20_000 }),
      await client.perform({ instruction }, { waitMs: 20_000 }),
      await client.run({ instruction }, { waitMs: 20_000 }),
    ];
    expect(started.map(({ kind, status, output }) => [kind, status, output?.__typename])).toEqual([
      ['brainstorm', 'SUCCEEDED', 'BrainstormOutput'],
      ['plan', 'SUCCEEDED', 'PlanOutput'],
      ['select', 'SUCCEEDED', 'SelectOutput'],
      ['perform', 'SUCCEEDED', 'PerformOutput'],
      ['run', 'SUCCEEDED', 'RunOutput'],
    ]);
    const [brainstorm] = started;
    expect(await client.operation(brainstorm!.id)).toEqual(brainstorm);
    expect(await client.operation('op_none_1')).toBeNull();
    expect((await client.operations({ last: 1, filter: { topLevel: true } })).nodes).toEqual([brainstorm]);
    expect(await codeOf(client.cancelOperation(brainstorm!.id))).toBe('OPERATION_FINISHED');
    expect(await codeOf(client.retryOperation(brainstorm!.id))).toBe('OPERATION_NOT_RETRYABLE');
    expect(await codeOf(client.perform({ instruction }, { sessionId: 'ses_none' }))).toBe('SESSION_NOT_FOUND');
    expect(await codeOf(client.perform({ instruction: '' }))).toBe('BAD_INPUT');
  });

  test('a busy session: what is in the way is named, what waits says so, and a retry can do otherwise', async () => {
    await using lion = await openTestLion({ config: { builtinTokensPerSecond: 1 } });
    await using client = clientOf(lion);
    const { id: sessionId, onBusy } = await client.createSession({ onBusy: 'REJECT' });
    expect(onBusy).toBe('REJECT');
    const input = { instruction: 'Name a bakery' };
    const first = await client.perform(input, { sessionId });
    const refused: unknown = await client.perform(input, { sessionId }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'SESSION_BUSY', operationId: first.id });
    const second = await client.perform(input, { sessionId, onBusy: 'QUEUE' });
    expect([first.waitsForTurn, second.waitsForTurn]).toEqual([false, true]);
    await client.cancelOperation(second.id);
    expect(await codeOf(client.retryOperation(second.id, { onBusy: 'REJECT' }))).toBe('SESSION_BUSY');
    const last = await client.retryOperation(second.id, { onBusy: 'CANCEL_PREVIOUS' });
    expect((await client.operation(first.id))?.status).toBe('CANCELLED');
    expect((await client.cancelOperation(last.id)).status).toBe('CANCELLED');
  });

  test('a kind of your own is started by its name', async () => {
    const shout = define({
      kind: 'shout',
      version: 1,
      description: 'Says it loudly.',
      input: z.object({ text: z.string() }),
      output: z.object({ text: z.string() }),
      execute: ({ input }) => Promise.resolve({ text: input.text.toUpperCase() }),
    });
    await using lion = await openTestLion({ definitions: [shout] });
    await using client = clientOf(lion);
    const operation = await client.start('shout', { text: 'bread' }, { waitMs: 20_000 });
    expect(operation).toMatchObject({ kind: 'shout', status: 'SUCCEEDED', output: { __typename: 'ShoutOutput' } });
    expect(await codeOf(client.start('shout', { text: 7 }))).toBe('BAD_INPUT');
    expect(await codeOf(client.start('x) { id } }', {}))).toBe('BAD_INPUT');
    const kinds = (await client.definitions()).map(({ kind }) => kind);
    expect(kinds).toContain('shout');
  });

  test('who asks, and what was used', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    expect(await client.viewer()).toMatchObject({ role: 'ADMIN', defaultModel: { name: 'builtin' } });
    await client.perform({ instruction: 'Name a bakery' }, { waitMs: 20_000 });
    expect(await client.usage({ groupBy: ['KIND'] })).toMatchObject([{ kind: 'perform', model: null }]);
  });
});

/** What the types refuse: each line is an error for `tsc`. */
// oxlint-disable-next-line no-unused-vars -- it is compiled, and never called
const refused = (client: Client): Promise<unknown>[] => [
  // @ts-expect-error -- an instruction is needed
  client.brainstorm({ count: 2 }),
  // @ts-expect-error -- there is no such status
  client.sessions({ filter: { status: 'GONE' } }),
  // @ts-expect-error -- the input of a built-in kind is known
  client.start('plan', { text: 'x' }),
];
