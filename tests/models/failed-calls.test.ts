import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ModelCallError, type ModelCallErrorCode } from '../../src/models/errors.ts';
import { generate } from '../../src/models/generate.ts';
import { openModels, type LanguageModelV3 } from '../../src/models/language-model.ts';
import { openProviderServer, type ProviderExchange } from '../support/provider-server.ts';
import { gate, modelAt, neverCancelled, served, settingsFor } from './models-at.ts';

const apiKey = 'sk-proj-TOPSECRET0123456789';
const schema = z.object({ ideas: z.array(z.string()) });

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
afterAll(async () => {
  // A rejection that nobody handles is told of after the turn in which it happened.
  await new Promise((turn) => setImmediate(turn));
  if (unhandled.length > 0) throw new AggregateError(unhandled, 'Rejections were left unhandled');
});

/** What one request that is answered like this fails with. */
async function failure(name: string, answer: (exchange: ProviderExchange) => void | Promise<void>): Promise<ModelCallError> {
  await using provider = await openProviderServer();
  provider.answer(answer);
  const model = await modelAt(provider, name, apiKey);
  const thrown: unknown = await generate({ model, prompt: 'x', schema, signal: neverCancelled, callTimeoutMs: 20_000 }).then(
    () => expect.unreachable('the call should have failed'),
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(ModelCallError);
  const error = thrown as ModelCallError;
  expect(error.message).toContain(name.replace('.responses', ''));
  // oxlint-disable-next-line typescript/no-misused-spread -- everything that a logger would print
  expect(
    JSON.stringify([error.message, error.stack, { ...error }, String((error.cause as Error | undefined)?.stack)]),
  ).not.toContain('TOPSECRET');
  return error;
}

const statuses: [number, ModelCallErrorCode, boolean][] = [
  [400, 'MODEL_REJECTED', false],
  [401, 'MODEL_UNAUTHORIZED', false],
  [403, 'MODEL_UNAUTHORIZED', false],
  [404, 'MODEL_REJECTED', false],
  [429, 'MODEL_RATE_LIMITED', true],
  [500, 'MODEL_OVERLOADED', true],
  [503, 'MODEL_OVERLOADED', true],
  [529, 'MODEL_OVERLOADED', true],
];

describe.each(served)('%s', (name) => {
  test.each(statuses)('status %i is %s', async (status, code, retryable) => {
    const error = await failure(name, (exchange) => exchange.fail(status));
    expect(error).toMatchObject({ code, retryable, status });
    expect(error.message).toContain(`Failed on purpose with ${status}`);
  });

  test('a reset before the headers', async () => {
    expect(await failure(name, (exchange) => exchange.destroy())).toMatchObject({ code: 'MODEL_UNREACHABLE', retryable: true });
  });

  test('a cut in the middle of the stream', async () => {
    const error = await failure(name, async (exchange) => {
      exchange.writeText('{"ideas":["a",');
      await new Promise((flushed) => setTimeout(flushed, 20));
      exchange.destroy();
    });
    expect(error).toMatchObject({ code: 'MODEL_STREAM_BROKEN', retryable: true });
  });

  test('a stream that ends before the model is done', async () => {
    const error = await failure(name, (exchange) => {
      exchange.writeText('{"ideas":["a",');
      exchange.end();
    });
    expect(error).toMatchObject({ code: 'MODEL_STREAM_BROKEN', retryable: true });
  });

  test('an empty stream', async () => {
    expect(await failure(name, (exchange) => exchange.end())).toMatchObject({ code: 'MODEL_STREAM_BROKEN', retryable: true });
  });

  test('an error object in the stream, after some text', async () => {
    const error = await failure(name, (exchange) => {
      exchange.writeText('{"ideas":["a",');
      exchange.failInStream('overloaded_error', `The server is overloaded (key ${apiKey})`);
    });
    expect(error).toMatchObject({ code: 'MODEL_OVERLOADED', retryable: true });
    expect(error.message).toContain('The server is overloaded');
  });

  test('an error object in place of a stream', async () => {
    const error = await failure(name, (exchange) => exchange.failInStream('overloaded_error', 'The server is overloaded'));
    expect(error).toMatchObject({ code: 'MODEL_OVERLOADED', retryable: true });
  });

  test('bytes that are no protocol', async () => {
    const error = await failure(name, (exchange) => {
      exchange.writeText('{"ideas":["a",');
      exchange.writeRaw('data: {"broken\n\n');
      exchange.end();
    });
    expect(error).toMatchObject({ code: 'MODEL_STREAM_BROKEN', retryable: true });
  });

  test.each([
    ['before the headers', (): void => undefined],
    ['after the headers', (exchange: ProviderExchange): void => exchange.writeHeaders()],
    ['in the stream', (exchange: ProviderExchange): void => exchange.writeText('{"ideas":["a",')],
  ])('silence %s ends the call, and closes its socket', async (_when, answer) => {
    await using provider = await openProviderServer();
    const call = generate({
      model: await modelAt(provider, name),
      prompt: 'x',
      schema,
      signal: neverCancelled,
      silenceTimeoutMs: 150,
    });
    const failed = expect(call).rejects.toMatchObject({
      code: 'MODEL_TIMED_OUT',
      retryable: true,
      message: expect.stringContaining('0.15 s'),
    });
    const request = await provider.nextRequest();
    answer(request);
    await failed;
    await request.closed;
  });

  test.each(['before the headers', 'in the stream'])(
    'cancelled %s, it ends with the reason, and closes its socket',
    async (when) => {
      await using provider = await openProviderServer();
      const cancel = new AbortController();
      const reason = new Error('nobody waits any more');
      const begun = gate<void>();
      const call = generate<string>({
        model: await modelAt(provider, name),
        prompt: 'x',
        signal: cancel.signal,
        onText: () => begun.resolve(),
      });
      const failed = expect(call).rejects.toBe(reason);
      const request = await provider.nextRequest();
      if (when === 'in the stream') {
        request.writeText('Once upon a time');
        await begun.promise;
      }
      cancel.abort(reason);
      await failed;
      await request.closed;
      expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
    },
  );
});

test('a provider that only pings is not silent, and still ends with the call', async () => {
  await using provider = await openProviderServer();
  const model = await modelAt(provider, 'anthropic/claude-sonnet-5-5');
  const call = generate({ model, prompt: 'x', schema, signal: neverCancelled, silenceTimeoutMs: 300, callTimeoutMs: 900 });
  const failed = expect(call).rejects.toMatchObject({
    code: 'MODEL_TIMED_OUT',
    message: expect.stringContaining('did not finish within 0.9 s'),
  });
  const request = await provider.nextRequest();
  const pings = setInterval(() => request.writePing(), 50);
  await failed;
  clearInterval(pings);
  await request.closed;
});

test('how long to wait, by the provider', async () => {
  const after = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await failure('openai/x', (exchange) => exchange.fail(429, headers))).retryAfterMs;
  expect(await after({ 'retry-after': '120' })).toBe(120_000);
  expect(await after({ 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250);
  expect(await after({ 'retry-after': new Date(Date.now() + 30_000).toUTCString() })).toBeGreaterThan(25_000);
  expect(await after({ 'retry-after': 'soon' })).toBeUndefined();
  expect(await after({})).toBeUndefined();
});

test('an account without means is not asked again', async () => {
  const body = JSON.stringify({
    error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' },
  });
  expect(await failure('openai/x', (exchange) => exchange.fail(429, {}, body))).toMatchObject({
    code: 'MODEL_RATE_LIMITED',
    retryable: false,
  });
});

test.each(served)('a key that %s echoes is not passed on', async (name) => {
  const message = `Incorrect API key provided: ${apiKey} (Bearer ${apiKey}). You can find your key in the settings. ${'x'.repeat(2000)}`;
  const body = JSON.stringify(
    name.startsWith('ollama') ? { error: message } : { type: 'error', error: { type: 'auth', message, code: 401, status: 'X' } },
  );
  const error = await failure(name, (exchange) => exchange.fail(401, { 'x-echo': apiKey }, body));
  expect(error.message).toContain('Incorrect API key provided: [key removed]');
  expect(error.message.length).toBeLessThan(700);
});

test('a server that is not there', async () => {
  // A port that was free a moment ago.
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => probe.once('listening', listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  const models = await openModels(settingsFor('openai-compatible/x', { baseUrl: `http://127.0.0.1:${port}/v1` }));
  await expect(generate({ model: await models.languageModel(), prompt: 'x', signal: neverCancelled })).rejects.toMatchObject({
    code: 'MODEL_UNREACHABLE',
    retryable: true,
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a callback that throws ends the call with what it threw, and closes the socket', async () => {
  await using provider = await openProviderServer();
  const fault = new TypeError('the caller has a bug');
  const call = generate({
    model: await modelAt(provider, 'openai/x'),
    prompt: 'x',
    schema,
    elements: 'ideas',
    onElement: () => {
      throw fault;
    },
    signal: neverCancelled,
  });
  const failed = expect(call).rejects.toBe(fault);
  const request = await provider.nextRequest();
  request.writeText('{"ideas":["a"');
  await failed;
  await request.closed;
});

test('a call under a signal that is aborted already asks nobody', async () => {
  await using provider = await openProviderServer();
  const reason = new Error('too late');
  const call = generate({ model: await modelAt(provider, 'openai/x'), prompt: 'x', signal: AbortSignal.abort(reason) });
  await expect(call).rejects.toBe(reason);
  expect(provider.requests).toEqual([]);
});

test('a model that ignores its signal holds nobody up', async () => {
  const deaf: LanguageModelV3 = {
    specificationVersion: 'v3',
    provider: 'deaf',
    modelId: 'x',
    supportedUrls: {},
    doGenerate: () => new Promise(() => undefined),
    doStream: () => new Promise(() => undefined),
  };
  const call = { model: deaf, prompt: 'x', signal: neverCancelled };
  await expect(generate({ ...call, silenceTimeoutMs: 20 })).rejects.toMatchObject({ code: 'MODEL_TIMED_OUT' });
  await expect(generate({ ...call, callTimeoutMs: 20 })).rejects.toMatchObject({ code: 'MODEL_TIMED_OUT' });
  const cancel = new AbortController();
  const cancelled = generate({ ...call, signal: cancel.signal });
  cancel.abort('a reason that is no error');
  await expect(cancelled).rejects.toBe('a reason that is no error');
  await expect(generate({ ...call, callTimeoutMs: Number.POSITIVE_INFINITY, silenceTimeoutMs: 20 })).rejects.toMatchObject({
    message: 'deaf/x sent nothing for 0.02 s',
  });
});
