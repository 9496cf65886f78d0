import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { applyEvent, contentOf, createClient, emptyHistory, type Event } from '../../src/client/index.ts';
import { define } from '../../src/operations/definition.ts';
import { until } from '../support/api.ts';
import { expectWhole, type Shown } from '../support/history.ts';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { runCli, startServer } from '../support/server-process.ts';

/** The history of a session, as it is stored. */
function stored(folder: string, sessionId: string): Shown[] {
  const database = new SQLite(join(folder, 'lion.db'), { readonly: true });
  try {
    return database
      .prepare(`SELECT "seq", "type", "payload" ->> 'through' AS "through" FROM "Event" WHERE "sessionId" = ? ORDER BY "seq"`)
      .all(sessionId)
      .map((row) => {
        const { through, ...event } = row as Shown & { through: number | null };
        return through === null ? event : { ...event, through };
      });
  } finally {
    database.close();
  }
}

async function outputOf(args: string[], folder: string): Promise<string> {
  const child = runCli(args, folder);
  let text = '';
  for await (const chunk of child.stdout!) text += String(chunk);
  return text;
}

it('a server prunes what it is told to keep no longer; what an operation has to show is what it was', async () => {
  using scratch = scratchFolder();
  const folder = scratch.path;
  await using server = await startServer(folder, { LION_DELTA_RETENTION: '0s', LION_SWEEP_MS: '50' });
  const client = createClient({ url: server.url, key: server.key, webSocketImpl: WebSocket });
  const session = await client.createSession({});
  const operations = await Promise.all([
    client.perform({ instruction: 'Describe a bakery' }, { sessionId: session.id }),
    client.brainstorm({ instruction: 'Name a bakery' }, { sessionId: session.id }),
    client.plan({ instruction: 'Open a bakery', steps: 3 }, { sessionId: session.id }),
  ]);
  const read = async (id: string): Promise<Event[]> => {
    const events: Event[] = [];
    for await (const event of client.followOperation(id)) events.push(event);
    return events;
  };
  const contents = (ofEach: Event[][]) =>
    ofEach.map((events, index) => contentOf(events.reduce(applyEvent, emptyHistory).operations.get(operations[index]!.id)!));
  const live = contents(await Promise.all(operations.map(({ id }) => read(id))));
  const deltas = new Set(['TextDelta', 'IdeaProposed', 'PlanStepProposed']);
  await until('all is pruned', () => !stored(folder, session.id).some(({ type }) => deltas.has(type)));
  expect(contents(await Promise.all(operations.map(({ id }) => read(id))))).toEqual(live);
  expect(live.map(({ ideas, planSteps, text }) => [ideas.length, planSteps.length, text.length > 0])).toEqual([
    [0, 0, true],
    [3, 0, false],
    [0, 3, false],
  ]);
  const history = stored(folder, session.id);
  const end = history.at(-1)!.seq;
  expectWhole(history, 0, end);

  // From a cursor inside of a run, for the command line as well.
  const run = history.find(({ type }) => type === 'EventsPruned')!;
  const events: Event[] = [];
  for await (const event of client.followSession(session.id, { after: run.seq })) {
    events.push(event);
    if (event.seq === end) break;
  }
  expectWhole(events, run.seq, end);
  expect(await outputOf(['watch', operations[1].id], folder)).toContain(live[1]!.ideas[0]!.title);
  await client.close();
});

it('pruning goes on after a kill -9: at each moment, a history is whole', { timeout: 60_000 }, async () => {
  using scratch = scratchFolder();
  const folder = scratch.path;
  const many = 6000;
  const talk = define({
    kind: 'talk',
    version: 1,
    description: 'Proposes much.',
    input: z.object({ about: z.string() }),
    output: z.object({ said: z.int() }),
    async execute({ step }) {
      await step('say', async ({ emit }) => {
        for (let n = 1; n <= many; n++) {
          emit({ type: 'IdeaProposed', idea: { id: `${n}`, title: 'x', description: '', rationale: '', development: null } });
        }
      });
      return { said: many };
    },
  });
  const lion = await openTestLion({ folder, definitions: [talk], config: { deltaRetentionMs: null } });
  const operation = await lion.start('talk', { about: 'it' });
  await lion.follow(operation);
  await lion[Symbol.asyncDispose]();
  writeFileSync(join(folder, 'lion.db.key'), lion.key);

  const { sessionId } = operation;
  const end = stored(folder, sessionId).at(-1)!.seq;
  let left = end;
  for (let kills = 0; kills < 2; kills++) {
    const server = await startServer(folder, { LION_DELTA_RETENTION: '0s', LION_SWEEP_MS: '10' });
    await until('something is pruned', () => stored(folder, sessionId).length < left);
    await server.kill();
    const history = stored(folder, sessionId);
    left = history.length;
    expectWhole(history, 0, end);
  }
  await using _server = await startServer(folder, { LION_DELTA_RETENTION: '0s', LION_SWEEP_MS: '10' });
  await until('all is pruned', () => stored(folder, sessionId).length === end - many + 1);
  expectWhole(stored(folder, sessionId), 0, end);
});
