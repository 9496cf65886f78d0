import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config.ts';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { openProviderServer, type ProviderExchange, type ProviderServer } from '../support/provider-server.ts';

// Through the whole of Lion: a fault of the provider, what the history says of it, and how the operation ends.

const models = ['openai-compatible/x', 'anthropic/claude-sonnet-5-5', 'ollama/x'];

/** Short limits, long enough for a busy machine to answer within them. */
const limits = { modelSilenceMs: 600, modelCallTimeoutMs: 1800 } satisfies Partial<Config>;

interface Fault {
  what: string;
  code: string;
  answer(exchange: ProviderExchange): void | Promise<void>;
}

const cut = async (exchange: ProviderExchange): Promise<void> => {
  exchange.writeText('Once upon a ti');
  // What comes before a reset is read only when it has arrived.
  await new Promise((arrived) => setTimeout(arrived, 20));
  exchange.destroy();
};

async function pingOn(exchange: ProviderExchange): Promise<void> {
  exchange.writePing();
  const pings = setInterval(() => exchange.writePing(), 50);
  await exchange.closed;
  clearInterval(pings);
}

/** What may pass, so that it is tried again. */
const passing: Fault[] = [
  { what: 'a reset', code: 'MODEL_CONNECTION_RESET', answer: (exchange) => exchange.destroy() },
  { what: '429', code: 'MODEL_RATE_LIMITED', answer: (exchange) => exchange.fail(429) },
  { what: '500', code: 'MODEL_SERVER_ERROR', answer: (exchange) => exchange.fail(500) },
  { what: '503', code: 'MODEL_OVERLOADED', answer: (exchange) => exchange.fail(503) },
  { what: 'a stall before the headers', code: 'MODEL_NO_RESPONSE', answer: () => undefined },
  { what: 'a stall in the stream', code: 'MODEL_STREAM_STALLED', answer: (exchange) => exchange.writeText('Once upon a ti') },
  { what: 'a call that only pings', code: 'MODEL_TIMED_OUT', answer: pingOn },
  { what: 'a cut in the stream', code: 'MODEL_STREAM_BROKEN', answer: cut },
  {
    what: 'an error object in the stream',
    code: 'MODEL_STREAM_ERROR',
    answer(exchange) {
      exchange.writeText('Once upon a ti');
      exchange.failInStream('overloaded_error', 'The server is overloaded');
    },
  },
  { what: 'an empty stream', code: 'MODEL_STREAM_EMPTY', answer: (exchange) => exchange.end() },
];

/** What stays as it is, so that nobody is asked a second time. */
const lasting: Fault[] = [
  { what: '401', code: 'MODEL_UNAUTHORIZED', answer: (exchange) => exchange.fail(401) },
  { what: '402', code: 'MODEL_QUOTA_EXHAUSTED', answer: (exchange) => exchange.fail(402) },
  { what: '400', code: 'MODEL_REJECTED', answer: (exchange) => exchange.fail(400) },
  {
    what: 'a refusal in the stream',
    code: 'MODEL_STREAM_ERROR',
    answer: (exchange) => exchange.failInStream('invalid_request_error', 'Invalid request: too long'),
  },
];

const fields = `__typename
  ... on Operation {
    id status error { code message retryable } output { ... on PerformOutput { text } }
    events(first: 200) { nodes {
      type at
      ... on StepRetrying { try when model nextModel error { code message retryable } }
      ... on StepFailed { error { code } }
    } }
  }
  ... on Error { code message }`;

interface Retrying {
  type: 'StepRetrying';
  at: string;
  when: string;
  try: number;
  model: string;
  nextModel: string;
  error: { code: string; retryable: boolean };
}

interface Performed {
  id: string;
  status: string;
  error: { code: string; message: string; retryable: boolean } | null;
  output: { text: string } | null;
  retries: Retrying[];
}

function performedOf({ events, ...operation }: { events: { nodes: { type: string }[] } } & Performed): Performed {
  return { ...operation, retries: events.nodes.filter(({ type }) => type === 'StepRetrying') as Retrying[] };
}

/** Starts a `perform` over the API. @param waitMs how long to wait for its end */
async function perform(lion: TestLion, waitMs = 0): Promise<Performed> {
  const mutation = `mutation($waitMs: Int!) { perform(input: { instruction: "Write a line" }, options: { waitMs: $waitMs }) { ${fields} } }`;
  return performedOf(dataOf(await lion.query(mutation, { waitMs })).perform);
}

