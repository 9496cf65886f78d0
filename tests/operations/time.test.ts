import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { dataOf, until } from '../support/api.ts';
import { testClock, type TestClock } from '../support/clock.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const input = z.object({ ms: z.int(), until: z.string().optional() });
const output = z.object({ slept: z.boolean() });

const nap = define({
  kind: 'nap',
  version: 1,
  description: 'Sleeps, for a time or until one.',
  input,
  output,
  async execute({ input: { ms, until }, sleep, step }) {
    await sleep(until === undefined ? ms : new Date(until), { name: 'night' });
    await step('wake', () => null);
    return { slept: true };
  },
});

const consult = define({
  kind: 'consult',
  version: 1,
  description: 'Asks a person, and then sleeps.',
  input,
  output,
  async execute({ input: { ms }, ask, sleep }) {
    await ask('go', { question: 'Go on?', schema: z.boolean() });
    await sleep(ms);
    return { slept: true };
  },
});

const parent = define({
  kind: 'parent',
  version: 1,
  description: 'Has a child that asks.',
  input,
  output,
  execute: ({ input, child }) => child(consult, input),
});

const definitions = [nap, consult, parent];

const stateOf = async (lion: TestLion, id: string) =>
  dataOf(
    await lion.query(
      'query($id: ID!) { operation(id: $id) { status inputRequest { name } error { code } children { id status } } }',
      {
        id,
      },
    ),
  ).operation;

const untilWaiting = (lion: TestLion, id: string) =>
  until(`${id} waits`, async () => (await stateOf(lion, id)).status === 'WAITING');

const answer = async (lion: TestLion, id: string): Promise<void> => {
  const { answerOperation } = dataOf(
    await lion.query(
      `mutation($id: ID!) { answerOperation(input: { operationId: $id, name: "go", answer: true }) { __typename } }`,
      { id },
    ),
  );
  expect(answerOperation.__typename).toBe('Operation');
};

/** Time passes, and whatever is due then is done: the append comes after it, as all go through one queue. */
async function pass(lion: TestLion, clock: TestClock, ms: number): Promise<void> {
  clock.pass(ms);
  await lion.lion.sessions.create(lion.lion.defaultProjectId, {});
}

describe('a sleep', () => {
  test('holds neither slot nor claim, and lasts as long as it is said to', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions, clock, config: { concurrency: 1 } });
    const operation = await lion.start('nap', { ms: dayMs });
    await untilWaiting(lion, operation.id);
    expect(lion.lion.agent.running).toBe(0);
    const row = await lion.lion.database.reader.operation.findFirstOrThrow();
    expect(row).toMatchObject({ nodeId: null, waitingFor: 'TIME' });
    await lion.start('perform', { instruction: 'Bake' }, { waitMs: 30_000 });
    await pass(lion, clock, dayMs - 60_000);
    expect(await stateOf(lion, operation.id)).toMatchObject({ status: 'WAITING', inputRequest: null });
    clock.pass(60_000);
    const events = await lion.follow(operation);
    expect(events.map(({ type }) => type)).toEqual([
      'OperationQueued',
      'OperationStarted',
      'OperationWaiting',
      'OperationResumed',
      'OperationStarted',
      'StepStarted',
      'StepSucceeded',
      'OperationSucceeded',
    ]);
    const { payload, at } = events[2]!;
    expect(payload).toEqual({ reason: 'TIME', names: ['night'], until: expect.any(String) });
    expect(Math.abs(Date.parse((payload as { until: string }).until) - at.getTime() - dayMs)).toBeLessThan(5000);
  });

  test.each([
    ['back', -10 * dayMs],
    ['forward', 10 * dayMs],
  ])('does not mind that the clock is set %s', async (_way, ms) => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions, clock });
    const operation = await lion.start('nap', { ms: hourMs });
    await untilWaiting(lion, operation.id);
    clock.step(ms);
    await pass(lion, clock, hourMs - 60_000);
    expect(await stateOf(lion, operation.id)).toMatchObject({ status: 'WAITING' });
    clock.pass(60_000);
    const events = await lion.follow(operation);
    expect(events.at(-1)!.type).toBe('OperationSucceeded');
    // Whatever the clock did, what comes later never bears an earlier time.
    const times = events.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('until a date goes by the calendar: it follows the clock, as soon as somebody asks what time it is', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions, clock });
    const at = new Date(clock.now().getTime() + dayMs).toISOString();
    const operation = await lion.start('nap', { ms: 0, until: at });
    await untilWaiting(lion, operation.id);
    clock.step(dayMs - hourMs);
    await pass(lion, clock, hourMs - 60_000);
    expect(await stateOf(lion, operation.id)).toMatchObject({ status: 'WAITING' });
    await pass(lion, clock, 60_000);
    expect((await lion.follow(operation)).at(-1)!.type).toBe('OperationSucceeded');
  });

  test('ends in its time over a restart, also when that came meanwhile, and lasts never longer than in all', async () => {
    using scratch = scratchFolder();
    const folder = scratch.path;
    const ids: string[] = [];
    {
      await using lion = await openTestLion({ definitions, folder, leavesWork: true });
      for (const ms of [hourMs, 2 * hourMs]) ids.push((await lion.start('nap', { ms })).id);
      for (const id of ids) await untilWaiting(lion, id);
    }
    const clock = testClock(hourMs + 60_000);
    {
      await using lion = await openTestLion({ definitions, folder, clock, leavesWork: true });
      // Its time came while nobody was there.
      expect((await lion.follow(refOf(ids[0]!))).at(-1)!.type).toBe('OperationSucceeded');
      expect(await stateOf(lion, ids[1]!)).toMatchObject({ status: 'WAITING' });
      await pass(lion, clock, hourMs - 120_000);
      expect(await stateOf(lion, ids[1]!)).toMatchObject({ status: 'WAITING' });
    }
    // Another process, whose clock is ten days behind.
    const late = testClock(-10 * dayMs);
    await using lion = await openTestLion({ definitions, folder, clock: late });
    await pass(lion, late, 2 * hourMs - 60_000);
    expect(await stateOf(lion, ids[1]!)).toMatchObject({ status: 'WAITING' });
    late.pass(60_000);
    expect((await lion.follow(refOf(ids[1]!))).at(-1)!.type).toBe('OperationSucceeded');
  });

  test('that is cancelled ends at once', async () => {
    await using lion = await openTestLion({ definitions });
    const operation = await lion.start('nap', { ms: dayMs });
    await untilWaiting(lion, operation.id);
    await lion.query('mutation($id: ID!) { cancelOperation(id: $id) { __typename } }', { id: operation.id });
    expect((await lion.eventTypes(operation)).at(-1)).toBe('OperationCancelled');
  });
});

