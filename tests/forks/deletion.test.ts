import { describe, expect, test } from 'vitest';
import type { SessionId } from '../../src/ids.ts';
import { deepestFork } from '../../src/sessions/fork.ts';
import { inPieces } from '../../src/database/pieces.ts';
import { removalOfOutlived } from '../../src/history/removal.ts';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import {
  allRows,
  clientOf,
  errand,
  followed,
  fork,
  letGo,
  remove,
  say,
  sessionOf,
  underWay,
  untilRemoved,
  upTo,
} from './forking.ts';

const nothing = { sessions: 0, heads: 0, forks: 0, operations: 0, steps: 0, events: 0 };

/** A session of three operations, with the `seq` that each ended at. */
async function threeLong(lion: TestLion): Promise<{ id: string; ends: number[]; operations: string[] }> {
  const operations = [await say(lion)];
  const id = sessionOf(operations[0]!.id);
  for (let n = 0; n < 2; n++) operations.push(await say(lion, id));
  const events = await lion.history(id);
  const ends = events.filter(({ type }) => type === 'OperationSucceeded').map(({ seq }) => seq);
  return { id, ends, operations: operations.map((operation) => operation.id) };
}

const rowsIn = async (test: TestLion, sessionId: string) => {
  await untilRemoved(test);
  const { reader } = test.lion.database;
  return {
    events: await reader.event.count({ where: { sessionId } }),
    operations: await reader.operation.count({ where: { sessionId } }),
  };
};

