import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../../src/http/server.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { followSse, openSocket } from '../support/sockets.ts';

const viewer = 'query Me { viewer { keyName } }';
const create = 'mutation Create { createSession(input: {}) { ... on Session { id } } }';
const follow = 'subscription Follow($id: ID!) { sessionEvents(sessionId: $id) { seq } }';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const scratch = scratchFolder();
/** A file that lists documents. */
function listOf(content: unknown): string {
  const file = join(scratch.path, `${Math.random()}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

let lion: TestLion;
let sessionId: string;
beforeAll(async () => {
  const list = { [sha256(viewer)]: viewer, [`sha256:${sha256(create)}`]: create, 'follow-1': follow };
  lion = await openTestLion({ config: { persistedOperations: listOf(list) } });
  sessionId = await lion.lion.sessions.create(lion.lion.defaultProjectId, {});
});
afterAll(async () => {
  await lion[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

const apollo = (hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } } });
const refused = [
  { message: expect.stringMatching(/only to documents that are on its list/), extensions: { code: 'DOCUMENT_NOT_ALLOWED' } },
];
const me = { data: { viewer: { keyName: 'test' } } };

async function post(body: unknown): Promise<GraphQLAnswer & { status: number }> {
  const response = await fetch(`${lion.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': lion.key },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as GraphQLAnswer) };
}

async function get(search: Record<string, string>): Promise<GraphQLAnswer> {
  const response = await fetch(`${lion.url}/graphql?${new URLSearchParams(search)}`, { headers: { 'x-api-key': lion.key } });
  return (await response.json()) as GraphQLAnswer;
}

async function overWebSocket(payload: Record<string, unknown>) {
  const socket = await openSocket(lion);
  socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
  await socket.next();
  socket.send({ id: '1', type: 'subscribe', payload: { query: '', ...payload } });
  const { type, payload: answer } = await socket.next();
  socket.terminate();
  return { type, answer };
}

describe('what is on the list is answered', () => {
  test('by its name, as Apollo has it, and as GraphQL over HTTP has it', async () => {
    expect(await post(apollo(sha256(viewer)))).toMatchObject(me);
    expect(await post({ documentId: sha256(viewer) })).toMatchObject(me);
    expect(await post({ documentId: `sha256:${sha256(create)}` })).toMatchObject({ data: { createSession: {} } });
    expect(await post({ documentId: sha256(create) })).toMatchObject({ data: { createSession: {} } });
    expect(await get({ documentId: sha256(viewer) })).toMatchObject(me);
    expect(await get({ extensions: JSON.stringify(apollo(sha256(viewer)).extensions) })).toMatchObject(me);
  });

  test('by its text', async () => {
    expect(await post({ query: viewer })).toMatchObject(me);
    expect(await post({ query: viewer, ...apollo(sha256(viewer)) })).toMatchObject(me);
  });

  test('over WebSocket and server-sent events', async () => {
    const variables = { id: sessionId };
    const event = { type: 'next', answer: { data: { sessionEvents: { seq: 1 } } } };
    expect(await overWebSocket({ query: follow, variables })).toEqual(event);
    expect(await overWebSocket({ documentId: 'follow-1', variables })).toEqual(event);
    expect(await overWebSocket(apollo(sha256(viewer)))).toMatchObject({ answer: me });
    for await (const answer of followSse(lion, viewer, { 'x-api-key': lion.key })) expect(answer).toMatchObject(me);
  });
});

describe('nothing else is', () => {
  const others: Record<string, unknown>[] = [
    { query: '{ viewer { keyName } }' },
    { query: `${viewer} ` },
    { query: '{ __schema { queryType { name } } }' },
    { query: '{' },
    apollo('0'.repeat(64)),
    { documentId: 'toString' },
    { query: viewer, documentId: 'unknown' },
    // The name is what counts: no other text goes along with it.
    { query: '{ viewer { keyId } }', ...apollo('0'.repeat(64)) },
  ];

  test.each(others)('%j', async (body) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 403, errors: refused });
    expect(answer.data ?? null).toBeNull();
    expect(await overWebSocket(body)).toMatchObject({ type: 'error', answer: refused });
  });

  test('over server-sent events, in both of their modes', async () => {
    const headers = { 'x-api-key': lion.key };
    for await (const answer of followSse(lion, '{ viewer { keyId } }', headers))
      expect(answer).toMatchObject({ errors: refused });
    const token = await (await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers })).text();
    const stream = await fetch(`${lion.url}/graphql/stream?token=${token}`, { headers: { accept: 'text/event-stream' } });
    await fetch(`${lion.url}/graphql/stream`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'x-graphql-event-stream-token': token },
      body: JSON.stringify({ query: '{ viewer { keyId } }', extensions: { operationId: 'a' } }),
    });
    let text = '';
    for await (const chunk of stream.body!) {
      text += Buffer.from(chunk).toString();
      if (text.includes('event: complete')) break;
    }
    expect(text).toContain('DOCUMENT_NOT_ALLOWED');
  });

  test('what a name stands for, whatever text comes with it, is what is done', async () => {
    expect(await post({ query: '{ viewer { keyId } }', documentId: sha256(viewer) })).toMatchObject(me);
  });
});

describe('a list that is none keeps Lion from starting, and is told of', () => {
  test.each([
    ['not JSON', '{', /LION_PERSISTED_OPERATIONS: .*it is not JSON/],
    ['a list', [viewer], /it must be an object of documents by their names/],
    ['no texts', { a: 1 }, /it must be an object of documents by their names/],
  ])('%s', async (_what, content, message) => {
    await expect(openTestLion({ config: { persistedOperations: listOf(content) } })).rejects.toThrow(message);
  });

  test('no file', async () => {
    const persistedOperations = join(scratch.path, 'none.json');
    await expect(openTestLion({ config: { persistedOperations } })).rejects.toThrow(/none\.json: it cannot be read \(ENOENT\)/);
  });

  test('documents that do not fit the schema', async () => {
    await using open = await openTestLion();
    const allowedDocuments = { byId: new Map([['old', '{ viewer { nope } }']]), textOf: () => '' };
    await expect(serve({ ...open.lion, allowedDocuments }, { host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /LION_PERSISTED_OPERATIONS: the document old: Cannot query field "nope"/,
    );
  });
});
