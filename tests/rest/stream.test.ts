import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { gate, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { readContract, type Contract } from '../support/open-api.ts';
import { openProxy } from '../support/proxy.ts';

let release = gate();
const waiter = define({
  kind: 'waiter',
  version: 1,
  description: 'Waits, and says much.',
  input: z.object({ says: z.int().default(0) }),
  output: z.object({ waited: z.boolean() }),
  async execute({ input, step, emit }) {
    for (let n = 0; n < input.says; n++) await emit('said', { n, text: 'x'.repeat(20_000) });
    await step('wait', () => release.opened);
    return { waited: true };
  },
});

let lion: TestLion;
let contract: Contract;
beforeAll(async () => {
  lion = await openTestLion({
    definitions: [waiter],
    http: { heartbeatMs: 50 },
    config: { limits: 'key: 3 subscriptions', stallMs: 400 },
  });
  contract = await readContract(lion.url);
});
afterAll(() => lion[Symbol.asyncDispose]());

const headers = () => ({ 'x-api-key': lion.key });
const expectNobodyFollows = () => until('nobody follows', () => lion.lion.feed.followedSessions === 0);

interface Frame {
  id: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever an event has
  event: any;
}

/** Reads a stream as an EventSource does. */
async function* frames(response: Response, comments: string[] = []): AsyncGenerator<Frame> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const [, id, data] = /^id: (\d+)\ndata: (.+)$/.exec(frame) ?? [];
      if (data === undefined) comments.push(frame);
      else {
        const event = JSON.parse(data) as unknown;
        contract.expectEvent(event);
        yield { id: Number(id), event };
      }
    }
  }
}

async function follow(path: string, more: Record<string, string> = {}, url = lion.url): Promise<Response> {
  return fetch(url + path, { headers: { ...headers(), ...more } });
}

async function take(source: AsyncGenerator<Frame>, isLast: (frame: Frame) => boolean): Promise<Frame[]> {
  const seen: Frame[] = [];
  for await (const frame of source) {
    seen.push(frame);
    if (isLast(frame)) break;
  }
  return seen;
}

test('a session is followed from its beginning, live, with the seq as id and signs of life', async () => {
  release = gate();
  const operation = await lion.start('waiter', {});
  const response = await follow(`/sessions/${operation.sessionId}/events`);
  expect([response.status, response.headers.get('content-type'), response.headers.get('x-accel-buffering')]).toEqual([
    200,
    'text/event-stream',
    'no',
  ]);
  expect(response.headers.get('cache-control')).toMatch(/no-transform/);
  const comments: string[] = [];
  const source = frames(response, comments);
  const before = await take(
    frames(await follow(`/sessions/${operation.sessionId}/events`)),
    ({ event }) => event.type === 'StepStarted',
  );
  const reading = take(source, ({ event }) => event.type === 'OperationSucceeded');
  await until('it gives signs of life', () => comments.filter((text) => text === ':').length >= 3);
  release.open();
  const seen = await reading;
  expect(seen.slice(0, before.length)).toEqual(before);
  expect(seen.map(({ id }) => id)).toEqual(seen.map((_, index) => index + 1));
  expect(seen.every(({ id, event }) => id === event.seq && event.session_id === operation.sessionId)).toBe(true);
  expect(seen.at(-1)!.event).toMatchObject({ operation_id: operation.id, kind: 'waiter', result: { waited: true } });
  await expectNobodyFollows();
});

test('the same events as GraphQL tells, of every type that a run has', async () => {
  const run = await lion.start('run', { instruction: 'Plan a fair' });
  const seen = await take(frames(await follow(`/operations/${run.id}/events`)), () => false);
  const stored = await lion.follow(run);
  expect(seen.map(({ event }) => [event.seq, event.type])).toEqual(stored.map(({ seq, type }) => [seq, type]));
  const ideas = seen.filter(({ event }) => event.type === 'IdeaProposed');
  expect(ideas[0]!.event).toMatchObject({ step: 'ideas', try: 1, idea: { id: 'idea-1', development_id: null } });
  expect(seen.find(({ event }) => event.type === 'PlanStepProposed')!.event.plan_step).toHaveProperty('done_when');
  await expectNobodyFollows();
});