describe('a session that is deleted while forks share its past', () => {
  test('is gone everywhere at once, and what they need stays until the last of them is gone', async () => {
    await using lion = await openTestLion();
    const { id, ends, operations } = await threeLong(lion);
    await clientOf(lion).perform({ instruction: 'x' }, { sessionId: id, waitMs: 30_000, idempotencyKey: 'once' });
    const early = await fork(lion, { id, atSeq: ends[0] });
    const late = await fork(lion, { id, atSeq: ends[1] });
    await say(lion, late.id);
    const seen = { early: await followed(lion, early.id), late: await followed(lion, late.id) };
    const live = clientOf(lion).followSession(id, { after: ends[2]! });
    await live.next();
    const rest = (async () => {
      for await (const _ of live);
    })();

    expect(await remove(lion, id)).toBe('DeletedSession');
    await rest;
    expect(await remove(lion, id)).toBe('SessionNotFoundError');
    const gone = dataOf(
      await lion.query(`{
        session(id: "${id}") { id } node(id: "${id}") { id } operation(id: "${operations[0]}") { id }
        inside: node(id: "${operations[0]}") { id } sessions { nodes { id } } operations { nodes { id } }
        fork: session(id: "${late.id}") { forkedFrom { id } }
      }`),
    );
    expect(gone).toMatchObject({ session: null, node: null, operation: null, inside: null, fork: { forkedFrom: null } });
    expect(gone.sessions.nodes.map((session: { id: string }) => session.id)).toEqual([late.id, early.id]);
    expect(gone.operations.nodes.map((operation: { id: string }) => sessionOf(operation.id))).toEqual([late.id]);
    expect(await fork(lion, { id, atSeq: 1 })).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    for (const mutation of [
      `updateSession(input: { id: "${id}", title: "x" })`,
      `perform(input: { instruction: "x" }, options: { sessionId: "${id}" })`,
      `cancelOperation(id: "${operations[0]}")`,
      `retryOperation(id: "${operations[0]}")`,
    ]) {
      const { data } = await lion.query(`mutation { done: ${mutation} { ... on Error { code } } }`);
      expect(data.done.code).toMatch(/NOT_FOUND$/);
    }
    await expect(clientOf(lion).followSession(id).next()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await expect(clientOf(lion).followOperation(operations[0]!).next()).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    // A key that was used there is free again.
    const again = await clientOf(lion).perform({ instruction: 'other' }, { idempotencyKey: 'once', waitMs: 30_000 });
    expect(again.status).toBe('SUCCEEDED');
    await remove(lion, sessionOf(again.id));

    // What no fork needs went with it; the rest is read as before, and new work goes on.
    expect(await rowsIn(lion, id)).toEqual({ events: ends[1], operations: 2 });
    expect(await followed(lion, early.id)).toEqual(seen.early);
    expect(await followed(lion, late.id)).toEqual(seen.late);
    expect(refOf((await say(lion, early.id)).id).number).toBe(2);
    expect((await fork(lion, { id: late.id, atSeq: 2 })).forkSeq).toBe(2);

    expect(await remove(lion, late.id)).toBe('DeletedSession');
    expect(await rowsIn(lion, id)).toEqual({ events: ends[0], operations: 1 });
    const { sessions } = dataOf(await lion.query('{ sessions { nodes { id events { nodes { seq } } lastSeq } } }'));
    for (const { events, lastSeq } of sessions.nodes)
      expect(events.nodes.map(({ seq }: { seq: number }) => seq)).toEqual(upTo(lastSeq));
    expect(sessions.nodes).toHaveLength(2);
    for (const session of sessions.nodes as { id: string }[]) await remove(lion, session.id);
    expect(await allRows(lion)).toEqual(nothing);
  });

  test('stops what runs in it, and forks show that as it stood', async () => {
    await using lion = await openTestLion({ definitions: [errand] });
    const id = await underWay(lion, 'deleted');
    const parent = sessionOf(id);
    const made = await fork(lion, { id: parent });
    const before = await followed(lion, made.id);
    const waiting = clientOf(lion).start('errand', { name: 'deleted' }, { sessionId: parent, waitMs: 30_000 });
    await until('both run', () => lion.lion.agent.running === 2);
    await remove(lion, parent);
    await until('nothing runs', () => lion.lion.agent.running === 0);
    await expect(waiting).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect(await followed(lion, made.id)).toEqual(before);
    const { session } = dataOf(await lion.query(`{ session(id: "${made.id}") { operations { nodes { kind status } } } }`));
    expect(session.operations.nodes).toEqual([
      { kind: 'perform', status: 'SUCCEEDED' },
      { kind: 'errand', status: 'RUNNING' },
    ]);
    await remove(lion, made.id);
    expect(await allRows(lion)).toEqual(nothing);
  });

  test('a restart takes up nothing of it, nor of what forks were cut off from', async () => {
    using folder = scratchFolder();
    let made: { id: string };
    let before: unknown;
    {
      await using lion = await openTestLion({ definitions: [errand], folder: folder.path, leavesWork: true });
      const parent = sessionOf(await underWay(lion, 'restart'));
      made = await fork(lion, { id: parent });
      await say(lion, made.id);
      before = await followed(lion, made.id);
      await remove(lion, parent);
    }
    await using lion = await openTestLion({ definitions: [errand], folder: folder.path });
    expect(lion.lion.agent.running).toBe(0);
    expect(await followed(lion, made.id)).toEqual(before);
    letGo('restart');
    expect(await say(lion, made.id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('is deleted so, too, when its time of retention is over', async () => {
    await using lion = await openTestLion();
    const { id, ends } = await threeLong(lion);
    const made = await fork(lion, { id, atSeq: ends[0], ttlSeconds: null });
    const before = await followed(lion, made.id);
    await lion.lion.journal.append({
      sessionId: id as SessionId,
      decide: ({ session }) => void (session.expiresAt = session.expiredAt = new Date(0)),
    });
    const deleted: string[] = [];
    const now = new Date();
    await inPieces(
      lion.lion.database,
      removalOfOutlived({ expiredBefore: now, at: now }, (sessionId) => deleted.push(sessionId)),
    );
    expect(deleted).toEqual([id]);
    expect(await rowsIn(lion, id)).toEqual({ events: ends[0], operations: 1 });
    expect(await clientOf(lion).session(id)).toBeNull();
    expect(await followed(lion, made.id)).toEqual(before);
  });
});

describe('a fork of a fork', () => {
  test('shares what both share, and is whole when both are gone', async () => {
    await using lion = await openTestLion();
    const { id, ends } = await threeLong(lion);
    const child = await fork(lion, { id, atSeq: ends[1] });
    await say(lion, child.id);
    const { lastSeq } = (await clientOf(lion).session(child.id))!;
    await say(lion, child.id);
    const grandchild = await fork(lion, { id: child.id, atSeq: lastSeq });
    const last = await say(lion, grandchild.id);
    expect(refOf(last.id).number).toBe(4);
    const events = await followed(lion, grandchild.id);
    expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length));
    expect(events.flatMap(({ type, seq }) => (type === 'SessionForked' ? [seq] : []))).toEqual([ends[1]! + 1, lastSeq + 1]);
    const numbers = dataOf(await lion.query(`{ session(id: "${grandchild.id}") { operations { nodes { id } } } }`));
    const ids = numbers.session.operations.nodes.map((operation: { id: string }) => operation.id);
    expect(ids).toEqual([4, 3, 2, 1].map((number) => `op_${grandchild.id.slice('ses_'.length)}_${number}`));
    for (const after of [ends[0]!, ends[1]!, ends[1]! + 1, lastSeq, lastSeq + 1])
      expect(await followed(lion, grandchild.id, after)).toEqual(events.slice(after));

    // One at an event that is shared already lies where that lies: what is between is not needed for it.
    const beside = await fork(lion, { id: grandchild.id, atSeq: ends[0] });
    expect(beside.forkedFrom).toEqual({ id: grandchild.id });
    await remove(lion, child.id);
    await remove(lion, id);
    expect(await followed(lion, grandchild.id)).toEqual(events);
    await remove(lion, grandchild.id);
    expect(await allRows(lion)).toMatchObject({ sessions: 2, heads: 1, forks: 1, events: ends[0]! + 1 });
    expect((await followed(lion, beside.id)).map(({ seq }) => seq)).toEqual(upTo(ends[0]! + 1));
    await remove(lion, beside.id);
    expect(await allRows(lion)).toEqual(nothing);
  });

  test('of a fork ... ends somewhere, with a typed error', async () => {
    await using lion = await openTestLion();
    let { id } = await clientOf(lion).createSession();
    for (let depth = 1; depth < deepestFork; depth++) ({ id } = await fork(lion, { id }));
    expect(await fork(lion, { id })).toMatchObject({ __typename: 'ForkTooDeepError', code: 'FORK_TOO_DEEP' });
    expect(await fork(lion, { id, atSeq: deepestFork - 1 })).toMatchObject({ forkSeq: deepestFork - 1 });
    expect((await followed(lion, id)).map(({ seq }) => seq)).toEqual(upTo(deepestFork));
  });

  test('names what was cut off before, and what is now, as each stood', async () => {
    await using lion = await openTestLion({ definitions: [errand] });
    const first = await underWay(lion, 'chain');
    const child = await fork(lion, { id: sessionOf(first) });
    await underWay(lion, 'chain', child.id);
    const grandchild = await fork(lion, { id: child.id });
    letGo('chain');
    await lion.follow(refOf(first));
    await until('all have ended', () => lion.lion.agent.running === 0);
    const document = `{ session(id: "${grandchild.id}") {
      events(types: [SessionForked]) { nodes { seq ... on SessionForked { unfinished { id status session { id } } } } }
    } }`;
    const { nodes } = dataOf(await lion.query(document)).session.events;
    const op = (number: number) => ({
      id: `op_${grandchild.id.slice('ses_'.length)}_${number}`,
      status: 'RUNNING',
      session: { id: grandchild.id },
    });
    expect(nodes.map(({ unfinished }: { unfinished: unknown }) => unfinished)).toEqual([[op(1)], [op(1), op(3)]]);
  });
});

test('a fork and the deletion of what it is made of: either there is no fork, or it is whole', async () => {
  await using lion = await openTestLion();
  for (let round = 0; round < 20; round++) {
    const { id } = await clientOf(lion).createSession();
    const [made] = await Promise.all([fork(lion, { id }), remove(lion, id)]);
    if (made.code === undefined) {
      expect((await followed(lion, made.id)).map(({ type }) => type)).toEqual(['SessionCreated', 'SessionForked']);
      await remove(lion, made.id);
    } else expect(made.code).toBe('SESSION_NOT_FOUND');
    expect(await allRows(lion)).toEqual(nothing);
  }
});
