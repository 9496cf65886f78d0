import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, LionClientError, type Client, type Event } from '../../src/client/index.ts';
import { gate } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';

const clientOf = (lion: { url: string; key: string }, key = lion.key): Client & AsyncDisposable => {
  const client = createClient({ url: lion.url, key, webSocketImpl: WebSocket });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
};

const collect = async (events: AsyncIterable<Event>): Promise<Event[]> => {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
};

const seqs = (events: readonly Event[]): number[] => events.map(({ seq }) => seq);

async function failure(work: Promise<unknown>): Promise<LionClientError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(LionClientError);
  return thrown as LionClientError;
}

describe('query', () => {
  test('returns the data; paths and slashes at the end of the URL do not matter', async () => {
    await using lion = await openTestLion();
    for (const url of [lion.url, `${lion.url}/`, `${lion.url}/graphql`]) {
      await using client = clientOf({ url, key: lion.key });
      expect(await client.query('{ viewer { role } }')).toEqual({ viewer: { role: 'ADMIN' } });
    }
  });

  test('throws what the server answered', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const unknown = await failure(client.query('{ nothing }'));
    expect(unknown).toMatchObject({ code: 'BAD_INPUT', retryable: false, message: expect.stringContaining('nothing') });
    await using stranger = clientOf(lion, `lion_${'x'.repeat(43)}`);
    expect(await failure(stranger.query('{ viewer { role } }'))).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  });

  test('says so when nothing listens, or something else', async () => {
    const other = createServer((_request, response) => response.writeHead(502).end('Bad gateway'));
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await using client = clientOf({ url, key: 'x' });
    expect(await failure(client.query('{ viewer { role } }'))).toMatchObject({ code: 'NOT_A_LION', status: 502 });
    other.closeAllConnections();
    await new Promise((closed) => other.close(closed));
    expect(await failure(client.query('{ viewer { role } }'))).toMatchObject({
      code: 'UNREACHABLE',
      retryable: true,
      message: `No Lion answers at ${url}/graphql: nothing listens there.`,
    });
    expect(() => createClient({ url: 'here', key: 'x', webSocketImpl: WebSocket })).toThrow(LionClientError);
  });
});

