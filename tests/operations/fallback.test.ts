import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../src/history/event.ts';
import { dataOf } from '../support/api.ts';
import { refOf } from '../support/lion.ts';
import { openProviderLion, type ProviderLion } from '../support/provider-lion.ts';
import type { ProviderExchange } from '../support/provider-server.ts';

const chain = 'openai-compatible/a,anthropic/b,builtin';

const openChain = async (model = chain): Promise<ProviderLion> => {
  let url = '';
  const lion = await openProviderLion({
    config: {
      model,
      get env() {
        return { ANTHROPIC_API_KEY: 'sk-ant-test-0123456789', ANTHROPIC_BASE_URL: url };
      },
    },
    onProvider: (provider) => (url = provider.openaiUrl),
  });
  return lion;
};

/** How the step of an operation went, in words. */
const told = (events: readonly StoredEvent[]): string[] =>
  events.flatMap((event) => {
    switch (event.type) {
      case 'OperationStarted':
        return [`operation with ${event.payload.model}`];
      case 'StepStarted':
        return [`${event.payload.try}: asks ${event.payload.model}`];
      case 'StepRetrying':
        return [`${event.payload.try}: ${event.payload.model} ${event.payload.error.code}, next ${event.payload.nextModel}`];
      case 'StepSucceeded':
        return [`${event.payload.try}: ${event.payload.model} answered`];
      case 'StepFailed':
        return [`${event.payload.try}: ${event.payload.model} ${event.payload.error.code}, no other`];
      default:
        return [];
    }
  });

const perform = async (
  { test }: ProviderLion,
  model?: string,
): Promise<{ events: StoredEvent[]; status: string; error: { code: string; message: string } | null }> => {
  const { perform: started } = dataOf(
    await test.query(
      `mutation ($model: String) { perform(input: { instruction: "Say something" }, options: { model: $model, waitMs: 30000 }) {
        ... on Operation { id status error { code message } } ... on Error { code message } } }`,
      { model },
    ),
  );
  if (!started.id) throw new Error(`${started.code}: ${started.message}`);
  return { events: await test.follow(refOf(started.id)), status: started.status, error: started.error };
};

const say = (text: string) => (exchange: ProviderExchange) => {
  exchange.writeText(text);
  exchange.finish();
};

describe('a fallback chain', () => {
  it('asks the next model where one is of no use, and the history says why', async () => {
    await using lion = await openChain();
    lion.provider.answer((exchange) => exchange.fail(401), say('Hello from b'));
    const { events } = await perform(lion);
    expect(told(events)).toEqual([
      `operation with ${chain}`,
      '1: asks openai-compatible/a',
      '1: openai-compatible/a MODEL_UNAUTHORIZED, next anthropic/b',
      '2: asks anthropic/b',
      '2: anthropic/b answered',
    ]);
    expect(lion.provider.requests.map(({ protocol }) => protocol)).toEqual(['chat', 'anthropic']);
  });

  it('tries a model again before it leaves it, but does not wait for one that is asked too much', async () => {
    await using lion = await openChain();
    const { provider } = lion;
    provider.answer(
      (exchange) => exchange.fail(500),
      (exchange) => exchange.fail(500),
      (exchange) => exchange.fail(500),
      (exchange) => exchange.fail(429, { 'retry-after': '120' }),
    );
    const { events, status } = await perform(lion);
    expect(status).toBe('SUCCEEDED');
    expect(told(events).slice(1)).toEqual([
      '1: asks openai-compatible/a',
      '1: openai-compatible/a MODEL_SERVER_ERROR, next openai-compatible/a',
      '2: asks openai-compatible/a',
      '2: openai-compatible/a MODEL_SERVER_ERROR, next openai-compatible/a',
      '3: asks openai-compatible/a',
      '3: openai-compatible/a MODEL_SERVER_ERROR, next anthropic/b',
      '4: asks anthropic/b',
      '4: anthropic/b MODEL_RATE_LIMITED, next builtin',
      '5: asks builtin',
      '5: builtin answered',
    ]);
  });

  it('leaves a model that talks nonsense after three tries, and does not tell the next one of it', async () => {
    await using lion = await openChain();
    const { provider, test } = lion;
    provider.answerAll((exchange) =>
      say(
        exchange.protocol === 'chat' ? 'No ideas today' : '{"ideas":[{"title":"One","description":"One.","rationale":"Why."}]}',
      )(exchange),
    );
    const operation = await test.start('brainstorm', { instruction: 'x', count: 1 });
    expect(told(await test.follow(operation)).at(-1)).toBe('4: anthropic/b answered');
    expect(provider.requests).toHaveLength(4);
    expect(provider.requests[3]!.body.messages).toHaveLength(1);
  });

  it('fails with what each of its models failed with', async () => {
    await using lion = await openChain('openai-compatible/a,anthropic/b');
    lion.provider.answerAll((exchange) => exchange.fail(exchange.protocol === 'chat' ? 404 : 403));
    const { events, status, error } = await perform(lion);
    expect(status).toBe('FAILED');
    expect(error?.code).toBe('MODEL_CHAIN_FAILED');
    expect(error?.message).toMatch(/openai-compatible\/a.*404.*\(MODEL_REJECTED\).*anthropic\/b.*403.*\(MODEL_UNAUTHORIZED\)/);
    expect(told(events).at(-1)).toBe('2: anthropic/b MODEL_UNAUTHORIZED, no other');
  });

  it('is chosen for one operation, too; one that makes no sense is refused', async () => {
    await using lion = await openChain('builtin');
    const { test } = lion;
    lion.provider.answer(say('Hello'));
    expect(told((await perform(lion, 'builtin, anthropic/b')).events)[0]).toBe('operation with builtin,anthropic/b');
    expect(told((await perform(lion, 'anthropic/b,builtin')).events).at(-1)).toBe('1: anthropic/b answered');
    const long = Array.from({ length: 10 }, (_, n) => `anthropic/${'m'.repeat(180)}${n}`).join(',');
    expect(
      dataOf(
        await test.query(
          `mutation ($model: String) { perform(input: { instruction: "x" }, options: { model: $model }) { __typename } }`,
          { model: `builtin,${long.slice(0, long.lastIndexOf(','))}` },
        ),
      ).perform,
    ).toEqual({ __typename: 'Operation' });
    for (const model of ['builtin,builtin', 'builtin,', 'anthropic/b,nobody/x', Array(11).fill('anthropic/b').join(',')]) {
      const { perform: refused } = dataOf(
        await test.query(
          `mutation ($model: String) { perform(input: { instruction: "x" }, options: { model: $model }) { ... on Error { code message } } }`,
          { model },
        ),
      );
      expect(refused.code).toBe('MODEL_UNKNOWN');
    }
  });

  it('passes a provider over, without a request, whose breaker is open', async () => {
    await using lion = await openChain();
    const { provider } = lion;
    provider.answerAll((exchange) => (exchange.protocol === 'chat' ? exchange.fail(500) : say('Hello')(exchange)));
    await perform(lion);
    await perform(lion);
    provider.requests.length = 0;
    const { events } = await perform(lion);
    expect(told(events).slice(1)).toEqual([
      '1: asks openai-compatible/a',
      '1: openai-compatible/a MODEL_CIRCUIT_OPEN, next anthropic/b',
      '2: asks anthropic/b',
      '2: anthropic/b answered',
    ]);
    expect(provider.requests.map(({ protocol }) => protocol)).toEqual(['anthropic']);
  });
});
