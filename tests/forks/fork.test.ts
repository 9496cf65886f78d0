import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/client/index.ts';
import type { SessionId } from '../../src/ids.ts';
import { dataOf, otherProject, until } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { allRows, clientOf, errand, followed, fork, letGo, remove, say, sessionOf, underWay, upTo } from './forking.ts';

/** What events tell, whichever session shows them. */
const told = (events: readonly Event[]) =>
  events.map(({ operation, ...event }) => ({ ...event, number: operation && refOf(operation.id).number }));

async function pageOf(lion: TestLion, sessionId: string, args: string) {
  const document = `query($id: ID!) { session(id: $id) { events(${args}) {
    nodes { seq type operation { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  } } }`;
  return dataOf(await lion.query(document, { id: sessionId })).session.events as {
    nodes: { seq: number; type: string; operation: { id: string } | null }[];
    pageInfo: Record<string, unknown>;
  };
}
const seqsOf = async (lion: TestLion, sessionId: string, args: string) =>
  (await pageOf(lion, sessionId, args)).nodes.map(({ seq }) => seq);

/** A session with two operations, forked between them, with one more operation in each. */
async function twoWays(lion: TestLion) {
  const first = await say(lion);
  const parent = sessionOf(first.id);
  const atSeq = (await clientOf(lion).session(parent))!.lastSeq;
  await say(lion, parent);
  const made = await fork(lion, { id: parent, atSeq });
  const own = await say(lion, made.id);
  return { first, parent, atSeq, made, own };
}

