import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { createClient, type Client } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { dataOf, until } from '../support/api.ts';
import type { GraphQLAnswer } from '../support/lion.ts';
import { openProxy } from '../support/proxy.ts';
import { random } from '../support/random.ts';
import { scratchFolder } from '../support/scratch.ts';
import { kindsServer, startServer, type ServerProcess } from '../support/server-process.ts';

async function ask({ url, key }: ServerProcess, query: string, variables: object = {}): Promise<GraphQLAnswer['data']> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query, variables }),
  });
  return dataOf((await response.json()) as GraphQLAnswer);
}

/** The client of graphql-ws as it comes, but for patience: it sends its variables anew when it connects again, so the cursor is in them. */
function followSessions(
  url: string,
  key: string,
  sessionIds: readonly string[],
): { client: Client; seen: Map<string, number[]> } {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    connectionParams: { 'X-API-Key': key },
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    retryWait: () => delay(100),
    shouldRetry: () => true,
  });
  const seen = new Map<string, number[]>();
  for (const sessionId of sessionIds) {
    const seqs: number[] = [];
    seen.set(sessionId, seqs);
    const variables = { sessionId, after: 0 };
    const query = 'subscription($sessionId: ID!, $after: Int!) { sessionEvents(sessionId: $sessionId, after: $after) { seq } }';
    client.subscribe<{ sessionEvents: { seq: number } }>(
      { query, variables },
      {
        next({ data }) {
          variables.after = data!.sessionEvents.seq;
          seqs.push(variables.after);
        },
        error: () => seqs.push(-1),
        complete: () => seqs.push(-1),
      },
    );
  }
  return { client, seen };
}

/** The tries that the steps of `kinds-server.mjs` have made, but for so many of the first. */
function doneSince(folder: string, first: number): { step: string; try: number }[] {
  const log = join(folder, 'done.log');
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(first, -1) : [];
  return lines.map((line) => ({ step: line.slice(0, line.lastIndexOf(' ')), try: Number(line.slice(line.lastIndexOf(' '))) }));
}

/** The steps that are recorded in the database of a server that is gone. */
function recordedIn(folder: string): Set<string> {
  const database = new SQLite(join(folder, 'lion.db'), { readonly: true });
  const rows = database
    .prepare(
      `SELECT 'op_' || substr("sessionId", 5) || '_' || "operation" || ' ' || "name" FROM "Step" WHERE "recordedAt" IS NOT NULL`,
    )
    .pluck()
    .all() as string[];
  database.close();
  return new Set(rows);
}

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index + 1);