const look = async (lion: TestLion, id: string): Promise<Performed> =>
  performedOf(
    dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { ${fields.replace(/\.\.\. on Error.*/, '')} } }`, { id }))
      .operation,
  );

const lionAt = (provider: ProviderServer, model: string, config: Partial<Config> = {}): Promise<TestLion> =>
  openTestLion({
    config: {
      model,
      modelBaseUrl: model.startsWith('ollama') ? provider.url : provider.openaiUrl,
      modelApiKey: 'sk-test-0123456789',
      ...config,
    },
  });

const sentence = 'Once upon a time there was bread.';

describe.each(models)('%s', (model) => {
  test.each(passing)('$what, and then an answer: tried again', async ({ answer, code }) => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, model, limits);
    let failedAt = 0;
    provider.answer((exchange) => {
      failedAt = Date.now();
      return answer(exchange);
    }, sentence);
    const { status, output, retries } = await perform(lion, 20_000);
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { text: sentence } });
    expect(retries).toMatchObject([{ try: 1, model, nextModel: model, error: { code, retryable: true } }]);
    const [{ at, when }] = retries as [Retrying];
    // Half a second, or up to half of that less.
    expect(Date.parse(when) - failedAt).toBeGreaterThanOrEqual(250);
    expect(Date.parse(when) - Date.parse(at)).toBeLessThanOrEqual(500);
    expect(provider.requests).toHaveLength(2);
  });

  test.each(lasting)('$what: not tried again', async ({ answer, code }) => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, model);
    provider.answerAll(answer);
    const { status, error, retries } = await perform(lion, 20_000);
    expect(status).toBe('FAILED');
    expect(error).toMatchObject({ code, retryable: false, message: expect.stringContaining(model) });
    expect(retries).toEqual([]);
    expect(provider.requests).toHaveLength(1);
  });

  test('a certificate that does not fit: not tried again, and nothing is sent', async () => {
    await using provider = await openProviderServer({ tls: true });
    await using lion = await lionAt(provider, model);
    const { status, error, retries } = await perform(lion, 20_000);
    expect({ status, code: error?.code, retries }).toEqual({ status: 'FAILED', code: 'MODEL_CERTIFICATE_INVALID', retries: [] });
    expect(provider.requests).toEqual([]);
  });

  test('nobody there, and then somebody: tried again', async () => {
    const gone = await openProviderServer();
    await using lion = await lionAt(gone, model);
    await gone[Symbol.asyncDispose]();
    const { id } = await perform(lion);
    await until('a try has failed', async () => (await look(lion, id)).retries.length > 0);
    await using provider = await openProviderServer({ port: Number(new URL(gone.url).port) });
    provider.answer(sentence);
    const ended = await until('it ends', async () => {
      const operation = await look(lion, id);
      return operation.status === 'RUNNING' ? undefined : operation;
    });
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { text: sentence } });
    expect(ended.retries[0]).toMatchObject({ try: 1, error: { code: 'MODEL_UNREACHABLE', retryable: true } });
  });

  test('cancelled over the API, it closes the socket within 100 ms', async () => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, model);
    /** How long that takes, in ms. */
    const timed = async (when: string): Promise<number> => {
      const { id } = await perform(lion);
      const request = await provider.nextRequest();
      if (when === 'in the stream') {
        request.writeText('Once upon a ti');
        await until('something of it is stored', async () =>
          lion.lion.database.reader.event.findFirst({ where: { type: 'TextDelta' } }),
        );
      }
      const cancelling = lion.query(`mutation($id: ID!) { cancelOperation(id: $id) { ... on Operation { status } } }`, { id });
      const closedAt = await request.closed;
      expect(dataOf(await cancelling).cancelOperation).toEqual({ status: 'CANCELLED' });
      const { at } = (await lion.lion.database.reader.event.findFirstOrThrow({
        where: { type: 'OperationCancelled' },
        orderBy: { seq: 'desc' },
      })) as { at: Date };
      return performance.timeOrigin + closedAt - at.getTime();
    };
    for (const when of ['before the headers', 'in the stream']) {
      // A machine that others keep busy may be late by itself, but not each time.
      const took: number[] = [];
      while (took.length < 3 && !took.some((ms) => ms < 100)) took.push(await timed(when));
      expect(Math.min(...took)).toBeLessThan(100);
    }
  });
});

describe('forever', () => {
  test.each(passing.filter(({ what }) => what !== '429'))('$what: three tries, and then it fails', async ({ answer, code }) => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, 'openai-compatible/x', limits);
    provider.answerAll(answer);
    const { status, error, retries } = await perform(lion, 25_000);
    expect(status).toBe('FAILED');
    expect(error).toMatchObject({ code, retryable: true });
    expect(retries.map((retry) => [retry.try, retry.error.code])).toEqual([
      [1, code],
      [2, code],
    ]);
    // The second pause is twice the first.
    expect(Date.parse(retries[1]!.when) - Date.parse(retries[1]!.at)).toBeGreaterThan(400);
    expect(provider.requests).toHaveLength(3);
  });

  test('nobody there: three tries, and then it fails', async () => {
    const gone = await openProviderServer();
    await using lion = await lionAt(gone, 'openai-compatible/x');
    await gone[Symbol.asyncDispose]();
    const { status, error, retries } = await perform(lion, 25_000);
    expect({ status, code: error?.code, retries: retries.length }).toEqual({
      status: 'FAILED',
      code: 'MODEL_UNREACHABLE',
      retries: 2,
    });
  });

  test('an operation ends in its own time, whatever its tries still wait for', async () => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, 'openai-compatible/x');
    const mutation = `mutation { perform(input: { instruction: "Write a line" }, options: { timeoutMs: 700, waitMs: 20000 }) { ${fields} } }`;
    const performing = lion.query(mutation);
    const request = await provider.nextRequest();
    request.writeText('Once upon a ti');
    expect(performedOf(dataOf(await performing).perform)).toMatchObject({
      status: 'FAILED',
      error: { code: 'OPERATION_TIMED_OUT' },
    });
    await request.closed;
    expect(provider.requests).toHaveLength(1);
  });
});

describe('429 with Retry-After', () => {
  test('of a second: the second request comes when it is over', async () => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, 'openai-compatible/x');
    const askedAt: number[] = [];
    provider.answer(
      (exchange) => {
        askedAt.push(performance.now());
        exchange.fail(429, { 'retry-after': '1' });
      },
      (exchange) => {
        askedAt.push(performance.now());
        exchange.writeText(sentence);
        exchange.finish();
      },
    );
    const { status, retries } = await perform(lion, 20_000);
    expect(status).toBe('SUCCEEDED');
    expect(retries).toMatchObject([{ error: { code: 'MODEL_RATE_LIMITED' } }]);
    // Timers may be early by a part of a millisecond.
    expect(askedAt[1]! - askedAt[0]!).toBeGreaterThanOrEqual(999);
  });

  test('four in a row are no four tries', async () => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, 'openai-compatible/x');
    const refuse = (exchange: ProviderExchange): void => exchange.fail(429, { 'retry-after-ms': '50' });
    provider.answer(refuse, refuse, refuse, refuse, sentence);
    const { status, retries } = await perform(lion, 25_000);
    expect({ status, retries: retries.length }).toEqual({ status: 'SUCCEEDED', retries: 4 });
  });

  test('of two minutes: it waits for them, and a cancel ends the wait', async () => {
    await using provider = await openProviderServer();
    await using lion = await lionAt(provider, 'openai-compatible/x');
    let failedAt = 0;
    provider.answer((exchange) => {
      failedAt = Date.now();
      exchange.fail(429, { 'retry-after': '120' });
    });
    const { id } = await perform(lion);
    const retrying = await until('it waits', async () => (await look(lion, id)).retries[0]);
    expect(retrying.error.code).toBe('MODEL_RATE_LIMITED');
    expect(Date.parse(retrying.when) - failedAt).toBeGreaterThanOrEqual(120_000);
    await lion.query(`mutation($id: ID!) { cancelOperation(id: $id) { __typename } }`, { id });
    expect(await look(lion, id)).toMatchObject({ status: 'CANCELLED' });
    await until('nothing is executed any more', () => lion.lion.agent.running === 0);
    expect(provider.requests).toHaveLength(1);
  });
});
