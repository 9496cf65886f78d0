import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import type { StoredEvent } from '../../src/history/event.ts';
import type { SessionId } from '../../src/ids.ts';
import { endIn } from '../../src/operations/attempt.ts';
import { OpenCalls } from '../../src/operations/open-calls.ts';
import { define } from '../../src/operations/definition.ts';
import { clientOf } from '../forks/forking.ts';
import { dataOf, until } from '../support/api.ts';
import { gate, untilAborted, type Gate } from '../support/gate.ts';
import { openTestLion, refOf, type TestLion, type TestLionOptions } from '../support/lion.ts';
import { random } from '../support/random.ts';

/** A Lion with a kind `task` that ends when the test says so, or at once where it was given no gate. */
async function openTaskLion(options: TestLionOptions = {}) {
  const gates = new Map<string, Gate>();
  const aborted: string[] = [];
  const task = define({
    kind: 'task',
    version: 1,
    description: 'Does what the test says.',
    input: z.object({ name: z.string(), parts: z.array(z.string()).default([]) }),
    output: z.object({ done: z.string() }),
    async execute({ input: { name, parts }, step, child }) {
      await Promise.all(parts.map((part) => child('task', { name: part, parts: [] }, { name: part })));
      await step('work', async ({ signal }) => {
        if (name === 'fails') throw new Error('as the test says');
        gates.get(name)?.reach();
        await Promise.race([gates.get(name)?.opened, untilAborted(signal)]).catch((error: unknown) => {
          aborted.push(name);
          throw error;
        });
      });
      return { done: name };
    },
  });
  const lion = await openTestLion({ ...options, definitions: [task] });
  const hold = (name: string): Gate => {
    const held = gate();
    gates.set(name, held);
    return held;
  };
  return { lion, hold, aborted, [Symbol.asyncDispose]: () => lion[Symbol.asyncDispose]() };
}

interface Answer {
  __typename: string;
  id: string;
  status: string;
  waitsForTurn: boolean;
  code?: string;
  message?: string;
  inTheWay?: { id: string } | null;
}

const fields = `__typename ... on Operation { id status waitsForTurn } ... on Error { code message } ... on SessionBusyError { inTheWay: operation { id } }`;

const startTask = async (lion: TestLion, name: string, options: object, parts?: string[]): Promise<Answer> =>
  dataOf(
    await lion.query(
      `mutation($input: TaskInput!, $options: OperationOptions) { task(input: $input, options: $options) { ${fields} } }`,
      {
        input: { name, ...(parts && { parts }) },
        options,
      },
    ),
  ).task as Answer;

const createSession = async (lion: TestLion, input: object = {}): Promise<string> =>
  dataOf(
    await lion.query(`mutation($input: CreateSessionInput!) { createSession(input: $input) { ... on Session { id } } }`, {
      input,
    }),
  ).createSession.id as string;

const updateSession = async (lion: TestLion, input: object): Promise<{ onBusy: string }> =>
  dataOf(
    await lion.query(`mutation($input: UpdateSessionInput!) { updateSession(input: $input) { ... on Session { onBusy } } }`, {
      input,
    }),
  ).updateSession as { onBusy: string };

const cancel = async (lion: TestLion, id: string): Promise<Answer> =>
  dataOf(
    await lion.query(
      `mutation($id: ID!) { cancelOperation(id: $id) { __typename ... on Operation { id status waitsForTurn } } }`,
      { id },
    ),
  ).cancelOperation as Answer;

const retry = async (lion: TestLion, id: string, onBusy?: string): Promise<Answer> =>
  dataOf(
    await lion.query(`mutation($id: ID!, $onBusy: OnBusy) { retryOperation(id: $id, onBusy: $onBusy) { ${fields} } }`, {
      id,
      onBusy,
    }),
  ).retryOperation as Answer;

