import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inPieces } from '../../src/database/pieces.ts';
import { pruning } from '../../src/history/pruning.ts';
import type { SessionId } from '../../src/ids.ts';
import { define } from '../../src/operations/definition.ts';
import { dataOf, gate, until } from '../support/api.ts';
import { expectWhole, endOf, type Shown } from '../support/history.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { clientOf, fork, remove, sessionOf, untilRemoved } from './forking.ts';

let goOn = gate();

/** Proposes five ideas: where it is told to, the last two only once it may go on. */
const talk = define({
  kind: 'talk',
  version: 1,
  description: 'Proposes five ideas.',
  input: z.object({ waits: z.boolean() }),
  output: z.object({ said: z.int() }),
  execute: ({ input, step }) =>
    step('say', async ({ emit }) => {
      const say = (title: string): void =>
        emit({ type: 'IdeaProposed', idea: { id: title, title, description: '', rationale: '', development: null } });
      for (const title of ['1', '2', '3']) say(title);
      if (input.waits) await goOn.opened;
      for (const title of ['4', '5']) say(title);
      return { said: 5 };
    }),
});

/** Where the ideas of the first operation of a session are: after what makes the session, and begins the operation and its step. */
const [firstIdea, lastIdea] = [5, 9];
const lengthOfTalk = 10;

const prune = ({ lion }: TestLion): Promise<void> => inPieces(lion.database, pruning(new Date()));

async function talked(lion: TestLion, sessionId?: string) {
  const operation = await lion.start('talk', { waits: false }, sessionId === undefined ? {} : { sessionId });
  await lion.follow(operation);
  return operation;
}

/** All that is stored of a session, as it is. */
const rows = async (lion: TestLion, sessionId: string) =>
  (await lion.history(sessionId)).map(({ seq, type, payload, operation }) => ({ seq, type, payload, operation }));

const ideasIn = async (lion: TestLion, sessionId: string): Promise<number> =>
  (await rows(lion, sessionId)).filter(({ type }) => type === 'IdeaProposed').length;

const runsOf = (events: readonly Shown[]): [number, number][] =>
  events.flatMap(({ seq, through }) => (through === undefined ? [] : [[seq, through]]));

interface Page {
  nodes: Shown[];
  pageInfo: { startCursor: number; endCursor: number; hasNextPage: boolean; hasPreviousPage: boolean };
}

async function pagesOf(lion: TestLion, sessionId: string, pages: readonly string[]): Promise<Page[]> {
  const fields = pages.map((args, index) => `page${index}: events(${args}) { ...Page }`);
  const document = `
    query($id: ID!) { session(id: $id) { ${fields.join('\n')} } }
    fragment Page on EventConnection {
      nodes { seq type ... on EventsPruned { through } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }`;
  return Object.values(dataOf(await lion.query(document, { id: sessionId })).session as Record<string, Page>);
}

/** What a follower of the session is told from a cursor up to `end`. */
async function toldOf(lion: TestLion, sessionId: string, after: number, end: number): Promise<Shown[]> {
  const following = await lion.lion.feed.followSession(sessionId as SessionId, { after });
  const events: Shown[] = [];
  while (after < end && (events.length === 0 || endOf(events.at(-1)!) < end)) {
    const { value } = await following.next();
    const { seq, type, payload } = value!;
    events.push({ seq, type, ...('through' in payload && { through: payload.through }) });
  }
  await following.return!();
  return events;
}

/** Reads a history from every cursor, in pages of every size in both directions, and as it is told; fails where it is not whole. */
async function expectWholeForAll(lion: TestLion, sessionId: string, end: number): Promise<Shown[]> {
  for (let cursor = 0; cursor <= end; cursor++) expectWhole(await toldOf(lion, sessionId, cursor, end), cursor, end);
  const cursors = Array.from({ length: end }, (_, n) => n);
  const after = await pagesOf(
    lion,
    sessionId,
    cursors.map((cursor) => `after: ${cursor}`),
  );
  for (const [cursor, { nodes }] of after.entries()) expectWhole(nodes, cursor, end);
  const before = await pagesOf(
    lion,
    sessionId,
    cursors.map((cursor) => `before: ${cursor + 1}, last: 100`),
  );
  for (const [cursor, { nodes }] of before.entries()) expectWhole(nodes, 0, cursor);
  for (const size of [1, 2, 3, 5]) {
    const forwards: Shown[] = [];
    for (let from = 0; ;) {
      const [page] = await pagesOf(lion, sessionId, [`after: ${from}, first: ${size}`]);
      expect(page!.nodes.length).toBeLessThanOrEqual(size);
      forwards.push(...page!.nodes);
      if (!page!.pageInfo.hasNextPage) break;
      from = page!.pageInfo.endCursor;
    }
    expectWhole(forwards, 0, end);
    const backwards: Shown[] = [];
    for (let to = end + 1; ;) {
      const [page] = await pagesOf(lion, sessionId, [`before: ${to}, last: ${size}`]);
      expect(page!.nodes.length).toBeLessThanOrEqual(size);
      backwards.unshift(...page!.nodes);
      if (!page!.pageInfo.hasPreviousPage) break;
      to = page!.pageInfo.startCursor;
    }
    expect(backwards).toEqual(forwards);
  }
  return after[0]!.nodes;
}