test('a connection that is cut again and again loses no event, and repeats none: Last-Event-ID resumes', async () => {
  release = gate();
  release.open();
  const operation = await lion.start('waiter', { says: 12 });
  const { sessionId, id: operationId } = operation;
  await lion.follow(operation);
  await using proxy = await openProxy(lion.url);
  proxy.cutAfter(30_000);
  const seen: number[] = [];
  let last = '0';
  while (true) {
    const response = await follow(`/sessions/${sessionId}/events`, { 'Last-Event-ID': last }, proxy.url).catch(() => undefined);
    if (!response) continue;
    try {
      for await (const { id, event } of frames(response)) {
        seen.push(id);
        last = String(id);
        if (event.type === 'OperationSucceeded') break;
      }
    } catch {
      // Cut: it comes back.
    }
    if (seen.length > 0 && (await lion.history(sessionId)).length === seen.length) break;
  }
  expect(seen).toEqual(seen.map((_, index) => index + 1));
  expect(proxy.connections).toBeGreaterThan(3);
  const after = await take(frames(await follow(`/operations/${operationId}/events?after=${seen.length - 1}`)), () => false);
  expect(after.map(({ id }) => id)).toEqual([seen.length]);
  await expectNobodyFollows();
});

test('only some types; the header goes before the address; who cannot set it says it there', async () => {
  release = gate();
  release.open();
  const { id } = await lion.start('waiter', {});
  const of = async (query: string, more = {}) =>
    (await take(frames(await follow(`/operations/${id}/events${query}`, more)), () => false)).map(
      ({ event }) => event.type as string,
    );
  expect(await of('?types=OperationQueued,OperationSucceeded')).toEqual(['OperationQueued', 'OperationSucceeded']);
  const all = await of('');
  expect(await of('?after=0', { 'Last-Event-ID': '3' })).toEqual(all.slice(2));
  expect(await of('?lastEventId=3')).toEqual(all.slice(2));
  await expectNobodyFollows();
});

test('of an operation that has ended nothing more comes: 204, so that an EventSource does not come back for ever', async () => {
  release = gate();
  release.open();
  const operation = await lion.start('waiter', {});
  const events = await lion.follow(operation);
  const response = await follow(`/operations/${operation.id}/events`, { 'Last-Event-ID': String(events.at(-1)!.seq) });
  expect(response.status).toBe(204);
  await expectNobodyFollows();
});

test('a session that is deleted ends its streams', async () => {
  release = gate();
  release.open();
  const operation = await lion.start('waiter', {});
  await lion.follow(operation);
  const reading = take(frames(await follow(`/sessions/${operation.sessionId}/events`)), () => false);
  await until('it is followed', () => lion.lion.feed.followedSessions === 1);
  expect((await fetch(`${lion.url}/sessions/${operation.sessionId}`, { method: 'DELETE', headers: headers() })).status).toBe(204);
  expect((await reading).length).toBeGreaterThan(3);
  await expectNobodyFollows();
});

test('streams count as subscriptions do', async () => {
  const { session_id: id } = (await (await fetch(`${lion.url}/sessions`, { method: 'POST', headers: headers() })).json()) as {
    session_id: string;
  };
  const open = await Promise.all([1, 2, 3].map(() => follow(`/sessions/${id}/events`)));
  const refused = await follow(`/sessions/${id}/events`);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([429, 'RATE_LIMITED']);
  await open[0]!.body!.cancel();
  const again = await until('there is room', async () => {
    const response = await follow(`/sessions/${id}/events`);
    if (response.ok) return response;
    await response.body!.cancel();
    return false;
  });
  for (const each of [again, ...open.slice(1)]) await each.body!.cancel();
  await expectNobodyFollows();
});

test('a reader that takes nothing is cut, and holds nothing up', async () => {
  release = gate();
  release.open();
  const operation = await lion.start('waiter', { says: 400 });
  await lion.follow(operation);
  const { hostname, port } = new URL(lion.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write(`GET /sessions/${operation.sessionId}/events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${lion.key}\r\n\r\n`);
  socket.on('error', () => {});
  await until('it is followed', () => lion.lion.feed.followedSessions === 1);
  await expectNobodyFollows();
  socket.destroy();
});