describe('a fork', () => {
  test('shares the past, and goes its own way, wherever it is read from', async () => {
    await using lion = await openTestLion();
    const { parent, atSeq, made, own } = await twoWays(lion);
    expect(made).toMatchObject({ title: 'Say something', lastSeq: atSeq + 1, forkSeq: atSeq, forkedFrom: { id: parent } });
    expect(refOf(own.id)).toEqual({ sessionId: made.id, number: 2 });

    const inParent = await followed(lion, parent);
    const inFork = await followed(lion, made.id);
    expect(inFork.map(({ seq }) => seq)).toEqual(upTo(inFork.length));
    expect(told(inFork.slice(0, atSeq))).toEqual(told(inParent.slice(0, atSeq)));
    expect(inFork[atSeq]).toMatchObject({ type: 'SessionForked', forkedFromId: parent, unfinished: [] });
    expect(new Set(inFork.map(({ operation }) => operation && sessionOf(operation.id)))).toEqual(new Set([null, made.id]));
    expect(inParent.some(({ type }) => type === 'SessionForked')).toBe(false);
    expect(inParent.map(({ seq }) => seq)).toEqual(upTo(inParent.length));
    for (const after of [1, atSeq - 1, atSeq, atSeq + 1, inFork.length - 1])
      expect(await followed(lion, made.id, after)).toEqual(inFork.slice(after));
  });

  test('is read in pages across the point where it begins, in both directions', async () => {
    await using lion = await openTestLion();
    const { atSeq, made } = await twoWays(lion);
    const all = await pageOf(lion, made.id, 'first: 1000');
    const { length } = all.nodes;
    expect(all.nodes.map(({ seq }) => seq)).toEqual(upTo(length));
    expect(all.pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: false, startCursor: 1, endCursor: length });
    expect(await seqsOf(lion, made.id, `after: ${atSeq - 2}, first: 4`)).toEqual([atSeq - 1, atSeq, atSeq + 1, atSeq + 2]);
    expect(await seqsOf(lion, made.id, `before: ${atSeq + 2}, last: 3`)).toEqual([atSeq - 1, atSeq, atSeq + 1]);
    expect(await seqsOf(lion, made.id, `last: 1000`)).toEqual(upTo(length));
    const middle = await pageOf(lion, made.id, `after: ${atSeq - 1}, first: 2`);
    expect(middle.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const types = 'types: [OperationQueued, OperationSucceeded, SessionForked]';
    const some = ['OperationQueued', 'OperationSucceeded', 'SessionForked', 'OperationQueued', 'OperationSucceeded'];
    const forward = await pageOf(lion, made.id, types);
    expect(forward.nodes.map(({ type }) => type)).toEqual(some);
    const backward = await pageOf(lion, made.id, `${types}, last: 4`);
    expect(backward.nodes).toEqual(forward.nodes.slice(1));
    expect(backward.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const past = await lion.query(`{ session(id: "${made.id}") { events(after: ${length + 1}) { nodes { seq } } } }`);
    expect(past.errors![0]!.extensions).toEqual({ code: 'CURSOR_BEYOND_END', lastSeq: length });
  });

  test('shows the operations of the past as its own, with the numbers that they had', async () => {
    await using lion = await openTestLion({ definitions: [errand] });
    letGo('at once');
    const { id } = await lion.start('errand', { name: 'at once' });
    await lion.follow(refOf(id));
    const made = await fork(lion, { id: sessionOf(id) });
    await say(lion, made.id);
    const shown = (
      operationId: string,
    ) => `query { node(id: "${operationId}") { id ...O } operation(id: "${operationId}") { ...O } }
      fragment O on Operation {
        kind status attempt input output { ... on ErrandOutput { text } } usage { outputTokens } createdAt startedAt finishedAt
        session { title } parent { kind session { title } } children { kind status parent { kind } output { ... on PerformOutput { text } } }
        events(types: [OperationQueued, OperationSucceeded]) { nodes { seq type operation { kind } } }
      }`;
    const idIn = (number: number) => `op_${made.id.slice('ses_'.length)}_${number}`;
    for (const number of [1, 2]) {
      const there = dataOf(await lion.query(shown(`op_${sessionOf(id).slice('ses_'.length)}_${number}`)));
      const here = dataOf(await lion.query(shown(idIn(number))));
      expect(here.operation).toEqual(there.operation);
      expect(here.node).toEqual({ id: idIn(number), ...here.operation });
    }
    const nested = dataOf(
      await lion.query(
        `{ operation(id: "${idIn(1)}") { children { id session { id forkSeq } parent { id } } events { nodes { session { id } operation { id } } } } }`,
      ),
    ).operation;
    expect(nested.children).toEqual([{ id: idIn(2), session: { id: made.id, forkSeq: made.forkSeq }, parent: { id: idIn(1) } }]);
    const links = new Set(nested.events.nodes.map((event: object) => JSON.stringify(event)));
    expect(links).toEqual(
      new Set([1, 2].map((number) => JSON.stringify({ session: { id: made.id }, operation: { id: idIn(number) } }))),
    );

    const list = `query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: OperationFilter) {
      session(id: $id) { operations(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        edges { cursor node { id session { id } } } pageInfo { hasNextPage hasPreviousPage }
      } }
    }`;
    const listed = async (args: object) => {
      const { edges, pageInfo } = dataOf(await lion.query(list, { id: made.id, ...args })).session.operations;
      return { numbers: edges.map((edge: { node: { id: string } }) => refOf(edge.node.id).number), edges, pageInfo };
    };
    const all = await listed({});
    expect(all.numbers).toEqual([3, 2, 1]);
    expect(new Set(all.edges.map(({ node }: { node: { session: { id: string } } }) => node.session.id))).toEqual(
      new Set([made.id]),
    );
    const cursor = (index: number) => all.edges[index].cursor as string;
    expect(await listed({ first: 1, after: cursor(0) })).toMatchObject({ numbers: [2], pageInfo: { hasNextPage: true } });
    expect(await listed({ last: 1, before: cursor(1) })).toMatchObject({ numbers: [3], pageInfo: { hasPreviousPage: false } });
    expect(await listed({ last: 2 })).toMatchObject({ numbers: [2, 1], pageInfo: { hasPreviousPage: true } });
    expect((await listed({ filter: { kind: ['perform'], topLevel: false } })).numbers).toEqual([2]);
    // The project has each operation once: where it was started.
    const { operations } = dataOf(await lion.query('{ operations { nodes { id } } }'));
    expect(operations.nodes).toHaveLength(3);
  });

  test('what the one writes does not appear in the other, live either', async () => {
    await using lion = await openTestLion();
    const { parent, made } = await twoWays(lion);
    const client = clientOf(lion);
    const seen = { parent: [] as Event[], fork: [] as Event[] };
    const ends = await Promise.all([client.session(parent), client.session(made.id)]);
    const follow = async (id: string, after: number, into: Event[]) => {
      for await (const event of client.followSession(id, { after })) {
        into.push(event);
        if (event.type === 'OperationSucceeded') return;
      }
    };
    const followers = [follow(parent, ends[0]!.lastSeq, seen.parent), follow(made.id, ends[1]!.lastSeq, seen.fork)];
    const [here, there] = await Promise.all([say(lion, made.id), say(lion, parent)]);
    await Promise.all(followers);
    await client.close();
    expect(new Set(seen.fork.map(({ operation }) => operation!.id))).toEqual(new Set([here.id]));
    expect(new Set(seen.parent.map(({ operation }) => operation!.id))).toEqual(new Set([there.id]));
    expect(seen.fork.map(({ seq }) => seq)).toEqual(seen.fork.map((_, index) => ends[1]!.lastSeq + 1 + index));
  });

  test('writes as much for a past of 10 events as for one of 10,000', async () => {
    await using lion = await openTestLion();
    const written: Record<string, number>[] = [];
    for (const length of [10, 10_000]) {
      const { id } = await clientOf(lion).createSession();
      const sessionId = id as SessionId;
      const change = {
        type: 'SessionUpdated' as const,
        operation: null,
        payload: { title: null, metadata: {}, expiresAt: null, onBusy: 'PARALLEL' as const },
      };
      await lion.lion.journal.append({ sessionId, decide: (draft) => draft.append(...upTo(length - 1).map(() => change)) });
      const before = await allRows(lion);
      const made = await fork(lion, { id });
      expect(made.lastSeq).toBe(length + 1);
      const after = await allRows(lion);
      written.push(Object.fromEntries(Object.entries(after).map(([table, rows]) => [table, rows - before[table]!])));
      expect((await followed(lion, made.id)).map(({ seq }) => seq)).toEqual(upTo(length + 1));
    }
    expect(written[1]).toEqual(written[0]);
    expect(written[0]).toEqual({ sessions: 1, heads: 1, forks: 1, operations: 0, steps: 0, events: 1 });
  });

  test('has a title, metadata and a time to live of its own, or those of the session', async () => {
    await using lion = await openTestLion();
    const client = clientOf(lion);
    const { id } = await client.createSession({ title: 'One', metadata: { a: 1 }, ttlSeconds: 60 });
    const alike = await fork(lion, { id });
    expect(alike).toMatchObject({ title: 'One', metadata: { a: 1 }, status: 'ACTIVE', lastSeq: 2, usage: { outputTokens: 0 } });
    expect(Date.parse(alike.expiresAt) - Date.parse(alike.createdAt)).toBe(60_000);
    const other = await client.forkSession({ id, title: 'Two', metadata: {}, ttlSeconds: null });
    expect(other).toMatchObject({ title: 'Two', metadata: {}, expiresAt: null, forkSeq: 1 });
    expect(await fork(lion, { id, title: null })).toMatchObject({ title: null, metadata: { a: 1 } });
    await client.updateSession({ id, onBusy: 'QUEUE' });
    expect(await client.forkSession({ id })).toMatchObject({ onBusy: 'QUEUE' });
    const rejecting = await client.forkSession({ id, onBusy: 'REJECT' });
    expect(rejecting).toMatchObject({ onBusy: 'REJECT' });
    expect((await followed(lion, rejecting.id)).at(-1)).toMatchObject({ type: 'SessionForked', onBusy: 'REJECT' });
  });

  test('counts what its own operations used, and shows what those of the past did', async () => {
    await using lion = await openTestLion();
    const { first, made, own, parent } = await twoWays(lion);
    const usageOf = async (id: string) =>
      dataOf(
        await lion.query(`{ session(id: "${id}") { usage { outputTokens } operations { nodes { usage { outputTokens } } } } }`),
      ).session;
    const inFork = await usageOf(made.id);
    expect(inFork.usage.outputTokens).toBe(own.usage.outputTokens);
    expect(inFork.operations.nodes.map(({ usage }: { usage: { outputTokens: number } }) => usage.outputTokens)).toEqual(
      [own, first].map(({ usage }) => usage.outputTokens),
    );
    const { usage } = dataOf(await lion.query('{ usage { usage { outputTokens } } }'));
    expect(usage[0].usage.outputTokens).toBe((await usageOf(parent)).usage.outputTokens + inFork.usage.outputTokens);
  });

  test('costs a session that is none no query', async () => {
    await using lion = await openTestLion();
    const { database } = lion.lion;
    const { query } = database;
    const asked: string[] = [];
    database.query = (sql) => (asked.push(sql.sql), query(sql));
    const { id } = await say(lion);
    await followed(lion, sessionOf(id));
    await lion.query(`{ session(id: "${sessionOf(id)}") { events { nodes { operation { id } } } operations { nodes { id } } } }`);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((sql) => sql.includes('"Fork"'))).toEqual([]);
    await fork(lion, { id: sessionOf(id) }).then((made) => followed(lion, made.id));
    expect(asked.filter((sql) => sql.includes('"Fork"'))).toHaveLength(1);
  });
});

