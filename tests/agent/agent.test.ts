import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { define, type Context } from '../../src/operations/definition.ts';
import { noUsage } from '../../src/models/usage.ts';
import { OperationError } from '../../src/operations/errors.ts';
import { gate, untilAborted } from '../support/gate.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { ideas, scripted } from '../support/scripted.ts';
import type { OperationRef } from '../../src/ids.ts';

const anything = { input: z.object({ name: z.string() }), output: z.object({ result: z.string() }) };

/** A definition of a test's own. */
const custom = (kind: string, execute: (context: Context<{ name: string }>) => Promise<{ result: string }>, version = 1) =>
  define({ kind, version, description: 'For a test.', ...anything, execute });

const operationOf = ({ lion }: TestLion, { sessionId, number }: OperationRef) =>
  lion.database.reader.operation.findUniqueOrThrow({ where: { sessionId_number: { sessionId, number } } });

describe('slots', () => {
  it('one is enough for a parent with parallel children and their children: who waits gives it up', async () => {
    const leaf = custom('leaf', async ({ input, step }) => ({ result: await step('work', () => input.name) }));
    const middle = custom('middle', async ({ input, child, step }) => {
      const results = await Promise.all(['a', 'b', 'c'].map((name) => child(leaf, { name: `${input.name}${name}` })));
      return { result: await step('join', () => results.map(({ result }) => result).join()) };
    });
    const top = custom('top', async ({ child, step }) => {
      const branch = async (name: string) => {
        const { result } = await child(middle, { name });
        return step(`after ${name}`, () => result);
      };
      return { result: (await Promise.all([branch('x'), branch('y')])).join(';') };
    });
    await using test = await openTestLion({ definitions: [leaf, middle, top], config: { concurrency: 1 } });
    const operation = await test.start('top', { name: 't' });
    await test.follow(operation);
    expect(await operationOf(test, operation)).toMatchObject({ status: 'SUCCEEDED', output: { result: 'xa,xb,xc;ya,yb,yc' } });
  });

  it('bound how many operations are worked on at a time', async () => {
    let working = 0;
    let most = 0;
    const busy = custom('busy', async ({ step }) => {
      await step('work', async () => {
        most = Math.max(most, ++working);
        await new Promise((resolve) => setImmediate(resolve));
        working--;
      });
      return { result: 'done' };
    });
    await using test = await openTestLion({ definitions: [busy], config: { concurrency: 3 } });
    const operations = await Promise.all(Array.from({ length: 20 }, () => test.start('busy', { name: 'b' })));
    for (const operation of operations) await test.follow(operation);
    expect(most).toBe(3);
  });
});