describe('a server that is killed ten times at random moments', () => {
  it('ends all of 100 operations, does no recorded step again, and tells each event once', async () => {
    const seed = Number(process.env['LION_TEST_SEED'] ?? Date.now() % 1_000_000);
    console.info(`LION_TEST_SEED=${seed}`);
    const next = random(seed);
    using scratch = scratchFolder();
    let server = await startServer(scratch.path, {}, kindsServer);
    await using proxy = await openProxy(() => server.url);
    const sessionIds: string[] = [];
    for (let n = 0; n < 10; n++) {
      const { createSession } = await ask(server, 'mutation { createSession(input: {}) { ... on Session { id } } }');
      sessionIds.push(createSession.id as string);
    }
    const { client, seen } = followSessions(proxy.url, server.key, sessionIds);
    try {
      // Of each: three steps, and two children with three steps each.
      const start = `mutation($sessionId: ID) {
        ${upTo(10)
          .map(
            (n) =>
              `toil${n}: toil(input: { steps: 3, stepMs: 60, children: 2 }, options: { sessionId: $sessionId }) { __typename }`,
          )
          .join(' ')}
      }`;
      for (const sessionId of sessionIds) await ask(server, start, { sessionId });
      const checks: (() => object[])[] = [];
      let done = 0;
      for (let kill = 1; kill <= 10; kill++) {
        // By how far the work is, not by the clock: however fast the machine, it is in the middle of it.
        done += 1 + Math.floor(next() * 70);
        await until(`${done} steps were begun`, () => doneSince(scratch.path, 0).length >= done);
        await delay(next() * 60);
        await server.kill('SIGKILL');
        const recorded = recordedIn(scratch.path);
        const before = doneSince(scratch.path, 0).length;
        server = await startServer(scratch.path, {}, kindsServer);
        checks.push(() => doneSince(scratch.path, before).filter(({ step }) => recorded.has(step)));
      }
      const all = await until(
        'all operations have ended',
        async () => {
          const fields = 'operations(first: 100) { nodes { status attempt error { code message } } }';
          const sessions = await Promise.all(
            sessionIds.map((id) => ask(server, `query($id: ID!) { session(id: $id) { ${fields} } }`, { id })),
          );
          const nodes = sessions.flatMap(
            ({ session }) => session.operations.nodes as { status: string; attempt: number; error: unknown }[],
          );
          return nodes.every(({ status }) => status !== 'QUEUED' && status !== 'RUNNING') && nodes;
        },
        60_000,
      );
      expect(all).toHaveLength(300);
      expect(all.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
      // Else nothing was under way when it was killed.
      expect(all.filter(({ attempt }) => attempt > 1).length).toBeGreaterThan(10);

      // What was recorded when the server was killed was not done again.
      expect(checks.flatMap((doneAgain) => doneAgain())).toEqual([]);
      const lastTry = new Map(doneSince(scratch.path, 0).map(({ step, try: number }) => [step, number]));
      const succeeded: string[] = [];
      for (const sessionId of sessionIds) {
        const { session } = await ask(
          server,
          `query($id: ID!) { session(id: $id) { lastSeq
            all: events(first: 1000) { nodes { seq } }
            events(first: 1000, types: [StepSucceeded]) { nodes { ... on StepSucceeded { step try operation { id } } } } } }`,
          { id: sessionId },
        );
        for (const { step, try: number, operation } of session.events.nodes) {
          succeeded.push(`${operation.id} ${step}`);
          expect(lastTry.get(`${operation.id} ${step}`)).toBe(number);
        }
        expect(session.all.nodes.map(({ seq }: { seq: number }) => seq)).toEqual(upTo(session.lastSeq));
        await until(`all events of ${sessionId} were told`, () => seen.get(sessionId)!.length >= session.lastSeq);
        expect(seen.get(sessionId)).toEqual(upTo(session.lastSeq));
      }
      expect(succeeded.length).toBe(900);
      expect(new Set(succeeded).size).toBe(900);
    } finally {
      await client.dispose();
      await server.kill();
    }
  }, 180_000);
});

describe('an operation that takes its process down each time', () => {
  it('fails with a code that says so, and the 20 others succeed', async () => {
    using scratch = scratchFolder();
    const start = async (): Promise<ServerProcess> => startServer(scratch.path, { LION_CONCURRENCY: '30' }, kindsServer);
    let server = await start();
    const others = upTo(20).map((n) => `toil${n}: toil(input: { steps: 1, stepMs: 1000 }) { __typename }`);
    // It is gone before it can answer.
    await ask(server, `mutation { ${others.join(' ')} deadly(input: { name: "x" }) { __typename } }`).catch(() => undefined);
    let starts = 1;
    const all = await until(
      'all operations have ended',
      async () => {
        const nodes = await ask(server, '{ operations(first: 100) { nodes { kind status error { code } } } }').then(
          ({ operations }) => operations.nodes as { kind: string; status: string; error: { code: string } | null }[],
          () => undefined,
        );
        if (nodes) return nodes.every(({ status }) => status !== 'QUEUED' && status !== 'RUNNING') && nodes;
        await server.gone;
        starts++;
        server = await start();
        return undefined;
      },
      90_000,
    );
    await server.kill();
    expect(all.filter(({ kind }) => kind === 'deadly')).toEqual([
      { kind: 'deadly', status: 'FAILED', error: { code: 'OPERATION_CRASHED' } },
    ]);
    expect(all.filter(({ kind, status }) => kind === 'toil' && status === 'SUCCEEDED')).toHaveLength(20);
    // Twice among others and three times alone; a slow machine may take longer to tell them apart.
    expect(starts).toBeLessThanOrEqual(8);
  }, 120_000);
});