test('an operation that a fork cut off is pruned only once that fork is gone, deleted or not', async () => {
  goOn = gate();
  await using lion = await openTestLion({ definitions: [talk] });
  const operation = await lion.start('talk', { waits: true });
  const { sessionId } = operation;
  await until('it has said three', async () => (await ideasIn(lion, sessionId)) === 3);
  const made = await fork(lion, { id: sessionId });
  goOn.open();
  await lion.follow(operation);
  const later = await talked(lion, sessionId);
  const before = await rows(lion, sessionId);
  await prune(lion);
  // The other one, which no fork knows of, was.
  const after = await rows(lion, sessionId);
  expect(after.filter((event) => event.operation === 1)).toEqual(before.filter((event) => event.operation === 1));
  expect(after.filter((event) => event.operation === later.number && event.type === 'IdeaProposed')).toEqual([]);
  const shown = await expectWholeForAll(lion, made.id, made.lastSeq);
  expect(shown.filter(({ type }) => type === 'IdeaProposed')).toHaveLength(3);

  expect(await remove(lion, made.id)).toBe('DeletedSession');
  await untilRemoved(lion);
  await prune(lion);
  expect(await ideasIn(lion, sessionId)).toBe(0);
  expectWhole(await toldOf(lion, sessionId, 0, before.length), 0, before.length);
});

describe('a fork at a seq inside of a run that was pruned before', () => {
  test.each([firstIdea, firstIdea + 2, lastIdea])('here %s, shows the run up to there, and then its own', async (atSeq) => {
    await using lion = await openTestLion({ definitions: [talk] });
    const { sessionId } = await talked(lion);
    await prune(lion);
    const made = await fork(lion, { id: sessionId, atSeq });
    expect(made).toMatchObject({ forkSeq: atSeq, lastSeq: atSeq + 1 });
    const shown = await expectWholeForAll(lion, made.id, atSeq + 1);
    expect(runsOf(shown)).toEqual([[firstIdea, atSeq]]);
    expect(shown.at(-1)).toEqual({ seq: atSeq + 1, type: 'SessionForked' });
  });

  test('is followed live from inside of it', async () => {
    await using lion = await openTestLion({ definitions: [talk] });
    const { sessionId } = await talked(lion);
    await prune(lion);
    const made = await fork(lion, { id: sessionId, atSeq: 7 });
    const live = clientOf(lion).followSession(made.id, { after: 5 });
    const seen: Shown[] = [];
    const see = async (end: number): Promise<void> => {
      while (seen.length === 0 || endOf(seen.at(-1)!) < end) seen.push((await live.next()).value as Shown);
    };
    await see(8);
    await talked(lion, made.id);
    const end = (await clientOf(lion).session(made.id))!.lastSeq;
    await see(end);
    await live.return?.();
    expectWhole(seen, 5, end);
    expect(runsOf(seen)).toEqual([[6, 7]]);
  });
});

test('a fork of a fork, both of which share runs, is whole; pruning what a fork did leaves its parent as it is', async () => {
  await using lion = await openTestLion({ definitions: [talk] });
  const { id } = await talked(lion);
  const root = sessionOf(id);
  await prune(lion);
  const child = await fork(lion, { id: root, atSeq: 7 });
  await talked(lion, child.id);
  const rootRows = await rows(lion, root);
  await prune(lion);
  expect(await rows(lion, root)).toEqual(rootRows);
  expect(await ideasIn(lion, child.id)).toBe(0);
  // 8 is its SessionForked; then its operation is queued and started, and says its ideas.
  const [begin, end] = [12, 16];
  const childEnd = (await clientOf(lion).session(child.id))!.lastSeq;
  expect(runsOf(await expectWholeForAll(lion, child.id, childEnd))).toEqual([
    [5, 7],
    [begin, end],
  ]);
  const grandchild = await fork(lion, { id: child.id, atSeq: 14 });
  expect(runsOf(await expectWholeForAll(lion, grandchild.id, 15))).toEqual([
    [5, 7],
    [begin, 14],
  ]);
  // One of what both share lies in the first run.
  const beside = await fork(lion, { id: grandchild.id, atSeq: 6 });
  expect(runsOf(await expectWholeForAll(lion, beside.id, 7))).toEqual([[5, 6]]);

  const childRows = await rows(lion, child.id);
  await talked(lion, grandchild.id);
  await prune(lion);
  expect(await rows(lion, root)).toEqual(rootRows);
  expect(await rows(lion, child.id)).toEqual(childRows);
  // Also once those whose rows they lie in are deleted.
  await remove(lion, child.id);
  await remove(lion, root);
  await untilRemoved(lion);
  const { lastSeq } = (await clientOf(lion).session(grandchild.id))!;
  expect(lastSeq).toBe(15 + lengthOfTalk);
  expect(runsOf(await expectWholeForAll(lion, grandchild.id, lastSeq))).toEqual([
    [5, 7],
    [begin, 14],
    [19, 23],
  ]);
});