describe('follow', () => {
  test('yields what is stored and what happens, and completes with the operation', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const operation = await lion.start('run', { instruction: 'Name a bakery' });
    const events = await collect(client.followOperation(operation.id));
    expect(seqs(events)).toEqual(seqs(await stored(lion, operation.sessionId)).filter((seq) => seq > 1));
    expect(events.at(-1)).toMatchObject({ type: 'OperationSucceeded', output: { __typename: 'RunOutput' } });
    const rest = await collect(client.followOperation(operation.id, { after: 10, types: ['IdeaProposed', 'PlanStepProposed'] }));
    expect(rest).toEqual(events.filter(({ seq, type }) => seq > 10 && (type === 'IdeaProposed' || type === 'PlanStepProposed')));
  });

  test('a session is followed until the signal ends it, with the reason of the signal', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    const stop = new AbortController();
    const enough = new Error('enough');
    const seen: Event[] = [];
    const following = (async () => {
      for await (const event of client.followSession(operation.sessionId, { signal: stop.signal })) {
        seen.push(event);
        if (event.type === 'OperationSucceeded') setImmediate(() => stop.abort(enough));
      }
    })();
    await expect(following).rejects.toBe(enough);
    expect(seqs(seen)).toEqual(seqs(await stored(lion, operation.sessionId)));
  });

  test('leaving the loop ends the subscription, and closing the client what is still followed', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    for await (const event of client.followSession(operation.sessionId)) {
      expect(event.seq).toBe(1);
      break;
    }
    const following = collect(client.followSession(operation.sessionId));
    const first = client.followSession(operation.sessionId);
    await first.next();
    await client.close();
    expect(await failure(following)).toMatchObject({ code: 'CLOSED' });
    await first.return();
  });

  test('closing the client ends what is followed while nobody answers', async () => {
    const client = createClient({ url: 'http://127.0.0.1:2', key: 'x', webSocketImpl: WebSocket });
    const lost = gate();
    const following = collect(client.followOperation('op_1', { onDisconnect: lost.open }));
    await lost.opened;
    await client.close();
    expect(await failure(following)).toMatchObject({ code: 'CLOSED' });
  });

  test('one connection after the other is no lost connection', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    const told: string[] = [];
    for (let times = 0; times < 3; times++)
      await collect(client.followOperation(operation.id, { onDisconnect: ({ message }) => void told.push(message) }));
    expect(told).toEqual([]);
  });

  test('throws what the server refuses, and does not try again', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    const follow = (of: Client, id: string, after = 0) => failure(collect(of.followOperation(id, { after })));
    expect(await follow(client, 'op_none_1')).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(await follow(client, operation.id, 999)).toMatchObject({ code: 'CURSOR_BEYOND_END' });
    expect(await follow(client, operation.id, -1)).toMatchObject({ code: 'BAD_INPUT' });
    await using stranger = clientOf(lion, `lion_${'x'.repeat(43)}`);
    expect(await follow(stranger, operation.id)).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('The API key is not known'),
    });
  });

  test('goes on after a kill -9 and a restart of the server, without missing or repeating an event', async () => {
    using folder = scratchFolder();
    await using provider = await openProviderServer();
    const env = { LION_MODEL: 'openai-compatible/test', LION_MODEL_BASE_URL: provider.openaiUrl };
    const server = await startServer(folder.path, env);
    await using client = clientOf(server);
    const { brainstorm } = await client.query<{ brainstorm: { id: string } }>(
      'mutation { brainstorm(input: { instruction: "Name a bakery", count: 2 }) { ... on Operation { id } } }',
    );
    const told: string[] = [];
    const events: Event[] = [];
    let ideaSeen = (): void => {};
    const firstIdea = new Promise<void>((resolve) => (ideaSeen = resolve));
    const following = (async () => {
      const options = { onDisconnect: () => void told.push('lost'), onReconnect: () => void told.push('back') };
      for await (const event of client.followOperation(brainstorm.id, options)) {
        events.push(event);
        if (event.type === 'IdeaProposed') ideaSeen();
      }
    })();
    const idea = (title: string) => JSON.stringify({ title, description: 'A name.', rationale: 'It is short.' });
    const asked = await provider.nextRequest();
    asked.writeText(`{"ideas":[${idea('Crumb')},`);
    await firstIdea;
    await server.kill();
    provider.answer(`{"ideas":[${idea('Crust')},${idea('Loaf')}]}`);
    await using _again = await startServer(folder.path, { ...env, LION_PORT: new URL(server.url).port });
    await following;
    expect(told[0]).toBe('lost');
    expect(told.at(-1)).toBe('back');
    const { operation } = await client.query<{ operation: { events: { nodes: Event[] } } }>(
      'query ($id: ID!) { operation(id: $id) { events(first: 1000) { nodes { seq type } } } }',
      { id: brainstorm.id },
    );
    expect(events.map(({ seq, type }) => ({ seq, type }))).toEqual(operation.events.nodes);
    expect(events.map(({ type }) => type)).toContain('OperationRecovered');
  });

  test('asks where the Lion is after each lost connection', async () => {
    await using first = await openTestLion();
    const operation = await first.start('brainstorm', { instruction: 'Name a bakery' });
    await first.follow(operation);
    const nowhere = 'http://127.0.0.1:2';
    const places = [nowhere, nowhere, first.url];
    const client = createClient({ url: () => places.shift() ?? first.url, key: first.key, webSocketImpl: WebSocket });
    const events = await collect(client.followOperation(operation.id));
    expect(events.at(-1)?.type).toBe('OperationSucceeded');
    expect(places).toEqual([]);
    await client.close();
  });
});

const stored = async (lion: TestLion, sessionId: TestSessionId): Promise<Event[]> =>
  (await lion.history(sessionId)) as unknown as Event[];

type TestSessionId = Parameters<TestLion['history']>[0];