describe('an operation', () => {
  it('tells its history in order, and ends after its children', async () => {
    const answer = { selections: [{ id: 'idea-2', score: 0.9, rationale: 'Best.' }] };
    const plan = { steps: [{ id: 'a', title: 'A', description: 'Do A.', dependsOn: [], doneWhen: 'A is done.' }] };
    await using test = await openTestLion({
      models: scripted([ideas('One', 'Two'), JSON.stringify(answer), JSON.stringify(plan)]),
    });
    const operation = await test.start('run', { instruction: 'Name a bakery', count: 2 });
    const events = await test.follow(operation);
    const kinds = ['run', 'brainstorm', 'select', 'plan'];
    expect(events.map((event) => `${kinds[event.operation! - 1]} ${event.type}`)).toEqual([
      'run OperationQueued',
      'run OperationStarted',
      'brainstorm OperationQueued',
      'brainstorm OperationStarted',
      'brainstorm StepStarted',
      'brainstorm IdeaProposed',
      'brainstorm IdeaProposed',
      'brainstorm StepSucceeded',
      'brainstorm OperationSucceeded',
      'select OperationQueued',
      'select OperationStarted',
      'select StepStarted',
      'select ChoiceScored',
      'select StepSucceeded',
      'select OperationSucceeded',
      'plan OperationQueued',
      'plan OperationStarted',
      'plan StepStarted',
      'plan PlanStepProposed',
      'plan StepSucceeded',
      'plan OperationSucceeded',
      'run OperationSucceeded',
    ]);
    const run = await operationOf(test, operation);
    expect(run).toMatchObject({ inputTokens: 30n, outputTokens: 15n, cost: null });
    expect((run.output as { selectedIdea: { title: string } }).selectedIdea.title).toBe('Two');
  });

  it('asks again with the complaint, and ends in a typed failure that shows what the model said', async () => {
    const models = scripted(['I would rather not', '{"ideas":"none"}', '{"ideas":[{"title":"One"}]}']);
    await using test = await openTestLion({ models });
    const operation = await test.start('brainstorm', { instruction: 'Name a bakery', count: 2 });
    const events = await test.follow(operation);
    expect(events.map(({ type }) => type)).toEqual([
      'OperationQueued',
      'OperationStarted',
      'StepStarted',
      'StepRetrying',
      'StepStarted',
      'StepRetrying',
      'StepStarted',
      'StepFailed',
      'OperationFailed',
    ]);
    expect(JSON.stringify(models.calls[1]!.prompt)).toContain('The answer is not JSON');
    const { error, status } = await operationOf(test, operation);
    expect(status).toBe('FAILED');
    expect(error).toMatchObject({ code: 'MODEL_OUTPUT_INVALID', retryable: true });
    expect((error as { message: string }).message).toMatch(/ideas\[0\]\.description.*It said: .*One/s);
    // What the tries used counts, though nothing came of them.
    expect(await operationOf(test, operation)).toMatchObject({ inputTokens: 30n, outputTokens: 15n });
  });

  it('that is cancelled stops its work, takes its children along, and stays so', async () => {
    const inside = gate();
    let aborted = false;
    const child = custom('child', async ({ step, signal }) => {
      await step('long', async () => {
        inside.reach();
        await untilAborted(signal).finally(() => (aborted = true));
      });
      return { result: 'never' };
    });
    const parent = custom('parent', async ({ child: start }) => start(child, { name: 'c' }));
    await using test = await openTestLion({ definitions: [child, parent] });
    const operation = await test.start('parent', { name: 'p' });
    await inside.reached;
    await test.lion.operations.cancel({ projectId: test.lion.defaultProjectId }, operation.id, { by: 'a test' });
    const events = await test.follow(operation);
    expect(events.slice(-2).map(({ type, operation: number }) => [type, number])).toEqual([
      ['OperationCancelled', 2],
      ['OperationCancelled', 1],
    ]);
    expect(events.at(-1)).toMatchObject({ payload: { by: 'a test' } });
    expect(aborted).toBe(true);
    const head = await test.lion.database.reader.sessionHead.findUniqueOrThrow({ where: { sessionId: operation.sessionId } });
    expect(head.unfinished).toBe(0);
  });

  it('that fails takes along the children that nobody waited for', async () => {
    const started = gate();
    const endless = custom('endless', async ({ step, signal }) => {
      await step('wait', () => {
        started.reach();
        return untilAborted(signal);
      });
      return { result: 'never' };
    });
    const hasty = custom('hasty', async ({ child }) => {
      const left = child(endless, { name: 'left' });
      left.catch(() => {});
      await started.reached;
      throw new OperationError({ code: 'TOO_HASTY', message: 'Gave up.', retryable: false });
    });
    await using test = await openTestLion({ definitions: [endless, hasty] });
    const events = await test.follow(await test.start('hasty', { name: 'h' }));
    expect(events.slice(-2)).toMatchObject([
      { type: 'OperationCancelled', operation: 2 },
      { type: 'OperationFailed', operation: 1, payload: { error: { code: 'TOO_HASTY', message: 'Gave up.', retryable: false } } },
    ]);
  });

  it('that does not end in time fails, whether it is running or queued', async () => {
    const blocked = gate();
    const slow = custom('slow', async ({ step, signal }) => {
      await step('wait', () => {
        blocked.reach();
        return untilAborted(signal);
      });
      return { result: 'never' };
    });
    await using test = await openTestLion({ definitions: [slow], config: { concurrency: 1 } });
    const running = await test.start('slow', { name: 'running' }, { timeoutMs: 300 });
    await blocked.reached;
    const queued = await test.start('slow', { name: 'queued' }, { timeoutMs: 50 });
    for (const operation of [queued, running]) {
      expect((await test.follow(operation)).at(-1)).toMatchObject({
        type: 'OperationFailed',
        payload: { error: { code: 'OPERATION_TIMED_OUT', retryable: true } },
      });
    }
    expect(await operationOf(test, queued)).toMatchObject({ attempt: 0 });
  });

  it('that is retried makes a new one that does nothing again that is recorded, children included', async () => {
    const done: string[] = [];
    let broken = true;
    const part = custom('part', async ({ input, step }) => {
      await step('first', () => done.push(`${input.name} first`));
      await step('second', () => {
        if (broken && input.name === 'b')
          throw new OperationError({ code: 'BROKEN', message: 'It is broken.', retryable: false });
        done.push(`${input.name} second`);
      });
      return { result: input.name };
    });
    const whole = custom('whole', async ({ child, step }) => {
      await step('prepare', () => done.push('prepare'));
      const a = await child(part, { name: 'a' });
      const b = await child(part, { name: 'b' });
      return { result: a.result + b.result };
    });
    await using test = await openTestLion({ definitions: [part, whole] });
    const failed = await test.start('whole', { name: 'w' });
    await test.follow(failed);
    expect(await operationOf(test, failed)).toMatchObject({
      status: 'FAILED',
      error: { code: 'BROKEN', message: 'The part within this operation failed: It is broken.' },
    });
    broken = false;
    const { sessionId, number } = await test.lion.agent.retry({ projectId: test.lion.defaultProjectId, id: failed.id });
    await test.follow({ sessionId, number });
    expect(await operationOf(test, { sessionId, number })).toMatchObject({
      status: 'SUCCEEDED',
      retryOf: 1,
      output: { result: 'ab' },
    });
    expect(done).toEqual(['prepare', 'a first', 'a second', 'b first', 'b second']);
    // The failed one is as it was.
    expect(await operationOf(test, failed)).toMatchObject({ status: 'FAILED' });
  });
});

