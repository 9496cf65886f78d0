import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ModelCallError, ModelOutputError, type ModelCallErrorCode } from '../../src/models/errors.ts';
import { generate } from '../../src/models/generate.ts';
import { openModels, type LanguageModelV3 } from '../../src/models/language-model.ts';
import { noUsage } from '../../src/models/usage.ts';
import { openProviderServer, type ProviderExchange } from '../support/provider-server.ts';
import { gate, modelAt, neverCancelled, served, settingsFor } from './models-at.ts';

const apiKey = 'sk-proj-TOPSECRET0123456789';
const schema = z.object({ ideas: z.array(z.string()) });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
afterAll(async () => {
  // A rejection that nobody handles is told of after the turn in which it happened.
  await new Promise((turn) => setImmediate(turn));
  if (unhandled.length > 0) throw new AggregateError(unhandled, 'Rejections were left unhandled');
});

/** What one request that is answered like this fails with. */
async function failure(
  name: string,
  answer: (exchange: ProviderExchange) => void | Promise<void>,
  options: Parameters<typeof openProviderServer>[0] = {},
): Promise<ModelCallError> {
  await using provider = await openProviderServer(options);
  provider.answerAll(answer);
  const model = await modelAt(provider, name, apiKey);
  const thrown: unknown = await generate({ model, prompt: 'x', schema, signal: neverCancelled, callTimeoutMs: 20_000 }).then(
    () => expect.unreachable('the call should have failed'),
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(ModelCallError);
  const error = thrown as ModelCallError;
  expect(error.message).toContain(name.replace('.responses', ''));
  expect(error.model).toBe(name.replace('.responses', ''));
  // oxlint-disable-next-line typescript/no-misused-spread -- everything that a logger would print
  expect(
    JSON.stringify([error.message, error.stack, { ...error }, String((error.cause as Error | undefined)?.stack)]),
  ).not.toContain('TOPSECRET');
  return error;
}

const statuses: [number, ModelCallErrorCode, boolean][] = [
  [400, 'MODEL_REJECTED', false],
  [401, 'MODEL_UNAUTHORIZED', false],
  [402, 'MODEL_QUOTA_EXHAUSTED', false],
  [403, 'MODEL_UNAUTHORIZED', false],
  [404, 'MODEL_REJECTED', false],
  [408, 'MODEL_TIMED_OUT', true],
  [409, 'MODEL_REJECTED', true],
  [413, 'MODEL_REJECTED', false],
  [429, 'MODEL_RATE_LIMITED', true],
  [500, 'MODEL_SERVER_ERROR', true],
  [501, 'MODEL_SERVER_ERROR', false],
  [502, 'MODEL_SERVER_ERROR', true],
  [503, 'MODEL_OVERLOADED', true],
  [504, 'MODEL_SERVER_ERROR', true],
  [529, 'MODEL_OVERLOADED', true],
];

/** What is written to a response has reached the client: it reads what comes before a reset. */
const arrived = (): Promise<void> => new Promise((flushed) => setTimeout(flushed, 20));

/** Errors as the providers tell of them inside of a stream, and whether asking again can help. */
const streamErrors: [string, string, boolean][] = [
  ['overloaded_error', `The server is overloaded (key ${apiKey})`, true],
  ['rate_limit_error', 'Rate limit reached', true],
  ['server_error', 'An internal server error', true],
  ['invalid_request_error', 'Invalid request: the prompt is too long', false],
  ['authentication_error', 'Invalid API key', false],
  ['insufficient_quota', 'You exceeded your current quota (insufficient_quota)', false],
];

describe.each(served)('%s', (name) => {
  test.each(statuses)('status %i is %s', async (status, code, retryable) => {
    const error = await failure(name, (exchange) => exchange.fail(status));
    expect(error).toMatchObject({ code, retryable, status });
    expect(error.message).toContain(`Failed on purpose with ${status}`);
  });

  test('a reset before the headers', async () => {
    expect(await failure(name, (exchange) => exchange.destroy())).toMatchObject({
      code: 'MODEL_CONNECTION_RESET',
      retryable: true,
      message: expect.stringContaining('broke the connection off before it answered'),
    });
  });

  test('a certificate that does not fit', async () => {
    const error = await failure(name, () => expect.unreachable('nothing may be sent to a stranger'), { tls: true });
    expect(error).toMatchObject({
      code: 'MODEL_CERTIFICATE_INVALID',
      retryable: false,
      message: expect.stringContaining('self-signed certificate'),
    });
  });

  test('a port where nobody listens', async () => {
    const provider = await openProviderServer();
    const model = await modelAt(provider, name);
    await provider[Symbol.asyncDispose]();
    await expect(generate({ model, prompt: 'x', signal: neverCancelled })).rejects.toMatchObject({
      code: 'MODEL_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
      usage: noUsage,
    });
  });

  test.each([
    ['after the headers', (exchange: ProviderExchange) => exchange.writeHeaders()],
    ['after a ping', (exchange: ProviderExchange) => exchange.writePing()],
  ])('a cut %s', async (_when, begin) => {
    const error = await failure(name, async (exchange) => {
      begin(exchange);
      await arrived();
      exchange.destroy();
    });
    expect(error).toMatchObject({
      code: 'MODEL_STREAM_BROKEN',
      retryable: true,
      message: expect.stringContaining('broke the connection off in the middle of its answer'),
    });
  });

  test('a cut in the middle of the stream', async () => {
    const error = await failure(name, async (exchange) => {
      exchange.writeText('{"ideas":["a",');
      await arrived();
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
    expect(await failure(name, (exchange) => exchange.end())).toMatchObject({ code: 'MODEL_STREAM_EMPTY', retryable: true });
  });

  describe.each(streamErrors)('an error object of the kind %s in the stream', (type, message, retryable) => {
    test.each(['after some text', 'in place of it'])('%s', async (when) => {
      const error = await failure(name, (exchange) => {
        if (when === 'after some text') exchange.writeText('{"ideas":["a",');
        exchange.failInStream(type, message);
      });
      expect(error).toMatchObject({ code: 'MODEL_STREAM_ERROR', retryable, status: undefined });
      expect(error.message).toContain(message.replace(apiKey, '[key removed]'));
    });
  });

  test('bytes that are no protocol', async () => {
    const error = await failure(name, (exchange) => {
      exchange.writeText('{"ideas":["a",');
      exchange.writeRaw('data: {"broken\n\n');
      exchange.end();
    });
    expect(error).toMatchObject({ code: 'MODEL_STREAM_BROKEN', retryable: true });
  });

  test.each<[string, (exchange: ProviderExchange) => void, ModelCallErrorCode, string]>([
    ['before the headers', () => undefined, 'MODEL_NO_RESPONSE', 'did not begin to answer for 0.15 s'],
    ['after the headers', (exchange) => exchange.writeHeaders(), 'MODEL_STREAM_STALLED', 'sent nothing for 0.15 s'],
    [
      'in the stream',
      (exchange) => exchange.writeText('{"ideas":["a",'),
      'MODEL_STREAM_STALLED',
      'stopped in its answer, and sent nothing for 0.15 s',
    ],
  ])('silence %s ends the call, and closes its socket', async (_when, answer, code, message) => {
    await using provider = await openProviderServer();
    const call = generate({
      model: await modelAt(provider, name),
      prompt: 'x',
      schema,
      signal: neverCancelled,
      silenceTimeoutMs: 150,
    });
    const failed = expect(call).rejects.toMatchObject({ code, retryable: true, message: expect.stringContaining(message) });
    const request = await provider.nextRequest();
    answer(request);
    await failed;
    await request.closed;
  });

  test.each<[string, (exchange: ProviderExchange) => void]>([
    ['says that it is there', (exchange) => exchange.writePing()],
    ['keeps the connection open', (exchange) => exchange.writeRaw(exchange.protocol === 'ollama' ? '\n' : ': keep-alive\n\n')],
  ])('a provider that only %s is not silent, and still ends with the call', async (_what, ping) => {
    await using provider = await openProviderServer();
    const model = await modelAt(provider, name);
    const call = generate({ model, prompt: 'x', schema, signal: neverCancelled, silenceTimeoutMs: 300, callTimeoutMs: 700 });
    const failed = expect(call).rejects.toMatchObject({
      code: 'MODEL_TIMED_OUT',
      message: expect.stringContaining('did not finish within 0.7 s'),
    });
    const request = await provider.nextRequest();
    const pings = setInterval(() => ping(request), 50);
    await failed;
    clearInterval(pings);
    await request.closed;
  });

  test('what a call has used that was broken off: what the provider has counted, else an estimate', async () => {
    const { usage } = await failure(name, async (exchange) => {
      exchange.writeText(`{"ideas":["${'x'.repeat(400)}`);
      await arrived();
      exchange.destroy();
    });
    expect(usage.outputTokens).toBeGreaterThanOrEqual(100);
    expect(usage.outputTokens).toBeLessThan(110);
    expect(usage.inputTokens).toBeGreaterThan(0);
    // Anthropic says at the beginning what it has read.
    if (name.startsWith('anthropic')) expect(usage.inputTokens).toBe(11);
    expect((await failure(name, (exchange) => exchange.fail(500))).usage).toEqual(noUsage);
  });

  test('an answer without end is broken off, and its socket closed', async () => {
    await using provider = await openProviderServer();
    const call = generate<string>({
      model: await modelAt(provider, name),
      prompt: 'x'.repeat(400),
      signal: neverCancelled,
      maxAnswerCharacters: 1000,
    });
    const failed = expect(call).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
      retryable: true,
      finishReason: 'length',
      complaint: 'The answer went on past 1000 characters and was broken off. Answer more briefly.',
      usage: { inputTokens: name.startsWith('anthropic') ? 11 : 100, outputTokens: 251 },
    });
    const request = await provider.nextRequest();
    request.writeText('a'.repeat(999));
    request.writeText('aa');
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
      const cancelledAt = performance.now();
      cancel.abort(reason);
      await failed;
      expect((await request.closed) - cancelledAt).toBeLessThan(100);
      expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
    },
  );
});

test('how long to wait, by the provider', async () => {
  const after = async (headers: Record<string, string>, body?: unknown): Promise<number | undefined> =>
    (await failure('openai/x', (exchange) => exchange.fail(429, headers, body === undefined ? undefined : JSON.stringify(body))))
      .retryAfterMs;
  expect(await after({ 'retry-after': '120' })).toBe(120_000);
  expect(await after({ 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250);
  expect(await after({ 'retry-after': new Date(Date.now() + 30_000).toUTCString() })).toBeGreaterThan(25_000);
  expect(await after({ 'retry-after': 'soon' })).toBeUndefined();
  expect(await after({})).toBeUndefined();
  // Where it does not say so, its limits may say when they are there again.
  expect(await after({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' })).toBe(90_000);
  expect(await after({ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '1m30s' })).toBeUndefined();
  const reset = new Date(Date.now() + 30_000).toISOString();
  const anthropic = { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': reset };
  expect(await after(anthropic)).toBeGreaterThan(25_000);
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '17.5s' };
  expect(await after({}, { error: { code: 429, message: 'Quota exceeded', details: [retryInfo] } })).toBe(17_500);
});

test('an account without means is not asked again', async () => {
  const body = JSON.stringify({
    error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' },
  });
  expect(await failure('openai/x', (exchange) => exchange.fail(429, {}, body))).toMatchObject({
    code: 'MODEL_QUOTA_EXHAUSTED',
    retryable: false,
  });
});

test('an error without end is not read to its end', async () => {
  const server = createServer((_request, response) => void response.writeHead(500).write('x'.repeat(2_000_000)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const models = await openModels(settingsFor('openai/x', { baseUrl: `http://127.0.0.1:${port}/v1` }));
  const error: unknown = await generate({
    model: await models.languageModel(),
    prompt: 'x',
    signal: neverCancelled,
    silenceTimeoutMs: 5000,
  }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'MODEL_SERVER_ERROR', status: 500 });
  expect((error as Error).message.length).toBeLessThan(700);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('a refused answer of megabytes does not keep them', () => {
  // A slice of it would.
  const before = heapInUse();
  const errors = Array.from({ length: 20 }, (_, at) => {
    const output = `${at}`.repeat(2_000_000);
    return new ModelOutputError({ model: 'x', complaint: 'Too long.', output, usage: noUsage, finishReason: 'length' });
  });
  expect(heapInUse() - before).toBeLessThan(10_000_000);
  expect(errors[19]!.output).toMatch(/^1919.*more characters\)$/);
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
  await expect(generate({ ...call, silenceTimeoutMs: 20 })).rejects.toMatchObject({ code: 'MODEL_NO_RESPONSE' });
  await expect(generate({ ...call, callTimeoutMs: 20 })).rejects.toMatchObject({ code: 'MODEL_TIMED_OUT' });
  const cancel = new AbortController();
  const cancelled = generate({ ...call, signal: cancel.signal });
  cancel.abort('a reason that is no error');
  await expect(cancelled).rejects.toBe('a reason that is no error');
  await expect(generate({ ...call, callTimeoutMs: Number.POSITIVE_INFINITY, silenceTimeoutMs: 20 })).rejects.toMatchObject({
    message: 'deaf/x did not begin to answer for 0.02 s',
  });
});
