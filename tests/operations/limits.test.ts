import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { until } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';
import { openProviderLion, planJson, promptOf } from '../support/provider-lion.ts';

describe('the limits of a provider', () => {
  it('let operations wait their turn in order, and say so, rather than fail', async () => {
    await using lion = await openProviderLion({ config: { modelLimits: 'openai-compatible: 1 concurrent' } });
    const { provider, test } = lion;
    const names = ['first', 'second', 'third', 'fourth'];
    const operations = [];
    // The first holds the provider until the others are in the queue.
    for (const name of names) {
      operations.push(await test.start('perform', { instruction: name }));
      if (name === 'first') continue;
      const events = await test.lion.feed.followSession(operations.at(-1)!.sessionId, { after: 0, types: ['StepWaiting'] });
      const { value } = await events.next();
      expect(value).toMatchObject({ payload: { step: 'answer', try: 1, provider: 'openai-compatible', reason: 'CONCURRENCY' } });
      await events.return?.();
    }
    for (const name of names) {
      const exchange = await provider.nextRequest();
      expect(promptOf(exchange)).toContain(name);
      expect(provider.requests).toHaveLength(names.indexOf(name) + 1);
      exchange.writeText('Well.');
      exchange.finish();
    }
    for (const operation of operations) expect((await test.eventTypes(operation)).at(-1)).toBe('OperationSucceeded');
  });

  it('never keep a child from what its waiting parent holds: one slot, and one call at a time', async () => {
    await using lion = await openProviderLion({
      config: { concurrency: 1, modelLimits: 'openai-compatible: 1 concurrent, 100000 rpm' },
    });
    const { provider, test } = lion;
    let open = 0;
    provider.answerAll(async (exchange) => {
      expect(++open).toBe(1);
      await new Promise((turn) => setImmediate(turn));
      open--;
      const prompt = promptOf(exchange);
      const step = prompt.includes('Your step is') || prompt.includes('Break its step');
      exchange.writeText(
        prompt.includes('Break its step')
          ? planJson({ x: [], y: [] })
          : step
            ? 'done'
            : planJson({ a: [], b: [], c: ['a', 'b'] }),
      );
      exchange.finish();
    });
    const operations = await Promise.all(
      [1, 2, 3].map(() => test.start('plan', { instruction: 'x', expand: true, execute: true, concurrency: 10 })),
    );
    for (const operation of operations) expect((await test.eventTypes(operation)).at(-1)).toBe('OperationSucceeded');
  });
});

describe('a pause that a provider asks for', () => {
  it('keeps nobody longer than the patience that is set, and nobody who has another model to ask', async () => {
    await using lion = await openProviderLion({ config: { modelPatienceMs: 5_000 } });
    const { provider, test } = lion;
    provider.answer((exchange) => exchange.fail(429, { 'retry-after': '60' }));
    const endOf = async (model: string): Promise<string> => {
      const events = await test.follow(await test.start('perform', { instruction: 'x' }, { model }));
      expect(events.map(({ type }) => type)).not.toContain('StepWaiting');
      const last = events.at(-1)!;
      return last.type === 'OperationFailed' ? last.payload.error.code : last.type;
    };
    expect(await endOf('openai-compatible/a')).toBe('MODEL_RATE_LIMITED');
    // Those that come after it, too, and without a request.
    expect(await endOf('openai-compatible/b')).toBe('MODEL_RATE_LIMITED');
    expect(await endOf('openai-compatible/b,builtin')).toBe('OperationSucceeded');
    expect(provider.requests).toHaveLength(1);
  });

  it('is waited for where it is short enough, and counts as patience', async () => {
    await using lion = await openProviderLion({ config: { modelPatienceMs: 5_000 } });
    const { provider, test } = lion;
    const inside = await test.start('perform', { instruction: 'first' });
    const first = await provider.nextRequest();
    first.fail(429, { 'retry-after': '4' });
    await until('the pause is known', async () =>
      (await test.history(inside.sessionId)).some(({ type }) => type === 'StepRetrying'),
    );
    const second = await test.start('perform', { instruction: 'second' });
    provider.answerAll((exchange) => exchange.fail(429, { 'retry-after': '4' }));
    for (const operation of [inside, second]) {
      const events = await test.follow(operation);
      expect(events.at(-1)).toMatchObject({ type: 'OperationFailed', payload: { error: { code: 'MODEL_RATE_LIMITED' } } });
    }
    // It waited most of four seconds before it asked at all: four more are too many, and it is not tried again.
    const types = await test.eventTypes(second);
    expect(types).toContain('StepWaiting');
    expect(types).not.toContain('StepRetrying');
  });
});

it('a child, a step or an emit inside of a step is refused: it would not be recorded', async () => {
  const kind = (name: string, inside: 'child' | 'step' | 'emit') =>
    define({
      kind: name,
      version: 1,
      description: 'For a test.',
      input: z.object({ text: z.string() }),
      output: z.object({ result: z.string() }),
      execute: async ({ step, child, emit }) => ({
        result: await step('outer', async () => {
          if (inside === 'child') await child('perform', { instruction: 'x' });
          if (inside === 'step') await step('inner', () => 'x');
          if (inside === 'emit') await emit('x', 'x');
          return 'done';
        }),
      }),
    });
  await using test = await openTestLion({
    definitions: [kind('withChild', 'child'), kind('withStep', 'step'), kind('withEmit', 'emit')],
    config: { concurrency: 1 },
  });
  for (const name of ['withChild', 'withStep', 'withEmit']) {
    const events = await test.follow(await test.start(name, { text: 'x' }));
    expect(events.at(-1)).toMatchObject({ type: 'OperationFailed', payload: { error: { code: 'DEFINITION_INVALID' } } });
  }
});
