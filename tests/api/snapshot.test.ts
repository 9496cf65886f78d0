import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dataOf } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';

const look = `query($id: ID!) {
  session(id: $id) {
    lastSeq
    title
    events(last: 1) { nodes { seq } pageInfo { hasNextPage } }
    operations(first: 100) { nodes { status events(last: 1) { nodes { seq type } } } }
  }
}`;
const change = `mutation($id: ID!, $title: String!) { updateSession(input: { id: $id, title: $title }) { __typename } }`;

const ended: Record<string, string> = {
  SUCCEEDED: 'OperationSucceeded',
  CANCELLED: 'OperationCancelled',
  FAILED: 'OperationFailed',
};

/** What reads, but others get a turn after each read, as they do where the database is not in the process. */
function unhurried<T extends object>(client: T): T {
  return new Proxy(client, {
    get(target, name) {
      const model: unknown = Reflect.get(target, name);
      if (typeof model !== 'object' || model === null || !('findMany' in model)) return model;
      return new Proxy(model, {
        get(delegate, method) {
          const read: unknown = Reflect.get(delegate, method);
          if (typeof read !== 'function') return read;
          return async (...args: unknown[]): Promise<unknown> => {
            const found: unknown = await Reflect.apply(read, delegate, args);
            await turn();
            return found;
          };
        },
      });
    },
  });
}

test(
  'lastSeq is of the same moment as the rest of the answer, whatever is appended meanwhile',
  { timeout: 120_000 },
  async () => {
    await using lion = await openTestLion();
    const { database } = lion.lion;
    const { reader, snapshot } = database;
    Object.assign(database, {
      reader: unhurried(reader),
      snapshot: <T>(read: (client: typeof reader) => Promise<T>) =>
        snapshot((client) => read(unhurried(client as typeof reader))),
    });
    const { id } = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession;
    let done = false;
    const writers = [
      (async () => {
        for (let number = 1; !done; number++) await lion.query(change, { id, title: `${number}` });
      })(),
      (async () => {
        for (let number = 0; number < 30 && !done; number++)
          await lion.start('perform', { instruction: `Number ${number}` }, { sessionId: id, waitMs: 30_000 });
      })(),
    ];
    const seen = new Set<number>();
    const readers = Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 60; round++) {
        const { session } = dataOf(await lion.query(look, { id }));
        seen.add(session.lastSeq);
        expect(session.events).toEqual({ nodes: [{ seq: session.lastSeq }], pageInfo: { hasNextPage: false } });
        for (const { status, events } of session.operations.nodes) {
          const [last] = events.nodes;
          expect(last.seq).toBeLessThanOrEqual(session.lastSeq);
          if (status in ended) expect(last.type).toBe(ended[status]);
          else expect(Object.values(ended)).not.toContain(last.type);
        }
      }
    });
    const read = await Promise.allSettled(readers);
    done = true;
    await Promise.all(writers);
    expect(read.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))).toEqual([]);
    // Otherwise nothing was appended meanwhile, and nothing was shown.
    expect(seen.size).toBeGreaterThan(50);
  },
);
