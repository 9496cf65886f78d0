import { describe, expect, test } from 'vitest';
import { HeldSlot, Slots } from '../../src/agent/slots.ts';
import { dataOf, gate, until } from '../support/api.ts';
import { refOf, type TestLion } from '../support/lion.ts';
import { openProviderLion } from '../support/provider-lion.ts';

const instruction = 'Name a bakery';
const cancel = async (lion: TestLion, id: string): Promise<string> =>
  dataOf(await lion.query('mutation($id: ID!) { cancelOperation(id: $id) { ... on Operation { status } } }', { id }))
    .cancelOperation.status;
const usage = 'usage { inputTokens outputTokens }';
const accounts = async (lion: TestLion, id: string) =>
  dataOf(
    await lion.query(
      `query($id: ID!) { usage { calls ${usage} } operation(id: $id) { status ${usage} session { ${usage} } children { status ${usage} } } }`,
      {
        id,
      },
    ),
  );

describe('what a model call has used that is broken off from outside', () => {
  test('by a cancel, is booked with it: on the child, its parent, the session, and the day', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const { id } = await test.start('run', { instruction });
    const request = await provider.nextRequest();
    request.writeText('{"ideas":[{"title":"The Golden Crust","description":"A bakery","rationale":"It');
    const ref = refOf(id);
    await until('some of it was seen', async () =>
      (await test.history(ref.sessionId)).some(({ type }) => type === 'StepStarted'),
    );
    // The bytes are on their way to the one that reads them.
    await until('it was counted', () => test.lion.agent.running === 2);
    request.writeText(' smells good."}');
    await until('the idea was seen', async () => (await test.history(ref.sessionId)).some(({ type }) => type === 'IdeaProposed'));
    expect(await cancel(test, id)).toBe('CANCELLED');
    const { operation, usage: ofProject } = await accounts(test, id);
    const used = operation.children[0].usage as { inputTokens: string; outputTokens: string };
    expect(Number(used.inputTokens)).toBeGreaterThan(20);
    expect(Number(used.outputTokens)).toBeGreaterThan(15);
    expect(operation).toMatchObject({ status: 'CANCELLED', usage: used, session: { usage: used } });
    expect(ofProject).toEqual([{ calls: expect.anything(), usage: used }]);
    expect(Number(ofProject[0].calls)).toBe(1);
    await request.closed;
    await until('all work has ended', () => test.lion.agent.running === 0);
    // Nothing is added later, and what was produced can be read.
    expect((await accounts(test, id)).operation.usage).toEqual(used);
    const types = (await test.history(ref.sessionId)).map(({ type }) => type);
    expect(types).toContain('IdeaProposed');
    expect(types.slice(-3)).toEqual(['StepFailed', 'OperationCancelled', 'OperationCancelled']);
  });

  test('by the timeout of the operation, is booked with its failure', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const operation = await test.start('perform', { instruction }, { timeoutMs: 1500 });
    const request = await provider.nextRequest();
    request.writeText('The Golden Crust, as its bread is known for it, and ');
    expect((await test.eventTypes(operation)).slice(-2)).toEqual(['StepFailed', 'OperationFailed']);
    const { operation: ended } = await accounts(test, operation.id);
    expect(ended.status).toBe('FAILED');
    expect(Number(ended.usage.outputTokens)).toBeGreaterThan(5);
    await request.closed;
  });

  test('by a stop, is booked with the handing back', async () => {
    await using lion = await openProviderLion({ leavesWork: true });
    const { provider, test } = lion;
    const operation = await test.start('perform', { instruction });
    const request = await provider.nextRequest();
    request.writeText('The Golden Crust, as its bread is known for it, and ');
    await until('text was seen', async () => (await test.history(operation.sessionId)).some(({ type }) => type === 'TextDelta'));
    await test.lion.agent.stop({ workMs: 0, unwindMs: 5000 });
    const { operation: handedBack } = await accounts(test, operation.id);
    expect(handedBack.status).toBe('QUEUED');
    expect(Number(handedBack.usage.outputTokens)).toBeGreaterThan(5);
  });
});

describe('a cancel ends at once', () => {
  test('the wait for the next try', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const operation = await test.start('perform', { instruction });
    (await provider.nextRequest()).fail(503, { 'retry-after': '30' });
    await until('it waits', async () => (await test.history(operation.sessionId)).some(({ type }) => type === 'StepRetrying'));
    expect(await cancel(test, operation.id)).toBe('CANCELLED');
    await until('nothing is left of it', () => test.lion.agent.running === 0);
    expect(provider.requests).toHaveLength(1);
  });

  test('the wait for a turn at the provider, which the next one gets', async () => {
    await using lion = await openProviderLion({ config: { modelLimits: 'openai-compatible: 1 concurrent' } });
    const { provider, test } = lion;
    const first = await test.start('perform', { instruction });
    const request = await provider.nextRequest();
    const second = await test.start('perform', { instruction });
    await until('it waits', async () => (await test.history(second.sessionId)).some(({ type }) => type === 'StepWaiting'));
    expect(await cancel(test, second.id)).toBe('CANCELLED');
    await until('nothing is left of it', () => test.lion.agent.running === 1);
    const third = await test.start('perform', { instruction });
    request.writeText('One.');
    request.finish();
    const next = await provider.nextRequest();
    next.writeText('Three.');
    next.finish();
    for (const operation of [first, third]) expect((await test.eventTypes(operation)).at(-1)).toBe('OperationSucceeded');
    expect(provider.requests).toHaveLength(2);
  });

  test('the wait for a slot to go on with, which is then free for others', async () => {
    const slots = new Slots(1, () => {});
    const controller = new AbortController();
    const signal = new AbortController().signal;
    expect(slots.tryTake()).toBe(true);
    const parent = new HeldSlot(slots, controller.signal);
    const child = gate();
    const waiting = parent.wait(child.opened);
    await until('another takes the slot', () => slots.tryTake());
    const other = new HeldSlot(slots, signal);
    child.open();
    controller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    parent.end();
    expect(slots.free).toBe(0);
    other.end();
    await until('the slot is free', () => slots.free === 1);
  });
});
