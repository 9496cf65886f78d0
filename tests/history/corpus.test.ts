import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { createClient, lastSeqOf, type Event } from '../../src/client/index.ts';
import { define } from '../../src/operations/definition.ts';
import { dataOf, until } from '../support/api.ts';
import { expectWhole } from '../support/history.ts';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';

const corpus = fileURLToPath(new URL('./corpus', import.meta.url));

/** Makes a database of a dump that was kept. */
function restore(dump: string, folder: string): void {
  const database = new SQLite(join(folder, 'lion.db'));
  database.pragma('foreign_keys = OFF');
  database.exec(readFileSync(join(corpus, dump), 'utf8'));
  database.close();
}

describe.each(readdirSync(corpus))('a database of %s', (dump) => {
  it('is migrated, and all that its histories tell can be read with all its fields', async () => {
    using scratch = scratchFolder();
    restore(dump, scratch.path);
    await using test = await openTestLion({ folder: scratch.path, leavesWork: true });
    const { sessions } = dataOf(
      await test.query(`{ sessions { nodes { id lastSeq usage { inputTokens outputTokens cost } } } }`),
    );
    for (const { id, lastSeq } of sessions.nodes as { id: string; lastSeq: number }[]) {
      const client = createClient({ url: test.url, key: test.key, webSocketImpl: WebSocket });
      const events: Event[] = [];
      for await (const event of client.followSession(id)) {
        events.push(event);
        if (lastSeqOf(event) === lastSeq) break;
      }
      await client.close();
      expectWhole(events, 0, lastSeq);
    }
  });
});

it('what 0.1.0 left in the queue is taken up', async () => {
  using scratch = scratchFolder();
  restore('0.1.0.sql', scratch.path);
  const database = new SQLite(join(scratch.path, 'lion.db'));
  database.exec(`
    UPDATE "Operation" SET "status" = 'QUEUED', "finishedAt" = NULL, "output" = NULL WHERE "number" = 1;
    UPDATE "SessionHead" SET "unfinished" = 1;`);
  database.close();
  await using test = await openTestLion({ folder: scratch.path, isMadeUp: true });
  const operation = await until('it has ended', async () => {
    const { operations } = dataOf(await test.query(`{ operations(last: 1) { nodes { kind attempt finishedAt } } }`));
    return operations.nodes[0].finishedAt !== null && operations.nodes[0];
  });
  expect(operation).toMatchObject({ kind: 'run', attempt: 2 });
});

it('what 0.1.0 left is read as if it had been written today', async () => {
  using scratch = scratchFolder();
  restore('0.1.0.sql', scratch.path);
  await using test = await openTestLion({ folder: scratch.path });
  const { operations, sessions, usage } = dataOf(
    await test.query(/* GraphQL */ `
      {
        operations(last: 1, filter: { topLevel: true }) {
          nodes {
            kind
            childName
            partialOutput {
              __typename
            }
            planSteps {
              status
            }
            output {
              ... on RunOutput {
                ideas {
                  development {
                    id
                  }
                }
                steps {
                  status
                  partOf
                  operation {
                    id
                  }
                  steps {
                    id
                  }
                }
              }
            }
          }
        }
        sessions {
          nodes {
            usage {
              inputTokens
              outputTokens
              cost
            }
            events(types: [StepStarted, StepRetrying, StepSucceeded, OperationFailed]) {
              nodes {
                ... on StepStarted {
                  model
                  prompt
                }
                ... on StepRetrying {
                  model
                  nextModel
                  usage {
                    inputTokens
                  }
                }
                ... on StepSucceeded {
                  mends
                }
                ... on OperationFailed {
                  partialOutput {
                    __typename
                  }
                }
              }
            }
          }
        }
        usage(from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", groupBy: [MODEL]) {
          model
          calls
          unpricedCalls
          usage {
            outputTokens
            cost
          }
        }
      }
    `),
  );
  const step = { status: 'PLANNED', partOf: null, operation: null, steps: [] };
  expect(operations.nodes[0]).toEqual({
    kind: 'run',
    childName: null,
    partialOutput: null,
    planSteps: Array(3).fill({ status: 'PLANNED' }),
    output: { ideas: [{ development: null }, { development: null }], steps: Array(3).fill(step) },
  });
  const [session] = sessions.nodes;
  expect(session.events.nodes).toEqual(
    expect.arrayContaining([
      { model: null, prompt: null },
      { model: null, nextModel: null, usage: { inputTokens: 0 } },
      { mends: [] },
      { partialOutput: null },
    ]),
  );
  // What was used before is on the accounts, too; of a try that failed, only the session's.
  const [{ usage: ofModel, ...calls }] = usage;
  expect(calls).toEqual({ model: 'builtin', calls: 5, unpricedCalls: 0 });
  expect(session.usage.outputTokens).toBe(ofModel.outputTokens + 2);
  expect(session.usage.cost).toBe(0);
});

/** What the database with waits was left by. */
const nap = define({
  kind: 'nap',
  version: 1,
  description: 'Sleeps.',
  input: z.object({ ms: z.int() }),
  output: z.object({ done: z.string() }),
  async execute({ input: { ms }, step, sleep }) {
    await step('before', () => 1);
    await sleep(ms);
    return { done: 'slept' };
  },
});

it('what waits goes on: a sleep that came due, what is queued behind it, and a question in a fork of a pruned past', async () => {
  using scratch = scratchFolder();
  restore('20261125175500_delta_retention.sql', scratch.path);
  await using test = await openTestLion({ folder: scratch.path, definitions: [nap] });
  const listed = async () =>
    dataOf(
      await test.query(
        `{ sessions { nodes { title operations(last: 10) { nodes { id kind status attempt output { ... on SelectOutput { selected { choice { label } } } } } } } } }`,
      ),
    ).sessions.nodes as {
      title: string;
      operations: { nodes: { id: string; kind: string; status: string; attempt: number; output: unknown }[] };
    }[];
  const statuses = async (title: string) =>
    (await listed())
      .find((session) => session.title === title)!
      .operations.nodes.map(({ kind, status }) => `${kind} ${status}`)
      .toReversed();
  await until(
    'all of the session has ended',
    async () => !(await statuses('Bakery')).some((text) => !/(?:ED)$/.test(text) || text.endsWith('QUEUED')),
  );
  expect(await statuses('Bakery')).toEqual([
    'perform SUCCEEDED',
    'brainstorm SUCCEEDED',
    'select SUCCEEDED',
    'nap SUCCEEDED',
    'perform SUCCEEDED',
  ]);
  const fork = (await listed()).find(({ title }) => title === 'Fork')!;
  // The brainstorm was cut off inside of its ideas, which were pruned.
  expect(await statuses('Fork')).toEqual(['perform SUCCEEDED', 'brainstorm RUNNING', 'perform SUCCEEDED', 'select WAITING']);
  const asking = fork.operations.nodes.find(({ status }) => status === 'WAITING')!;
  dataOf(
    await test.query(
      `mutation($id: ID!) { answerOperation(input: { operationId: $id, name: "selection", answer: { selected: ["choice-2"] } }) { __typename } }`,
      { id: asking.id },
    ),
  );
  const answered = await until('it has succeeded', async () =>
    (await listed())
      .flatMap(({ operations }) => operations.nodes)
      .find(({ id, status }) => id === asking.id && status === 'SUCCEEDED'),
  );
  expect(answered.output).toEqual({ selected: [{ choice: { label: 'The Tide' } }] });
});