describe('timeoutMs', () => {
  test.each([
    ['back', -10 * dayMs],
    ['forward', 10 * dayMs],
  ])('counts the time of a sleep, however the clock is set %s', async (_way, ms) => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions, clock });
    const operation = await lion.start('nap', { ms: dayMs }, { timeoutMs: hourMs });
    await untilWaiting(lion, operation.id);
    clock.step(ms);
    await pass(lion, clock, hourMs - 60_000);
    expect(await stateOf(lion, operation.id)).toMatchObject({ status: 'WAITING' });
    clock.pass(60_000);
    expect((await lion.follow(operation)).at(-1)).toMatchObject({ payload: { error: { code: 'OPERATION_TIMED_OUT' } } });
  });

  test.each(['consult', 'parent'])('does not count the time that a person takes: of a %s', async (kind) => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions, clock });
    const operation = await lion.start(kind, { ms: dayMs }, { timeoutMs: hourMs });
    const asking = await until('a person is asked', async () => {
      const { children, status } = await stateOf(lion, operation.id);
      const id = kind === 'consult' ? operation.id : children[0]?.id;
      return (kind === 'consult' ? status : children[0]?.status) === 'WAITING' && id;
    });
    await pass(lion, clock, 100 * dayMs);
    expect((await stateOf(lion, operation.id)).error).toBeNull();
    await answer(lion, asking);
    await until('it sleeps', async () => (await stateOf(lion, asking)).status === 'WAITING');
    await pass(lion, clock, hourMs - 60_000);
    expect((await stateOf(lion, operation.id)).error).toBeNull();
    clock.pass(60_000);
    expect((await lion.follow(operation)).at(-1)).toMatchObject({
      operation: operation.number,
      payload: { error: { code: 'OPERATION_TIMED_OUT' } },
    });
  });

  test('holds over a restart, less what had passed, without what a person takes meanwhile', async () => {
    using scratch = scratchFolder();
    const folder = scratch.path;
    let clock = testClock();
    let sleeping: string;
    let asking: string;
    {
      await using lion = await openTestLion({ definitions, folder, clock, leavesWork: true });
      ({ id: sleeping } = await lion.start('nap', { ms: dayMs }, { timeoutMs: 2 * hourMs }));
      ({ id: asking } = await lion.start('consult', { ms: dayMs }, { timeoutMs: 2 * hourMs }));
      for (const id of [sleeping, asking]) await untilWaiting(lion, id);
    }
    // One hour later, in another process.
    clock = testClock(hourMs);
    {
      await using lion = await openTestLion({ definitions, folder, clock, leavesWork: true });
      await pass(lion, clock, hourMs - 60_000);
      expect(await stateOf(lion, sleeping)).toMatchObject({ status: 'WAITING' });
      clock.pass(60_000);
      expect((await lion.follow(refOf(sleeping))).at(-1)).toMatchObject({ payload: { error: { code: 'OPERATION_TIMED_OUT' } } });
      await pass(lion, clock, 10 * dayMs);
      await answer(lion, asking);
      await until('it sleeps', async () => {
        const { status, inputRequest } = await stateOf(lion, asking);
        return status === 'WAITING' && inputRequest === null;
      });
      await pass(lion, clock, hourMs);
    }
    // A third one: of its two hours it has used one.
    clock = testClock(10 * dayMs + 3 * hourMs);
    {
      await using lion = await openTestLion({ definitions, folder, clock, leavesWork: true });
      await pass(lion, clock, hourMs - 60_000);
      expect(await stateOf(lion, asking)).toMatchObject({ status: 'WAITING' });
    }
    // A fourth one, whose clock is far behind: what is left is not more than there was in all.
    clock = testClock(-100 * dayMs);
    await using lion = await openTestLion({ definitions, folder, clock });
    expect(await stateOf(lion, asking)).toMatchObject({ status: 'WAITING' });
    clock.pass(2 * hourMs);
    expect((await lion.follow(refOf(asking))).at(-1)).toMatchObject({ payload: { error: { code: 'OPERATION_TIMED_OUT' } } });
  });
});

