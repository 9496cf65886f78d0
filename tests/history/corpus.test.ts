import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Event } from '../../src/client/index.ts';
import { dataOf, until } from '../support/api.ts';
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
    await using test = await openTestLion({ folder: scratch.path });
    const { sessions } = dataOf(
      await test.query(`{ sessions { nodes { id lastSeq usage { inputTokens outputTokens cost } } } }`),
    );
    for (const { id, lastSeq } of sessions.nodes as { id: string; lastSeq: number }[]) {
      const client = createClient({ url: test.url, key: test.key, webSocketImpl: WebSocket });
      const events: Event[] = [];
      for await (const event of client.followSession(id)) {
        events.push(event);
        if (event.seq === lastSeq) break;
      }
      await client.close();
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1));
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