describe('a closed Lion, opened again', () => {
  it('goes on from what is recorded: steps, children and emits are not done again', async () => {
    using scratch = scratchFolder();
    const done: string[] = [];
    const inside = gate();
    const leaf = custom('leaf', async ({ input, step }) => ({
      result: await step('work', () => (done.push(input.name), input.name)),
    }));
    const long = custom('long', async ({ step, child, emit, signal }) => {
      const first = await step('first', () => (done.push('first'), { at: 1 }));
      await emit('half way', first);
      const { result } = await child(leaf, { name: 'leaf' });
      await step('second', async () => {
        inside.reach();
        if (done.includes('interrupted')) return;
        done.push('interrupted');
        await untilAborted(signal);
      });
      return { result };
    });
    const definitions = [leaf, long];
    let operation;
    {
      await using test = await openTestLion({ definitions, folder: scratch.path, leavesWork: true });
      operation = await test.start('long', { name: 'l' });
      await inside.reached;
    }
    await using test = await openTestLion({ definitions, folder: scratch.path });
    const events = await test.follow(operation);
    expect(done).toEqual(['first', 'leaf', 'interrupted']);
    expect(await operationOf(test, operation)).toMatchObject({
      status: 'SUCCEEDED',
      attempt: 2,
      crashes: 0,
      output: { result: 'leaf' },
    });
    expect(events.filter(({ type }) => type === 'DataEmitted')).toHaveLength(1);
    expect(events.find(({ type }) => type === 'OperationRecovered')).toMatchObject({
      payload: { attempt: 2, stepsReused: ['first'], stepsRepeated: ['second'] },
    });
    // The try that was cut off counts: what it proposed is superseded.
    expect(
      events.filter(({ type, operation: number }) => type === 'StepStarted' && number === 1).map(({ payload }) => payload),
    ).toEqual([
      { step: 'first', try: 1, model: null, prompt: null },
      { step: 'second', try: 1, model: null, prompt: null },
      { step: 'second', try: 2, model: null, prompt: null },
    ]);
  });

  it('fails with DEFINITION_CHANGED what a replay does not meet any more', async () => {
    using scratch = scratchFolder();
    const inside = gate();
    const old = custom('changing', async ({ step, signal }) => {
      await step('old step', () => 1);
      await step('wait', () => {
        inside.reach();
        return untilAborted(signal);
      });
      return { result: 'old' };
    });
    const changed = custom('changing', async ({ step }) => ({ result: await step('new step', () => 'new') }), 2);
    let operation;
    {
      await using test = await openTestLion({ definitions: [old], folder: scratch.path, leavesWork: true });
      operation = await test.start('changing', { name: 'c' });
      await inside.reached;
    }
    await using test = await openTestLion({ definitions: [changed], folder: scratch.path });
    await test.follow(operation);
    const { status, error } = await operationOf(test, operation);
    expect({ status, error }).toMatchObject({ status: 'FAILED', error: { code: 'DEFINITION_CHANGED' } });
    expect((error as { message: string }).message).toContain('"old step"');
  });

  it('fails with DEFINITION_UNKNOWN what nobody can go on with', async () => {
    using scratch = scratchFolder();
    const inside = gate();
    const gone = custom('gone', async ({ step, signal }) => {
      await step('wait', () => {
        inside.reach();
        return untilAborted(signal);
      });
      return { result: 'never' };
    });
    let operation;
    {
      await using test = await openTestLion({ definitions: [gone], folder: scratch.path, leavesWork: true });
      operation = await test.start('gone', { name: 'g' });
      await inside.reached;
    }
    await using test = await openTestLion({ folder: scratch.path });
    await test.follow(operation);
    expect(await operationOf(test, operation)).toMatchObject({ status: 'FAILED', error: { code: 'DEFINITION_UNKNOWN' } });
  });
});

