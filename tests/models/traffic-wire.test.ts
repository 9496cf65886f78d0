import { describe, expect, test } from 'vitest';
import { ModelCallError } from '../../src/models/errors.ts';
import { generate } from '../../src/models/generate.ts';
import { openModels, type Models, type ModelSettings } from '../../src/models/language-model.ts';
import { openTraffic } from '../../src/models/traffic.ts';
import type { Wait } from '../../src/models/turn.ts';
import { openProviderServer, type ProviderExchange, type ProviderServer } from '../support/provider-server.ts';
import { gate, settingsFor } from './models-at.ts';

/** OpenAI's chat completions, Anthropic's messages, and a server of one's own. */
const names = ['openai/gpt-5-mini', 'anthropic/claude-sonnet-5-5', 'openai-compatible/llama'];

const modelsAt = (provider: ProviderServer, name: string, more: Partial<ModelSettings>): Promise<Models> =>
  openModels(settingsFor(name, { baseUrl: provider.openaiUrl, apiKey: 'sk-test-0123456789abcdef', ...more }));

/** One call, as an operation makes it: it waits for its turn, asks, and ends its turn. */
async function ask(models: Models, prompt: string, onWait: (wait: Wait) => void = () => undefined): Promise<string> {
  const provider = models.default.name.split('/', 1)[0]!;
  const { signal } = new AbortController();
  const turn = await models.traffic.enter(provider, { tokens: 100, signal, onWait });
  try {
    const { value, usage } = await generate({ model: await models.languageModel(), prompt, signal });
    turn.end({ tokens: usage.inputTokens + usage.outputTokens });
    return String(value);
  } catch (error) {
    turn.end({ error });
    throw error;
  }
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (thrown: unknown) => (thrown instanceof ModelCallError ? thrown.code : String(thrown)),
  );

const promptOf = (body: { messages: { role: string; content: string | { text: string }[] }[] }): string => {
  const content = body.messages.find(({ role }) => role === 'user')!.content;
  return typeof content === 'string' ? content : content[0]!.text;
};