describe('a session', () => {
  const ttlSeconds = 24 * 3600;
  const statusOf = async (lion: TestLion, id: string) =>
    dataOf(await lion.query('query($id: ID!) { session(id: $id) { status expiresAt } }', { id })).session;

  test('expires about in its time although the clock is set back', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock, config: { sweepMs: 10 } });
    const id = await lion.lion.sessions.create(lion.lion.defaultProjectId, { ttlSeconds });
    clock.step(-1000 * dayMs);
    await pass(lion, clock, dayMs - hourMs);
    expect(await statusOf(lion, id)).toMatchObject({ status: 'ACTIVE' });
    // Time is a little slow while it is ahead of the clock.
    await pass(lion, clock, 0.2 * dayMs);
    await until('it has expired', async () => (await statusOf(lion, id)).status === 'EXPIRED');
  });

  test('whose time was written by a clock that was far ahead gets its usual time with the next use', async () => {
    using scratch = scratchFolder();
    const folder = scratch.path;
    const clock = testClock(1000 * dayMs);
    let id: string;
    {
      await using lion = await openTestLion({ folder, clock });
      id = await lion.lion.sessions.create(lion.lion.defaultProjectId, { ttlSeconds });
    }
    await using lion = await openTestLion({ folder });
    await lion.start('perform', { instruction: 'Bake' }, { sessionId: id, waitMs: 30_000 });
    const { expiresAt } = await statusOf(lion, id);
    expect(Date.parse(expiresAt)).toBeLessThan(Date.now() + dayMs + 60_000);
  });

  test('is not deleted because the clock is set forward: it expires, and can be revived', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock, config: { sweepMs: 10, sessionRetentionSeconds: 3600 } });
    const id = await lion.lion.sessions.create(lion.lion.defaultProjectId, { ttlSeconds });
    const old = await lion.lion.sessions.create(lion.lion.defaultProjectId, { ttlSeconds: 1 });
    const marked = (session: string) =>
      until('it is marked', async () => (await lion.history(session)).some(({ type }) => type === 'SessionExpired'));
    await pass(lion, clock, 2000);
    await marked(old);
    clock.step(1000 * dayMs);
    await marked(id);
    await pass(lion, clock, hourMs - 60_000);
    // Two more sweeps have looked.
    const other = await lion.lion.sessions.create(lion.lion.defaultProjectId, { ttlSeconds: 1 });
    await pass(lion, clock, 2000);
    await marked(other);
    expect(await statusOf(lion, id)).toMatchObject({ status: 'EXPIRED' });
    expect(await statusOf(lion, old)).toMatchObject({ status: 'EXPIRED' });
    await lion.lion.sessions.update({ projectId: lion.lion.defaultProjectId }, id, { ttlSeconds });
    await pass(lion, clock, 120_000);
    await until('what expired first is deleted in its time', async () => (await statusOf(lion, old)) === null);
    expect(await statusOf(lion, id)).toMatchObject({ status: 'ACTIVE' });
  });
});
