import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  configFromEnv,
  define,
  openLion,
  openModels,
  OperationError,
  recordModels,
  replayModels,
  runOperation,
  type Lion,
} from '../../src/index.ts';
import type { StoredEvent } from '../../src/history/event.ts';
import { openTestLion } from '../support/lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';

/** Asks for points, in parallel children, and for a headline. */
const summarize = define({
  kind: 'summarize',
  version: 1,
  description: 'Summarizes texts in a point each.',
  input: z.object({ texts: z.array(z.string()).min(1) }),
  output: z.object({ points: z.array(z.string()), headline: z.string() }),
  async execute({ input, child, generate }) {
    const points = await Promise.all(input.texts.map((text) => child(summarizeOne, { text })));
    const headline = await generate('headline', { prompt: `Find a headline for: ${points.map(({ point }) => point).join(' ')}` });
    return { points: points.map(({ point }) => point), headline };
  },
});

const summarizeOne = define({
  kind: 'summarizeOne',
  version: 1,
  description: 'Summarizes a text in a point.',
  input: z.object({ text: z.string() }),
  output: z.object({ point: z.string() }),
  execute: ({ input, generate }) =>
    generate('point', { prompt: `Summarize: ${input.text}`, schema: z.object({ point: z.string().min(3) }) }),
});

const definitions = [summarize, summarizeOne];
const input = { texts: ['Bread is baked.', 'Cake is eaten.', 'Crumbs are left.'] };

/** A provider that gives a point to each text, but only once it was complained to about the first. */
async function openSummarizer() {
  const provider = await openProviderServer();
  provider.answerAll((exchange) => {
    const [first, ...more] = exchange.body.messages.filter(({ role }: { role: string }) => role !== 'system');
    const text = first.content.replace(/^Summarize: /, '');
    if (first.content.startsWith('Find')) exchange.writeText('All about baking.');
    else if (text.startsWith('Bread') && more.length === 0) exchange.writeText('Nonsense');
    else exchange.writeText(JSON.stringify({ point: `In short: ${text}` }));
    exchange.finish();
  });
  return provider;
}

/** What happened in each operation, but for ids, times and the size of the pieces in which text came. */
async function happened(lion: Lion): Promise<Map<number | null, unknown[]>> {
  const rows = (await lion.database.reader.event.findMany({ orderBy: { seq: 'asc' } })) as unknown as StoredEvent[];
  const byOperation = new Map<number | null, unknown[]>();
  for (const { type, operation, payload } of rows) {
    if (type === 'TextDelta') continue;
    byOperation.set(operation, [...(byOperation.get(operation) ?? []), { type, payload: withoutTimes(payload) }]);
  }
  return byOperation;
}

const withoutTimes = (payload: unknown): unknown =>
  JSON.parse(JSON.stringify(payload, (name, value: unknown) => (/At$|^at$|^when$|Id$/.test(name) ? undefined : value)));

describe('a definition of one’s own', () => {
  test('gives the same output and the same events when its recording is played back', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'summarize.jsonl');
    const run = async (lion: Lion) => ({ output: await runOperation(lion, summarize, input), events: await happened(lion) });
    let before: Awaited<ReturnType<typeof run>>;
    {
      await using provider = await openSummarizer();
      const settings = { model: 'openai/test', baseUrl: provider.openaiUrl, builtinTokensPerSecond: 0, env: {} };
      await using models = recordModels(await openModels(settings), file);
      await using test = await openTestLion({ models, definitions });
      before = await run(test.lion);
      expect(provider.requests).toHaveLength(5);
    }
    expect(before.output).toEqual({ points: input.texts.map((text) => `In short: ${text}`), headline: 'All about baking.' });
    const models = await replayModels(file);
    await using replayed = await openTestLion({ models, definitions });
    expect(await run(replayed.lion)).toEqual(before);
    expect(models.unused()).toEqual([]);
  });

  test('is tested in a few lines, with the configuration alone', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'summarize.jsonl');
    await using provider = await openSummarizer();
    const settings = { LION_LOG_LEVEL: 'silent', LION_DATABASE_URL: `file:${join(folder.path, 'lion.db')}` };
    const models = { LION_MODEL: 'openai/test', LION_MODEL_BASE_URL: provider.openaiUrl };
    {
      await using lion = await openLion(configFromEnv({ ...settings, ...models, LION_RECORD: file }), { definitions });
      await runOperation(lion, summarizeOne, { text: 'Cake is eaten.' });
    }
    await using lion = await openLion(configFromEnv({ ...settings, LION_REPLAY: file }), { definitions });
    expect(await runOperation(lion, 'summarizeOne', { text: 'Cake is eaten.' })).toEqual({ point: 'In short: Cake is eaten.' });
    expect(provider.requests).toHaveLength(1);
    const changed = runOperation(lion, summarizeOne, { text: 'Cake is kept.' });
    await expect(changed).rejects.toBeInstanceOf(OperationError);
    await expect(changed).rejects.toMatchObject({ code: 'MODEL_NOT_RECORDED', retryable: false });
    await expect(runOperation(lion, 'unheardOf', {})).rejects.toThrow(/this Lion has no definition "unheardOf"/);
    await expect(runOperation(lion, 'summarizeOne', {})).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(runOperation(lion, summarizeOne, { text: 'Cake' }, { model: 'openai/other' })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
    });
  });

  test('falls back in the replay where it did when it was recorded', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'chain.jsonl');
    const texts = { texts: ['Bread is baked.'] };
    let before: unknown;
    {
      await using provider = await openProviderServer();
      provider.answer('{"point":"Bread: baked."}', (exchange) => exchange.fail(401));
      const settings = { model: 'openai/test,builtin', baseUrl: provider.openaiUrl, builtinTokensPerSecond: 0, env: {} };
      await using models = recordModels(await openModels(settings), file);
      await using test = await openTestLion({ models, definitions });
      before = await runOperation(test.lion, summarize, texts);
    }
    const models = await replayModels(file);
    await using replayed = await openTestLion({ models, definitions });
    expect(await runOperation(replayed.lion, summarize, texts)).toEqual(before);
    expect(models.unused()).toEqual([]);
  });

  test('that is cancelled fails with a code that says so', async () => {
    await using provider = await openProviderServer();
    const settings = { model: 'openai/test', baseUrl: provider.openaiUrl, builtinTokensPerSecond: 0, env: {} };
    await using test = await openTestLion({ models: await openModels(settings), definitions });
    const running = runOperation(test.lion, summarizeOne, { text: 'Cake' });
    const exchange = await provider.nextRequest();
    const operation = await test.lion.database.reader.operation.findFirstOrThrow();
    const id = `op_${operation.sessionId.slice('ses_'.length)}_${operation.number}`;
    await test.lion.operations.cancel({ projectId: test.lion.defaultProjectId }, id, { by: 'key_test' });
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    await exchange.closed;
  });
});