const read = async (lion: TestLion, id: string): Promise<Answer & { error: { code: string } | null }> =>
  dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { id status waitsForTurn error { code } } }`, { id })).operation;

const untilStatus = (lion: TestLion, id: string, status: string) =>
  until(`${id} is ${status}`, async () => {
    const operation = await read(lion, id);
    return operation.status === status && operation;
  });

const untilIdle = (lion: TestLion, sessionId: string) =>
  until('all of the session has ended', async () => {
    const { session } = dataOf(
      await lion.query(
        `query($id: ID!) { session(id: $id) { operations(first: 1, filter: { status: [QUEUED, RUNNING, WAITING] }) { nodes { id } } } }`,
        { id: sessionId },
      ),
    );
    return session.operations.nodes.length === 0;
  });

const fifty = Array.from({ length: 50 }, (_, index) => `task ${index}`);
const numberOf = (id: string): number => refOf(id).number;

/** When each operation was queued, first started, and ended, by the history. */
function timesOf(
  events: readonly StoredEvent[],
): Map<number, { queued: number; started?: number; ended?: number; how?: string }> {
  const times = new Map<number, { queued: number; started?: number; ended?: number; how?: string }>();
  for (const { type, operation, seq } of events) {
    if (operation === null) continue;
    if (type === 'OperationQueued') times.set(operation, { queued: seq });
    if (type === 'OperationStarted') times.get(operation)!.started ??= seq;
    if (['OperationSucceeded', 'OperationFailed', 'OperationCancelled'].includes(type))
      Object.assign(times.get(operation)!, { ended: seq, how: type });
  }
  return times;
}

/** Starts and ends of operations, in order: `2 started`. */
const courseOf = (events: readonly StoredEvent[]): string[] =>
  events.flatMap(({ type, operation }) => {
    const word = /^Operation(Queued|Started|Succeeded|Failed|Cancelled)$/.exec(type)?.[1];
    return word === undefined ? [] : [`${operation} ${word.toLowerCase()}`];
  });

describe('fifty starts at once', () => {
  it('with QUEUE run one at a time, in order', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const held = tasks.hold('task 7');
    const answers = await Promise.all(fifty.map((name) => startTask(lion, name, { sessionId, onBusy: 'QUEUE' })));
    expect(new Set(answers.map(({ __typename }) => __typename))).toEqual(new Set(['Operation']));
    await held.reached;
    const waiting = await Promise.all(answers.map(async ({ id }) => ((await read(lion, id)).waitsForTurn ? [numberOf(id)] : [])));
    const inWork = numberOf(answers[7]!.id);
    // Those behind the one that is held wait for their turn, and nobody else does.
    expect(waiting.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 - inWork }, (_, n) => inWork + n + 1));
    expect(lion.lion.agent.running).toBe(1);
    held.open();
    await untilIdle(lion, sessionId);
    const course = courseOf(await lion.history(sessionId)).filter((line) => !line.endsWith('queued'));
    expect(course).toEqual(Array.from({ length: 50 }, (_, n) => [`${n + 1} started`, `${n + 1} succeeded`]).flat());
  });

  it('with REJECT are one that runs, and 49 errors that name it', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const gates = fifty.map((name) => tasks.hold(name));
    const answers = await Promise.all(fifty.map((name) => startTask(lion, name, { sessionId, onBusy: 'REJECT' })));
    const [winner, ...others] = answers.filter(({ __typename }) => __typename === 'Operation');
    expect(others).toEqual([]);
    const refused = answers.filter(({ code }) => code === 'SESSION_BUSY');
    expect(refused).toHaveLength(49);
    for (const { __typename, inTheWay, message } of refused) {
      expect(__typename).toBe('SessionBusyError');
      expect(inTheWay).toEqual({ id: winner!.id });
      expect(message).toContain(winner!.id);
    }
    for (const { open } of gates) open();
    await untilStatus(lion, winner!.id, 'SUCCEEDED');
    expect(courseOf(await lion.history(sessionId))).toEqual(['1 queued', '1 started', '1 succeeded']);
    expect((await startTask(lion, 'next', { sessionId, onBusy: 'REJECT', waitMs: 30_000 })).status).toBe('SUCCEEDED');
  });

  it('with CANCEL_PREVIOUS are one that survives, and 49 that were cancelled by a later one', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const gates = fifty.map((name) => tasks.hold(name));
    const answers = await Promise.all(fifty.map((name) => startTask(lion, name, { sessionId, onBusy: 'CANCEL_PREVIOUS' })));
    const last = answers.find(({ id }) => numberOf(id) === 50)!;
    await untilStatus(lion, last.id, 'RUNNING');
    for (const { open } of gates) open();
    await untilStatus(lion, last.id, 'SUCCEEDED');
    const events = await lion.history(sessionId);
    const times = timesOf(events);
    expect([...times].filter(([, { how }]) => how === 'OperationCancelled').map(([number]) => number)).toEqual(
      Array.from({ length: 49 }, (_, n) => n + 1),
    );
    for (let number = 1; number < 50; number++) {
      const next = times.get(number + 1)!;
      expect(times.get(number)!.ended).toBe(next.queued + 1);
      expect(next.started ?? Infinity).toBeGreaterThan(times.get(number)!.ended!);
    }
    for (const { type, operation, payload } of events)
      if (type === 'OperationCancelled')
        expect(payload).toEqual({
          by: `operation op_${sessionId.slice(4)}_${operation! + 1}, started with CANCEL_PREVIOUS by the key "test"`,
        });
  });

  it('with PARALLEL, which is the default, all run beside each other', async () => {
    await using tasks = await openTaskLion({ config: { concurrency: 50 } });
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const gates = fifty.map((name) => tasks.hold(name));
    await Promise.all(fifty.map((name, index) => startTask(lion, name, { sessionId, ...(index % 2 && { onBusy: 'PARALLEL' }) })));
    await Promise.all(gates.map(({ reached }) => reached));
    expect(lion.lion.agent.running).toBe(50);
    for (const { open } of gates) open();
    await untilIdle(lion, sessionId);
  });
});

describe('QUEUE', () => {
  it('waits for all that were started before it, and for nothing that came later; PARALLEL waits for nobody', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const [first, beside, queued, later] = ['first', 'beside', 'queued', 'later'].map((name) => tasks.hold(name));
    await startTask(lion, 'first', { sessionId });
    await startTask(lion, 'beside', { sessionId });
    const second = await startTask(lion, 'queued', { sessionId, onBusy: 'QUEUE' });
    expect(second).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    await startTask(lion, 'later', { sessionId });
    await later!.reached;
    const third = await startTask(lion, 'last', { sessionId, onBusy: 'QUEUE' });
    first!.open();
    await untilStatus(lion, second.id.replace(/_\d+$/, '_1'), 'SUCCEEDED');
    expect(await read(lion, second.id)).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    beside!.open();
    // What came later is still at work.
    await queued!.reached;
    queued!.open();
    await untilStatus(lion, second.id, 'SUCCEEDED');
    expect(await read(lion, third.id)).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    later!.open();
    await untilStatus(lion, third.id, 'SUCCEEDED');
  });

  it('goes on past one that is cancelled while it waits, which starts nothing ahead of its time', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy: 'QUEUE' });
    const held = tasks.hold('held');
    await startTask(lion, 'held', { sessionId });
    const second = await startTask(lion, 'second', { sessionId });
    const third = await startTask(lion, 'third', { sessionId });
    expect(await cancel(lion, second.id)).toMatchObject({ status: 'CANCELLED', waitsForTurn: false });
    expect(await read(lion, third.id)).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    held.open();
    await untilStatus(lion, third.id, 'SUCCEEDED');
    expect(courseOf(await lion.history(sessionId)).slice(3)).toEqual([
      '3 queued',
      '2 cancelled',
      '1 succeeded',
      '3 started',
      '3 succeeded',
    ]);
  });

  it('goes on when what is in work is cancelled or fails', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy: 'QUEUE' });
    tasks.hold('held');
    const first = await startTask(lion, 'held', { sessionId });
    const second = await startTask(lion, 'fails', { sessionId });
    const third = await startTask(lion, 'third', { sessionId });
    await cancel(lion, first.id);
    await untilStatus(lion, third.id, 'SUCCEEDED');
    expect(await read(lion, second.id)).toMatchObject({ status: 'FAILED', error: { code: 'INTERNAL' } });
  });

  it('counts the time of its turn in timeoutMs: what does not come to its turn in time fails, and no other one starts', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy: 'QUEUE' });
    const held = tasks.hold('held');
    await startTask(lion, 'held', { sessionId });
    const second = await startTask(lion, 'second', { sessionId, timeoutMs: 50 });
    const third = await startTask(lion, 'third', { sessionId });
    const failed = await untilStatus(lion, second.id, 'FAILED');
    expect(failed.error).toEqual({ code: 'OPERATION_TIMED_OUT' });
    expect(await read(lion, third.id)).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    held.open();
    await untilStatus(lion, third.id, 'SUCCEEDED');
    expect(courseOf(await lion.history(sessionId))).not.toContain('2 started');
  });

  it('of one session keeps no other session from the only slot', async () => {
    await using tasks = await openTaskLion({ config: { concurrency: 1 } });
    const { lion } = tasks;
    const [long, other] = [await createSession(lion, { onBusy: 'QUEUE' }), await createSession(lion)];
    const held = tasks.hold('held');
    await startTask(lion, 'held', { sessionId: long });
    for (let index = 0; index < 5; index++) await startTask(lion, `waiting ${index}`, { sessionId: long });
    const elsewhere = await startTask(lion, 'elsewhere', { sessionId: other });
    held.open();
    await Promise.all([untilIdle(lion, long), untilIdle(lion, other)]);
    const ended = async (id: string) => (await lion.history(id)).filter(({ type }) => type === 'OperationSucceeded');
    const [first, second] = await ended(long);
    const [only] = await ended(other);
    expect(elsewhere.status).toBe('QUEUED');
    expect(only!.at.getTime()).toBeGreaterThanOrEqual(first!.at.getTime());
    expect(only!.at.getTime()).toBeLessThanOrEqual(second!.at.getTime());
  });

  it('holds its session open for as long as anything waits', async () => {
    await using tasks = await openTaskLion({ config: { sweepMs: 20 } });
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy: 'QUEUE', ttlSeconds: 1 });
    const held = tasks.hold('held');
    await startTask(lion, 'held', { sessionId });
    const second = await startTask(lion, 'second', { sessionId });
    const session = async () =>
      dataOf(await lion.query(`query($id: ID!) { session(id: $id) { status expiresAt } }`, { id: sessionId })).session as {
        status: string;
        expiresAt: string;
      };
    await until('its time is over', async () => new Date((await session()).expiresAt) < new Date());
    expect((await session()).status).toBe('ACTIVE');
    held.open();
    await untilStatus(lion, second.id, 'SUCCEEDED');
    await until('it expires', async () => (await session()).status === 'EXPIRED');
    const refused = await startTask(lion, 'third', { sessionId, onBusy: 'REJECT' });
    expect(refused.code).toBe('SESSION_EXPIRED');
  });
});

describe('CANCEL_PREVIOUS', () => {
  it('cancels what runs with its children, and what waits, whatever else is started meanwhile', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const part = tasks.hold('part');
    await startTask(lion, 'whole', { sessionId }, ['part']);
    await part.reached;
    const queued = await startTask(lion, 'queued', { sessionId, onBusy: 'QUEUE' });
    const other = tasks.hold('other');
    const elsewhere = await startTask(lion, 'other', {});
    const fourth = await startTask(lion, 'fourth', { sessionId, onBusy: 'CANCEL_PREVIOUS' });
    await untilStatus(lion, fourth.id, 'SUCCEEDED');
    expect(tasks.aborted).toEqual(['part']);
    expect(courseOf(await lion.history(sessionId))).toEqual([
      '1 queued',
      '1 started',
      '2 queued',
      '2 started',
      '3 queued',
      '4 queued',
      '2 cancelled',
      '1 cancelled',
      '3 cancelled',
      '4 started',
      '4 succeeded',
    ]);
    expect(numberOf(queued.id)).toBe(3);
    expect((await read(lion, elsewhere.id)).status).toBe('RUNNING');
    other.open();
    await untilStatus(lion, elsewhere.id, 'SUCCEEDED');
  });
});

describe('the default of a session', () => {
  it('is told of in the session and in its history, and can be changed', async () => {
    await using lion = await openTestLion();
    const id = await createSession(lion, { onBusy: 'REJECT' });
    expect(await updateSession(lion, { id, onBusy: 'QUEUE' })).toEqual({ onBusy: 'QUEUE' });
    expect(await updateSession(lion, { id, title: 'Queued' })).toEqual({ onBusy: 'QUEUE' });
    expect(await updateSession(lion, { id, onBusy: null })).toEqual({ onBusy: 'PARALLEL' });
    const { session } = dataOf(
      await lion.query(
        `query($id: ID!) { session(id: $id) { onBusy events { nodes { ... on SessionCreated { onBusy } ... on SessionUpdated { onBusy } } } } }`,
        { id },
      ),
    );
    expect(session.onBusy).toBe('PARALLEL');
    expect(session.events.nodes.map(({ onBusy }: { onBusy: string }) => onBusy)).toEqual([
      'REJECT',
      'QUEUE',
      'QUEUE',
      'PARALLEL',
    ]);
    expect(
      dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { onBusy } } }')).createSession.onBusy,
    ).toBe('PARALLEL');
  });

  it('holds for what says nothing else', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy: 'REJECT' });
    const held = tasks.hold('held');
    const first = await startTask(lion, 'held', { sessionId });
    expect((await startTask(lion, 'second', { sessionId })).inTheWay).toEqual({ id: first.id });
    expect((await startTask(lion, 'third', { sessionId, onBusy: null })).inTheWay).toEqual({ id: first.id });
    expect((await startTask(lion, 'fourth', { sessionId, onBusy: 'PARALLEL', waitMs: 30_000 })).status).toBe('SUCCEEDED');
    held.open();
    await untilIdle(lion, sessionId);
  });

  it.each(['REJECT', 'CANCEL_PREVIOUS', 'QUEUE'])('%s does not count what an operation starts itself', async (onBusy) => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion, { onBusy });
    const whole = await startTask(lion, 'whole', { sessionId, waitMs: 30_000 }, ['a', 'b']);
    expect(whole.status).toBe('SUCCEEDED');
    expect((await startTask(lion, 'another', { sessionId, waitMs: 30_000 })).status).toBe('SUCCEEDED');
  });

  it('counts for a start that shares a commit with its change', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    for (const name of ['a', 'b', 'c']) {
      tasks.hold(name);
      await startTask(lion, name, { sessionId });
    }
    const { sessions, defaultProjectId } = lion.lion;
    // Appended in the same turn of the event loop: one batch.
    const changed = sessions.update({ projectId: defaultProjectId }, sessionId, { onBusy: 'CANCEL_PREVIOUS' });
    const last = lion.start('task', { name: 'last' }, { sessionId });
    await changed;
    await untilStatus(lion, (await last).id, 'SUCCEEDED');
    expect(courseOf(await lion.history(sessionId)).filter((line) => line.endsWith('cancelled'))).toHaveLength(3);
  });
});

it('what is in the way when another one ends in the same commit is found', async () => {
  await using tasks = await openTaskLion();
  const { lion } = tasks;
  const sessionId = await createSession(lion);
  tasks.hold('first');
  const held = tasks.hold('second');
  const first = await startTask(lion, 'first', { sessionId });
  const second = await startTask(lion, 'second', { sessionId });
  // From then on it appends nothing by itself.
  await until(
    'both are in their steps',
    async () => (await lion.history(sessionId)).filter(({ type }) => type === 'StepStarted').length === 2,
  );
  // Appended in the same turn of the event loop: one batch.
  const { number } = refOf(first.id);
  const failed = lion.lion.journal.append({
    sessionId: sessionId as SessionId,
    operations: [number],
    withFamily: true,
    decide(draft) {
      const error = { code: 'TEST', message: 'as the test says', retryable: false };
      endIn(draft, draft.operation(number)!, { status: 'FAILED', error }, new OpenCalls());
    },
  });
  const refused = lion.start('task', { name: 'third' }, { sessionId, onBusy: 'REJECT' }).catch((error: unknown) => error);
  expect((await failed).events.map(({ type }) => type)).toEqual(['OperationFailed']);
  expect(await refused).toMatchObject({ code: 'SESSION_BUSY', operation: refOf(second.id) });
  held.open();
  await untilIdle(lion, sessionId);
});

describe('retryOperation', () => {
  it('keeps to the order of the session: as the first was told, or as it is told itself', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    tasks.hold('first');
    const first = await startTask(lion, 'first', { sessionId, onBusy: 'REJECT' });
    await cancel(lion, first.id);
    const held = tasks.hold('held');
    const inWork = await startTask(lion, 'held', { sessionId });
    expect(await retry(lion, first.id)).toMatchObject({ code: 'SESSION_BUSY', inTheWay: { id: inWork.id } });
    const queued = await retry(lion, first.id, 'QUEUE');
    expect(queued).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
    const winner = tasks.hold('first');
    const last = await retry(lion, first.id, 'CANCEL_PREVIOUS');
    await winner.reached;
    expect((await read(lion, inWork.id)).status).toBe('CANCELLED');
    expect((await read(lion, queued.id)).status).toBe('CANCELLED');
    winner.open();
    held.open();
    await untilStatus(lion, last.id, 'SUCCEEDED');
  });
});

describe('an idempotency key', () => {
  it('of an operation that is in the way itself finds it, instead of an error', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const held = tasks.hold('held');
    const options = { sessionId, onBusy: 'REJECT', idempotencyKey: 'once' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => startTask(lion, 'held', options)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect((await startTask(lion, 'held', { ...options, onBusy: 'QUEUE' })).code).toBe('IDEMPOTENCY_CONFLICT');
    held.open();
    await untilStatus(lion, answers[0]!.id, 'SUCCEEDED');
    expect((await startTask(lion, 'held', options)).id).toBe(answers[0]!.id);
  });

  it('of a start that was refused is free', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const held = tasks.hold('held');
    const first = await startTask(lion, 'held', { sessionId });
    const options = { sessionId, onBusy: 'REJECT', idempotencyKey: 'once', waitMs: 30_000 };
    expect((await startTask(lion, 'next', options)).code).toBe('SESSION_BUSY');
    held.open();
    await untilStatus(lion, first.id, 'SUCCEEDED');
    expect((await startTask(lion, 'next', options)).status).toBe('SUCCEEDED');
  });

  it('of one that cancels cancels nothing when it is repeated', async () => {
    await using tasks = await openTaskLion();
    const { lion } = tasks;
    const sessionId = await createSession(lion);
    const options = { sessionId, onBusy: 'CANCEL_PREVIOUS', idempotencyKey: 'once', waitMs: 30_000 };
    const first = await startTask(lion, 'first', options);
    const held = tasks.hold('held');
    const second = await startTask(lion, 'held', { sessionId });
    expect((await startTask(lion, 'first', options)).id).toBe(first.id);
    held.open();
    await untilStatus(lion, second.id, 'SUCCEEDED');
  });
});

test('SessionBusyError is a member of the result of every kind', async () => {
  await using tasks = await openTaskLion();
  const { __schema } = dataOf(
    await tasks.lion.query(
      `{ __schema { mutationType { fields { name args { name } type { ofType { possibleTypes { name } } } } } } }`,
    ),
  );
  interface Field {
    name: string;
    args: { name: string }[];
    type: { ofType: { possibleTypes: { name: string }[] } };
  }
  const starting = (__schema.mutationType.fields as Field[]).filter(({ args }) => args.some(({ name }) => name === 'options'));
  expect(starting.map(({ name }) => name)).toEqual(['brainstorm', 'plan', 'select', 'perform', 'run', 'task']);
  for (const { type } of starting) expect(type.ofType.possibleTypes).toContainEqual({ name: 'SessionBusyError' });
});

/** What holds of any course of things, by the history alone. */
function expectOrder(events: readonly StoredEvent[], modes: ReadonlyMap<number, string>): void {
  const times = timesOf(events);
  for (const [number, { queued, started = Infinity }] of times) {
    const before = [...times].filter(([other]) => other < number);
    const mode = modes.get(number);
    const unfinishedAt = (seq: number) => before.filter(([, { ended = Infinity }]) => ended > seq).map(([other]) => other);
    if (mode === 'REJECT') expect({ number, busy: unfinishedAt(queued) }).toEqual({ number, busy: [] });
    if (mode !== 'PARALLEL' && started < Infinity) expect({ number, busy: unfinishedAt(started) }).toEqual({ number, busy: [] });
  }
}

test.each([11, 12, 13])('whatever is started and cancelled at once, the order holds (seed %i)', async (seed) => {
  await using tasks = await openTaskLion({ config: { concurrency: 4 } });
  const { lion } = tasks;
  const next = random(seed);
  const sessionId = await createSession(lion);
  const modes = new Map<number, string>();
  const all = ['PARALLEL', 'QUEUE', 'QUEUE', 'REJECT', 'CANCEL_PREVIOUS'];
  for (let round = 0; round < 3; round++) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const mode = all[Math.floor(next() * all.length)]!;
        const cancels = next() < 0.3;
        const { id, code } = await startTask(lion, `${round}.${index}`, { sessionId, onBusy: mode });
        if (code !== undefined) return expect({ mode, code }).toEqual({ mode: 'REJECT', code: 'SESSION_BUSY' });
        modes.set(numberOf(id), mode);
        if (cancels) await cancel(lion, id);
      }),
    );
  }
  await untilIdle(lion, sessionId);
  expectOrder(await lion.history(sessionId), modes);
});

it('what waits for a person is in the way of what comes after it, and goes on in its place', async () => {
  const asks = define({
    kind: 'asks',
    version: 1,
    description: 'Asks a person.',
    input: z.object({ name: z.string() }),
    output: z.object({ done: z.boolean() }),
    execute: async ({ ask }) => ({
      done: (await ask('sure', { question: 'Sure?', schema: z.object({ yes: z.boolean() }) })).yes,
    }),
  });
  await using lion = await openTestLion({ definitions: [asks] });
  const sessionId = await createSession(lion, { onBusy: 'QUEUE' });
  const start = (name: string, options: object = {}) => lion.start('asks', { name }, { sessionId, ...options });
  const [first, second] = [await start('first'), await start('second')];
  await untilStatus(lion, first.id, 'WAITING');
  expect(await read(lion, second.id)).toMatchObject({ status: 'QUEUED', waitsForTurn: true });
  await expect(start('third', { onBusy: 'REJECT' })).rejects.toMatchObject({ code: 'SESSION_BUSY', operation: refOf(first.id) });
  const answered = { operationId: first.id, name: 'sure', answer: { yes: true } };
  await clientOf(lion).answerOperation(answered);
  await untilStatus(lion, first.id, 'SUCCEEDED');
  await untilStatus(lion, second.id, 'WAITING');
  const last = await start('last', { onBusy: 'CANCEL_PREVIOUS' });
  expect(await read(lion, second.id)).toMatchObject({ status: 'CANCELLED' });
  await untilStatus(lion, last.id, 'WAITING');
  await expect(clientOf(lion).answerOperation({ ...answered, operationId: second.id })).rejects.toMatchObject({
    code: 'OPERATION_FINISHED',
  });
  await cancel(lion, last.id);
  // It starts once more when it goes on: each start is an attempt.
  expect(courseOf(await lion.history(sessionId)).slice(0, 6)).toEqual([
    '1 queued',
    '1 started',
    '2 queued',
    '1 started',
    '1 succeeded',
    '2 started',
  ]);
});
