import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import type { Bench, Figure, Row } from '../harness/figure.ts';
import { graphqlBody, httpClient, runClients, type HttpClient } from '../harness/http.ts';

/** How many operations there are each time that the file is looked at. */
const counts = { full: [1000, 2000, 4000], quick: [20, 40, 80] };
const clients = 32;
/** What is to be removed is removed within that time, or the figure fails. */
const patienceMs = 120_000;

/** In turn, each in a session of its own. */
const inputs = {
  perform: '{ instruction: "Describe a bakery by the sea" }',
  brainstorm: '{ instruction: "Name a bakery by the sea" }',
  plan: '{ instruction: "Open a bakery by the sea" }',
  select: '{ instruction: "Which is best for a bakery?", choices: [{ label: "Golden Crust" }, { label: "The Tide" }] }',
};

/**
 * The bytes of the database file after 1,000, 2,000 and 4,000 operations of the built-in kinds, in turn, with the builtin model: each
 * time the server was stopped, so that all is in one file. Then once the histories are pruned, and once all sessions were deleted.
 * Stock parts prune and delete nothing.
 */
export const size: Figure = { name: 'size', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const database = bench.newDatabase();
  const sessions: string[] = [];
  const empty = await bytesAfter(bench, database, {}, () => Promise.resolve());
  const steps = counts[bench.quick ? 'quick' : 'full'];
  const sizes: number[] = [];
  for (const count of steps) {
    sizes.push(await bytesAfter(bench, database, {}, (client) => operate(client, sessions, count - sessions.length)));
  }
  const isPruned = `SELECT NOT EXISTS (SELECT 1 FROM "Operation" WHERE "prunedAt" IS NULL)`;
  const prunes = { LION_DELTA_RETENTION: '0s', LION_SWEEP_MS: '50' };
  const pruned = await bytesAfter(bench, database, prunes, () => untilGivenBack(database, isPruned));
  const deleted = await bytesAfter(bench, database, { LION_SWEEP_MS: '50' }, async (client) => {
    await runClients(clients, { count: sessions.length }, async () => remove(client, sessions.pop()!));
    await untilGivenBack(database, 'SELECT NOT EXISTS (SELECT 1 FROM "Session")');
  });

  const [first, middle, last] = sizes as [number, number, number];
  const ofFirst = (first - empty) / steps[0]!;
  const ofLast = (last - middle) / (steps[2]! - steps[1]!);
  const kb = (bytes: number): number => bytes / 1000;
  const ofBefore = (bytes: number): number => (bytes / last) * 100;
  return [
    {
      what: 'the file, for each of 4,000 built-in operations',
      unit: 'KB',
      reach: { under: 25 },
      lion: kb((last - empty) / steps[2]!),
      stock: null,
      also: { 'after 1,000': kb(ofFirst), 'after 2,000': kb((middle - empty) / steps[1]!), 'empty KB': kb(empty) },
    },
    {
      what: 'how far the last 2,000 took another size each than the first 1,000',
      unit: '%',
      reach: { under: 10 },
      lion: Math.abs(ofLast / ofFirst - 1) * 100,
      stock: null,
    },
    { what: 'the file once pruned, of before', unit: '%', reach: { under: 95 }, lion: ofBefore(pruned), stock: null },
    {
      what: 'the file once all is deleted, of before',
      unit: '%',
      reach: { under: 10 },
      lion: ofBefore(deleted),
      stock: null,
      also: { 'before KB': kb(last), 'after KB': kb(deleted) },
    },
  ];
}

/** Does something with a server on a database, and stops it. @returns how large the file is then */
async function bytesAfter(
  bench: Bench,
  database: string,
  env: Record<string, string>,
  work: (client: HttpClient) => Promise<void>,
): Promise<number> {
  {
    await using server = await bench.startServer('lion', { database, env });
    using client = httpClient(server, clients);
    await work(client);
  }
  return statSync(database).size;
}

/** @param sessions gets the session of each */
async function operate(client: HttpClient, sessions: string[], count: number): Promise<void> {
  const kinds = Object.entries(inputs);
  let next = 0;
  await runClients(clients, { count }, async () => {
    const [kind, input] = kinds[next++ % kinds.length]!;
    const answer = await client.send(
      graphqlBody(
        `mutation { done: ${kind}(input: ${input}, options: { waitMs: 60000 }) { ... on Operation { status session { id } } } }`,
      ),
    );
    const { data } = JSON.parse(answer) as { data: { done: { status?: string; session: { id: string } } } };
    if (data.done.status !== 'SUCCEEDED') throw new Error(`The operation did not succeed: ${answer}`);
    sessions.push(data.done.session.id);
  });
}

async function remove(client: HttpClient, id: string): Promise<void> {
  const answer = await client.send(graphqlBody('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id }));
  if (!answer.includes('"DeletedSession"')) throw new Error(`The session was not deleted: ${answer}`);
}

/** Waits until something is so, and no page of the file is free. */
async function untilGivenBack(path: string, isSo: string): Promise<void> {
  const database = new SQLite(path, { readonly: true });
  try {
    const giveUpAt = performance.now() + patienceMs;
    while (database.prepare(isSo).pluck().get() !== 1 || database.pragma('freelist_count', { simple: true }) !== 0) {
      if (performance.now() > giveUpAt) throw new Error(`What is not needed is still there after ${patienceMs} ms`);
      await delay(100);
    }
  } finally {
    database.close();
  }
}
