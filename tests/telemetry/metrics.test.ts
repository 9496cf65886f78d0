import { request } from 'node:http';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { dataOf, gate, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

async function metricsOf({ url, key }: TestLion): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

it('counts operations, steps, model calls, tokens, commits and requests as the history tells of them', async () => {
  await using test = await openTestLion();
  const { instruction } = { instruction: 'Name a bakery' };
  await test.follow(await test.start('brainstorm', { instruction, count: 2 }));
  await test.follow(await test.start('perform', { instruction }));
  const metrics = await metricsOf(test);
  expect(metrics.get('lion_operation_changes_total{kind="brainstorm",change="SUCCEEDED"}')).toBe(1);
  expect(metrics.get('lion_operation_changes_total{kind="perform",change="QUEUED"}')).toBe(1);
  expect(metrics.get('lion_operation_duration_seconds_count{kind="perform",status="SUCCEEDED"}')).toBe(1);
  expect(metrics.get('lion_operation_queue_seconds_count{kind="perform"}')).toBe(1);
  expect(metrics.get('lion_model_call_duration_seconds_count{model="builtin",outcome="SUCCEEDED"}')).toBe(2);

  const { usage } = dataOf(await test.query('{ usage { usage { inputTokens outputTokens } } }')) as {
    usage: { usage: { inputTokens: number; outputTokens: number } }[];
  };
  expect(usage[0]!.usage.outputTokens).toBeGreaterThan(0);
  expect(metrics.get('lion_model_tokens_total{model="builtin",type="input"}')).toBe(usage[0]!.usage.inputTokens);
  expect(metrics.get('lion_model_tokens_total{model="builtin",type="output"}')).toBe(usage[0]!.usage.outputTokens);

  const stored = await test.lion.database.reader.event.count();
  const counted = [...metrics]
    .filter(([name]) => name.startsWith('lion_journal_events_total'))
    .reduce((sum, [, n]) => sum + n, 0);
  expect(counted).toBe(stored);
  expect(metrics.get('lion_journal_commit_duration_seconds_count')).toBeGreaterThan(0);
  // An answer is counted when it is out, which its client may know before.
  await until('the request was counted', async () => {
    return (await metricsOf(test)).get('lion_http_requests_total{method="POST",route="/graphql",status="200"}')! >= 1;
  });
  expect(metrics.get('lion_database_size_bytes{file="database"}')).toBeGreaterThan(1000);
  expect([...metrics.keys()].some((name) => name.startsWith('nodejs_eventloop_lag'))).toBe(true);
});

it('shows what waits, who follows, and how far behind the slowest is', async () => {
  const { opened, open } = gate();
  const held = define({
    kind: 'held',
    version: 1,
    description: 'Waits in a step.',
    input: z.object({ name: z.string() }),
    output: z.object({ name: z.string() }),
    async execute({ input, step, emit }) {
      await emit('one', 1);
      await emit('two', 2);
      await step('wait', () => opened);
      return input;
    },
  });
  await using test = await openTestLion({ definitions: [held], config: { concurrency: 1 } });
  try {
    const first = await test.start('held', { name: 'x' });
    const second = await test.start('held', { name: 'x' });
    const following = await test.lion.feed.followSession(first.sessionId, { after: 0 });
    await following.next();
    await until('the step has begun', async () =>
      (await test.history(first.sessionId)).some(({ type }) => type === 'StepStarted'),
    );
    const metrics = await metricsOf(test);
    const { length } = await test.history(first.sessionId);
    expect(metrics.get('lion_operations{status="RUNNING"}')).toBe(1);
    expect(metrics.get('lion_operations{status="QUEUED"}')).toBe(1);
    expect(metrics.get('lion_queue_oldest_age_seconds')).toBeGreaterThan(0);
    expect(metrics.get('lion_subscribers')).toBe(1);
    expect(metrics.get('lion_subscriber_lag_events')).toBe(length - 1);
    await following.return?.();
    expect((await metricsOf(test)).get('lion_subscribers')).toBe(0);
    open();
    await test.follow(first);
    await test.follow(second);
  } finally {
    open();
  }
});

it('shows no metrics to anybody but admins, unless it is told to', async () => {
  await using test = await openTestLion();
  expect((await fetch(`${test.url}/metrics`)).status).toBe(401);
  const { secret } = await test.lion.keys.create(test.lion.defaultProjectId, { role: 'operator', name: 'op' });
  expect((await fetch(`${test.url}/metrics`, { headers: { 'x-api-key': secret } })).status).toBe(403);
  await using open = await openTestLion({ config: { metrics: 'open' } });
  expect((await fetch(`${open.url}/metrics`)).status).toBe(200);
  await using off = await openTestLion({ config: { metrics: 'off' } });
  expect((await fetch(`${off.url}/metrics`, { headers: { 'x-api-key': off.key } })).status).toBe(404);
});

it('is not led to count what a client makes up: methods, addresses and names of requests', async () => {
  const lines: Record<string, unknown>[] = [];
  await using test = await openTestLion({ onLog: (line) => lines.push(line) });
  const status = await new Promise<number>((resolve, reject) => {
    const made = request(
      `${test.url}/made-up-${'x'.repeat(50)}`,
      { method: 'PROPFIND', headers: { 'x-request-id': 'a b' } },
      (response) => {
        response.resume();
        resolve(response.statusCode!);
      },
    );
    made.once('error', reject);
    made.end();
  });
  expect(status).toBe(404);
  const metrics = await metricsOf(test);
  expect(metrics.get('lion_http_requests_total{method="other",route="other",status="404"}')).toBe(1);
  expect(lines.find(({ msg, route }) => msg === 'request' && route === 'other')?.['request']).toMatch(/^req_/);
});
