import { setTimeout as delay } from 'node:timers/promises';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { dataOf, until } from '../support/api.ts';
import type { GraphQLAnswer } from '../support/lion.ts';
import { openProxy } from '../support/proxy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { kindsServer, startServer, type ServerProcess } from '../support/server-process.ts';

const post = ({ url, key }: ServerProcess, query: string): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query }),
  });

const ask = async (server: ServerProcess, query: string): Promise<GraphQLAnswer['data']> =>
  dataOf((await (await post(server, query)).json()) as GraphQLAnswer);

const fields = '... on Operation { id status attempt session { id lastSeq } }';

interface Sink {
  next(result: { data?: unknown }): void;
  error(error: unknown): void;
  complete(): void;
}

/** Follows a session with clients as they come, but for patience: they send their variables anew, so the cursor is in them. */
function follow(
  subscribe: (payload: { query: string; variables: Record<string, unknown> }, sink: Sink) => void,
  sessionId: string,
): { seqs: number[]; ends: unknown[] } {
  const variables = { sessionId, after: 0 };
  const seqs: number[] = [];
  const ends: unknown[] = [];
  const query = 'subscription($sessionId: ID!, $after: Int!) { sessionEvents(sessionId: $sessionId, after: $after) { seq } }';
  subscribe(
    { query, variables },
    {
      next({ data }) {
        variables.after = (data as { sessionEvents: { seq: number } }).sessionEvents.seq;
        seqs.push(variables.after);
      },
      error: (error) => ends.push(error),
      complete: () => ends.push('complete'),
    },
  );
  return { seqs, ends };
}

it('a server that is asked to stop lets end what can, hands back the rest, refuses what is new, and its clients come back', async () => {
  using scratch = scratchFolder();
  const shutdownMs = 4000;
  const env = { LION_SHUTDOWN_MS: `${shutdownMs}` };
  let server = await startServer(scratch.path, env, kindsServer);
  await using proxy = await openProxy(() => server.url);
  const { key } = server;

  const { long } = await ask(server, `mutation { long: toil(input: { steps: 60, stepMs: 100 }) { ${fields} } }`);
  const sessionId = long.session.id as string;
  const closes: number[] = [];
  const webSockets = createWsClient({
    url: `${proxy.url.replace('http', 'ws')}/graphql`,
    connectionParams: { 'X-API-Key': key },
    webSocketImpl: WebSocket,
    retryAttempts: 1000,
    retryWait: () => delay(200),
    // For the moment in which nobody listens.
    shouldRetry: () => true,
    on: { closed: (event) => closes.push((event as CloseEvent).code) },
  });
  const streams = createSseClient({
    url: `${proxy.url}/graphql`,
    headers: { 'x-api-key': key },
    retryAttempts: 1000,
    retry: () => delay(200),
  });
  const followers = [
    follow((payload, sink) => webSockets.subscribe(payload, sink), sessionId),
    follow((payload, sink) => streams.subscribe(payload, sink), sessionId),
  ];
  await until('both clients follow', () => followers.every(({ seqs }) => seqs.length > 5));

  // They wait for the end of what they have started, and are not cut off.
  const start = (kind: string, input: string): Promise<GraphQLAnswer['data']> =>
    ask(server, `mutation { started: ${kind}(input: ${input}, options: { waitMs: 60000 }) { ${fields} } }`);
  const answers = Promise.all([
    start('toil', '{ steps: 2, stepMs: 400 }'),
    start('toil', '{ steps: 1, stepMs: 30000 }'),
    start('stubborn', '{ ms: 30000 }'),
  ]);
  await until('all are at work', async () => {
    const { operations } = await ask(server, '{ operations(first: 10, filter: { status: RUNNING }) { nodes { id } } }');
    return operations.nodes.length === 4;
  });
  const toldAt = performance.now();
  process.kill(server.pid, 'SIGTERM');
  const refused = await until('new work is refused', async () => {
    const response = await post(server, `mutation { toil(input: { steps: 1, stepMs: 1 }) { ${fields} } }`);
    return response.status === 503 && response;
  });
  expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVER_STOPPING', retryable: true } }] });
  expect((await fetch(`${server.url}/health`)).status).toBe(503);

  const [ended, stopped, stubborn] = await answers;
  expect(ended.started.status).toBe('SUCCEEDED');
  // Handed back: it is told as it is.
  expect([stopped.started.status, stubborn.started.status]).toEqual([
    expect.stringMatching(/RUNNING|QUEUED/),
    expect.stringMatching(/RUNNING|QUEUED/),
  ]);
  await server.gone;
  expect(performance.now() - toldAt).toBeLessThan(shutdownMs + 1000);
  expect(server.exitCode).toBe(0);

  server = await startServer(scratch.path, env, kindsServer);
  try {
    const after = await until('it has ended', async () => {
      const { operation } = await ask(
        server,
        `{ operation(id: "${long.id}") { status attempt session { lastSeq events(first: 1000, types: [OperationRecovered]) { nodes { ... on OperationRecovered { stepsReused } } } } } }`,
      );
      return operation.status === 'SUCCEEDED' && operation;
    });
    expect(after.attempt).toBe(2);
    expect(after.session.events.nodes[0].stepsReused.length).toBeGreaterThan(10);
    const all = Array.from({ length: after.session.lastSeq }, (_, index) => index + 1);
    for (const { seqs, ends } of followers) {
      await until('each client has come back', () => seqs.length >= all.length || ends.length > 0);
      expect(ends).toEqual([]);
      expect(seqs).toEqual(all);
    }
    expect(closes).toContain(1001);
  } finally {
    await webSockets.dispose();
    streams.dispose();
    await server.kill();
  }
}, 60_000);

it('a second signal ends it at once', async () => {
  using scratch = scratchFolder();
  await using server = await startServer(scratch.path, { LION_SHUTDOWN_MS: '60000' }, kindsServer);
  await ask(server, `mutation { toil(input: { steps: 1, stepMs: 60000 }) { __typename } }`);
  process.kill(server.pid, 'SIGTERM');
  await until('it stops', async () => (await fetch(`${server.url}/health`)).status === 503);
  // What comes at the same moment, from a terminal and from npm, is one signal.
  await delay(150);
  const toldAt = performance.now();
  await server.kill('SIGTERM');
  expect(performance.now() - toldAt).toBeLessThan(5000);
  expect(server.exitCode).toBe(143);
}, 60_000);