describe('an attempt that lost its claim', () => {
  it('can write nothing any more', async () => {
    const inside = gate();
    const later = gate();
    const slow = custom('slow', async ({ step }) => ({
      result: await step('work', async () => {
        inside.reach();
        await later.opened;
        return 'from the old attempt';
      }),
    }));
    await using test = await openTestLion({ definitions: [slow] });
    const operation = await test.start('slow', { name: 's' });
    await inside.reached;
    const { store, attempt } = { store: test.lion.operations, attempt: { ...operation, attempt: 1 } };
    // As if another node had taken it over.
    await store.recover(operation);
    expect((await store.claim(operation, 'node_other'))?.attempt).toBe(2);
    later.open();
    await expect(
      store.recordStep(
        attempt,
        { step: 'work', try: 1 },
        { value: 'late', model: null, answeredBy: null, usage: noUsage, mends: [] },
      ),
    ).rejects.toMatchObject({ code: 'CLAIM_LOST' });
    await expect(store.end(attempt, { status: 'SUCCEEDED', output: {} })).rejects.toMatchObject({ code: 'CLAIM_LOST' });
    expect(await operationOf(test, operation)).toMatchObject({ status: 'RUNNING', attempt: 2, output: null });
    await test.lion.operations.cancel({ projectId: test.lion.defaultProjectId }, operation.id, { by: 'the end of the test' });
  });
});