describe('where a session can be forked', () => {
  test('from its first event to its last: past the end is a typed error that says where that is, and 0 is no event', async () => {
    await using lion = await openTestLion();
    const { id } = await say(lion);
    const parent = sessionOf(id);
    const { lastSeq } = (await clientOf(lion).session(parent))!;
    const beyond = await fork(lion, { id: parent, atSeq: lastSeq + 1 });
    expect(beyond).toMatchObject({ __typename: 'ForkBeyondEndError', code: 'FORK_BEYOND_END', lastSeq });
    expect(beyond.message).toContain(`its last one is ${lastSeq}`);
    const none = await lion.query(`mutation { forkSession(input: { id: "${parent}", atSeq: 0 }) { __typename } }`);
    expect(none.errors![0]!.extensions).toMatchObject({ code: 'BAD_INPUT', issues: [{ path: 'input.atSeq' }] });
    const earliest = await fork(lion, { id: parent, atSeq: 1 });
    expect((await followed(lion, earliest.id)).map(({ type }) => type)).toEqual(['SessionCreated', 'SessionForked']);
    expect(refOf((await say(lion, earliest.id)).id).number).toBe(1);
    const latest = await fork(lion, { id: parent, atSeq: lastSeq });
    expect(refOf((await say(lion, latest.id)).id).number).toBe(2);
  });

  test('also once it has expired, and by nobody of another project', async () => {
    await using lion = await openTestLion();
    const { id } = await say(lion);
    const parent = sessionOf(id);
    await lion.lion.journal.append({
      sessionId: parent as SessionId,
      decide: ({ session }) => void (session.expiresAt = session.expiredAt = new Date(0)),
    });
    expect((await clientOf(lion).session(parent))!.status).toBe('EXPIRED');
    const made = await fork(lion, { id: parent });
    expect(made.status).toBe('ACTIVE');
    expect((await say(lion, made.id)).status).toBe('SUCCEEDED');

    const stranger = await otherProject(lion);
    for (const sessionId of [parent, made.id]) {
      expect(await fork(lion, { id: sessionId }, stranger)).toMatchObject({ code: 'SESSION_NOT_FOUND' });
      expect(dataOf(await lion.query(`{ session(id: "${sessionId}") { id } }`, {}, stranger)).session).toBeNull();
      const operationId = id.replace(sessionOf(id).slice('ses_'.length), sessionId.slice('ses_'.length));
      const seen = await lion.query(`{ operation(id: "${operationId}") { id } node(id: "${operationId}") { id } }`, {}, stranger);
      expect(seen.data).toEqual({ operation: null, node: null });
      const changed = await lion.query(
        `mutation { cancelOperation(id: "${operationId}") { ... on Error { code } } }`,
        {},
        stranger,
      );
      expect(changed.data.cancelOperation).toEqual({ code: 'OPERATION_NOT_FOUND' });
    }
    expect(await fork(lion, { id: 'ses_nonsense' })).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });
});