describe.each(names)('%s', (name) => {
  test('with two at a time, the server never sees a third, and they come in order', async () => {
    await using provider = await openProviderServer();
    const models = await modelsAt(provider, name, { limits: { [name.split('/', 1)[0]!]: { concurrency: 2 } } });
    const count = 12;
    const open: ProviderExchange[] = [];
    let mostOpen = 0;
    const first = gate<void>();
    const finishOne = (): void => {
      const exchange = open.shift()!;
      exchange.writeText('done');
      exchange.finish();
    };
    // It ends one of two that are open, a while later: time enough for a third to come, if one could.
    provider.answerAll((exchange) => {
      open.push(exchange);
      mostOpen = Math.max(mostOpen, open.length);
      first.resolve();
      if (provider.requests.length > 1) setTimeout(finishOne, 20);
      if (provider.requests.length === count) setTimeout(finishOne, 20);
    });
    const waits: string[] = [];
    const calls = [ask(models, 'call 0')];
    await first.promise;
    for (let index = 1; index < count; index++) {
      calls.push(ask(models, `call ${index}`, ({ reason }) => waits.push(`call ${index} waits for ${reason}`)));
    }
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'done'));
    expect(mostOpen).toBe(2);
    expect(provider.requests.map(({ body }) => promptOf(body))).toEqual(calls.map((_, index) => `call ${index}`));
    expect(waits).toEqual(calls.slice(2).map((_, index) => `call ${index + 2} waits for CONCURRENCY`));
  });

  test('a 429 with Retry-After keeps every request away until then', async () => {
    await using provider = await openProviderServer();
    const models = await modelsAt(provider, name, {});
    const arrivals: number[] = [];
    let refusedAt = Number.NaN;
    provider.answer((exchange) => {
      refusedAt = performance.now();
      exchange.fail(429, { 'retry-after': '1' });
    });
    provider.answerAll((exchange) => {
      arrivals.push(performance.now());
      exchange.writeText('done');
      exchange.finish();
    });
    expect(await codeOf(ask(models, 'first'))).toBe('MODEL_RATE_LIMITED');
    const waits: Wait[] = [];
    const calls = Array.from({ length: 5 }, (_, index) => ask(models, `call ${index}`, (wait) => waits.push(wait)));
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'done'));
    expect(waits.map(({ reason }) => reason)).toEqual(calls.map(() => 'PROVIDER'));
    expect(arrivals).toHaveLength(5);
    for (const at of arrivals) {
      expect(at - refusedAt).toBeGreaterThanOrEqual(1000);
    }
  });

  test('when no request is left, the next one comes after the reset', async () => {
    await using provider = await openProviderServer();
    const models = await modelsAt(provider, name, {});
    const arrivals: number[] = [];
    let usedUpAt = Number.NaN;
    provider.answer((exchange) => {
      usedUpAt = performance.now();
      const anthropic = exchange.protocol === 'anthropic';
      exchange.writeHeaders(
        anthropic
          ? {
              'anthropic-ratelimit-requests-limit': '50',
              'anthropic-ratelimit-requests-remaining': '0',
              'anthropic-ratelimit-requests-reset': new Date(Date.now() + 1000).toISOString(),
            }
          : {
              'x-ratelimit-limit-requests': '60',
              'x-ratelimit-remaining-requests': '0',
              'x-ratelimit-reset-requests': '1s',
            },
      );
      exchange.writeText('done');
      exchange.finish();
    });
    provider.answerAll((exchange) => {
      arrivals.push(performance.now());
      exchange.writeText('done');
      exchange.finish();
    });
    expect(await ask(models, 'first')).toBe('done');
    const calls = Array.from({ length: 5 }, (_, index) => ask(models, `call ${index}`));
    await Promise.all(calls);
    expect(arrivals).toHaveLength(5);
    for (const at of arrivals) {
      // The two clocks of this test have steps of a millisecond.
      expect(at - usedUpAt).toBeGreaterThanOrEqual(998);
    }
  });

  test('five times 500 keep every request away; a trial lets them come again', async () => {
    await using provider = await openProviderServer();
    const models = await modelsAt(provider, name, { breaker: { openMs: 300 } });
    provider.answerAll((exchange) => exchange.fail(500));
    let openedAt = Number.NaN;
    for (let index = 0; index < 5; index++) {
      expect(await codeOf(ask(models, 'x'))).toBe('MODEL_SERVER_ERROR');
      openedAt = performance.now();
    }
    const refused: ModelCallError[] = [];
    const arrivals: number[] = [];
    provider.answerAll((exchange) => {
      arrivals.push(performance.now());
      exchange.writeText('done');
      exchange.finish();
    });
    let answer: string | undefined;
    while (answer === undefined) {
      answer = await ask(models, 'x').catch((error: ModelCallError) => {
        refused.push(error);
        return undefined;
      });
      await new Promise((turn) => setTimeout(turn, 5));
    }
    expect(answer).toBe('done');
    expect(refused.length).toBeGreaterThan(0);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['MODEL_CIRCUIT_OPEN']));
    expect(provider.requests).toHaveLength(6);
    expect(arrivals[0]! - openedAt).toBeGreaterThan(250);
    expect(await Promise.all([ask(models, 'x'), ask(models, 'x')])).toEqual(['done', 'done']);
  });
});

test('a wait does not keep the process alive', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const traffic = openTraffic({});
  traffic.observe('openai', 429, new Headers({ 'retry-after': '60' }));
  const cancel = new AbortController();
  const before = timers();
  const waits: Wait[] = [];
  const entering = traffic.enter('openai', { tokens: 0, signal: cancel.signal, onWait: (wait) => waits.push(wait) });
  expect(waits).toHaveLength(1);
  expect(timers()).toBe(before);
  cancel.abort();
  await expect(entering).rejects.toThrow();
});