describe('a fork in the midst of an operation', () => {
  test('names it, shows it as it stood then, and does not go on with it', async () => {
    await using lion = await openTestLion({ definitions: [errand] });
    const id = await underWay(lion, 'midst');
    const parent = sessionOf(id);
    const events = await lion.history(parent);
    const waiting = events.at(-1)!.seq;
    const started = events.find(({ type }) => type === 'OperationStarted')!.seq;
    letGo('midst');
    await lion.follow(refOf(id));
    // It has ended by now, and had not by then.
    const made = await fork(lion, { id: parent, atSeq: waiting });
    const queued = await fork(lion, { id: parent, atSeq: started - 1 });
    const running = await fork(lion, { id: parent, atSeq: started });
    const fields = 'id status attempt startedAt finishedAt output { __typename } usage { outputTokens } children { status }';
    const shown = async (sessionId: string, number = 1) =>
      dataOf(await lion.query(`{ operation(id: "op_${sessionId.slice('ses_'.length)}_${number}") { ${fields} } }`)).operation;
    const there = await shown(parent);
    expect(there).toMatchObject({ status: 'SUCCEEDED', children: [{ status: 'SUCCEEDED' }] });
    const here = await shown(made.id);
    expect(here).toEqual({ ...there, id: here.id, status: 'RUNNING', finishedAt: null, output: null });
    expect(here.usage.outputTokens).toBeGreaterThan(0);
    expect(await shown(running.id)).toMatchObject({
      status: 'RUNNING',
      attempt: 1,
      startedAt: there.startedAt,
      usage: { outputTokens: 0 },
      children: [],
    });
    expect(await shown(queued.id)).toMatchObject({ status: 'QUEUED', attempt: 0, startedAt: null, children: [] });
    expect(await shown(running.id, 2)).toBeNull();
    expect(refOf((await say(lion, running.id)).id).number).toBe(2);

    const [told] = (await followed(lion, made.id)).slice(-1) as [Extract<Event, { type: 'SessionForked' }>];
    expect(told).toMatchObject({ type: 'SessionForked', unfinished: [{ id: here.id }] });
    const list = async (filter: string) =>
      dataOf(await lion.query(`{ session(id: "${made.id}") { operations(filter: ${filter}) { nodes { kind status } } } }`))
        .session.operations.nodes;
    expect(await list('{ status: [RUNNING] }')).toEqual([{ kind: 'errand', status: 'RUNNING' }]);
    expect(await list('{ status: [SUCCEEDED] }')).toEqual([{ kind: 'perform', status: 'SUCCEEDED' }]);
    const inParent = dataOf(
      await lion.query(`{ session(id: "${parent}") { operations(filter: { status: [RUNNING] }) { nodes { id } } } }`),
    );
    expect(inParent.session.operations.nodes).toEqual([]);

    // Whoever follows it is told what there is, and then that there is no more.
    const client = clientOf(lion);
    const seqs: number[] = [];
    for await (const { seq } of client.followOperation(here.id)) seqs.push(seq);
    expect(seqs).toEqual(upTo(waiting).filter((seq) => seq > 1));
    const rest: number[] = [];
    for await (const { seq } of client.followOperation(here.id, { after: waiting - 1 })) rest.push(seq);
    expect(rest).toEqual([waiting]);
    for await (const event of client.followOperation(here.id, { after: waiting })) expect(event).toBeUndefined();
    await client.close();
    for (const mutation of ['cancelOperation', 'retryOperation']) {
      const answer = await lion.query(`mutation { ${mutation}(id: "${here.id}") { __typename ... on Error { code message } } }`);
      expect(dataOf(answer)[mutation]).toMatchObject({ __typename: 'OperationOfPastError', code: 'OPERATION_OF_PAST' });
    }
  });

  test('leaves it to run where it was started, and stays as it was made', async () => {
    await using lion = await openTestLion({ definitions: [errand] });
    const id = await underWay(lion, 'later');
    const parent = sessionOf(id);
    const made = await fork(lion, { id: parent });
    const before = await followed(lion, made.id);
    expect(before.at(-1)).toMatchObject({
      type: 'SessionForked',
      unfinished: [{ id: id.replace(parent.slice(4), made.id.slice(4)) }],
    });
    // It holds the session open where it runs, and not where it does not.
    const head = await lion.lion.database.reader.sessionHead.findUniqueOrThrow({ where: { sessionId: made.id } });
    expect(head.unfinished).toBe(0);
    letGo('later');
    await lion.follow(refOf(id));
    expect(await followed(lion, made.id)).toEqual(before);
    expect((await followed(lion, parent)).at(-1)).toMatchObject({ type: 'OperationSucceeded', operation: { id } });
    expect(await remove(lion, made.id)).toBe('DeletedSession');
    expect((await followed(lion, parent)).map(({ seq }) => seq)).toEqual(upTo((await lion.history(parent)).length));
  });
});

test('an operation that waits for a person is cut off by a fork, where nobody can answer it; in its session it goes on', async () => {
  await using lion = await openTestLion();
  const client = clientOf(lion);
  const { id } = await client.select({
    instruction: 'Choose a dinner',
    choices: [{ label: 'Soup' }, { label: 'Bread' }],
    by: 'PERSON',
  });
  const asking = await until('it asks', async () => {
    const operation = await client.operation(id);
    return operation?.status === 'WAITING' && operation;
  });
  const made = await fork(lion, { id: sessionOf(id) });
  const inFork = `op_${made.id.slice(4)}_${refOf(id).number}`;
  expect(await client.operation(inFork)).toMatchObject({ status: 'WAITING', inputRequest: null });
  const input = { name: asking.inputRequest!.name, answer: { selected: ['choice-2'] } };
  await expect(client.answerOperation({ ...input, operationId: inFork })).rejects.toMatchObject({ code: 'OPERATION_OF_PAST' });
  await client.answerOperation({ ...input, operationId: id });
  expect((await lion.follow(refOf(id))).at(-1)!.type).toBe('OperationSucceeded');
  expect(await client.operation(inFork)).toMatchObject({ status: 'WAITING', output: null });
});

test('what a fork found queued waits for no turn in it, also once it has ended where it was started', async () => {
  await using lion = await openTestLion();
  const operation = await say(lion);
  const made = await fork(lion, { id: sessionOf(operation.id), atSeq: 2 });
  const id = `op_${made.id.slice('ses_'.length)}_1`;
  expect(await clientOf(lion).operation(id)).toMatchObject({ status: 'QUEUED', waitsForTurn: false });
});
