import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { gate, until } from '../support/api.ts';
import { hasCurl, openCurl, type Curl } from '../support/curl.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

let release = gate();
const waiter = define({
  kind: 'waiter',
  version: 1,
  description: 'Waits.',
  input: z.object({ patience: z.int().default(1) }),
  output: z.object({ waited: z.boolean() }),
  async execute({ step }) {
    await step('wait', () => release.opened);
    return { waited: true };
  },
});

if (!hasCurl) console.warn('Left out: the calls with curl, which is not on this machine.');

describe.skipIf(!hasCurl)('answers that wait', () => {
  let lion: TestLion;
  let curl: Curl;
  beforeAll(async () => {
    lion = await openTestLion({ definitions: [waiter] });
    curl = await openCurl(lion);
  });
  afterAll(() => lion[Symbol.asyncDispose]());

  test('Prefer: respond-async is answered at once with 202 and a Location, which answers when it has ended', async () => {
    release = gate();
    const { status, headers, body } = await curl('POST', '/agent/waiter', {
      json: { input: {} },
      headers: { Prefer: 'respond-async' },
    });
    expect([status, headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    expect(body).toEqual({
      session_id: body.session_id,
      operation_id: body.operation_id,
      status: expect.stringMatching(/QUEUED|RUNNING/),
      result: null,
    });
    const location = headers.get('location')!;
    expect(location).toBe(`/operations/${body.operation_id}`);
    expect((await curl('GET', location)).body).toMatchObject({ status: 'RUNNING', result: null });
    const ended = curl('GET', `${location}?wait=30`);
    await until('the operation is read', () => lion.lion.agent.running === 1);
    release.open();
    expect((await ended).body).toMatchObject({ status: 'SUCCEEDED', result: { waited: true }, kind: 'waiter' });
  });

  test('wait is over: 202, and the operation goes on', async () => {
    release = gate();
    const { status, body, headers } = await curl('POST', '/agent/waiter?wait=0.05', { json: { input: {} } });
    expect([status, body.result, headers.get('location')]).toEqual([202, null, `/operations/${body.operation_id}`]);
    expect((await curl('POST', '/agent/waiter', { json: { input: {} }, headers: { Prefer: 'wait=0' } })).status).toBe(202);
    release.open();
    expect((await curl('GET', `/operations/${body.operation_id}?wait=30`)).body.status).toBe('SUCCEEDED');
    await until('all have ended', () => lion.lion.agent.running === 0);
  });

  test('without either it waits for the end; a client that leaves stops nothing', async () => {
    release = gate();
    const leaving = new AbortController();
    const asked = fetch(`${lion.url}/agent/waiter`, {
      method: 'POST',
      headers: { 'x-api-key': lion.key, 'content-type': 'application/json' },
      body: JSON.stringify({ input: { patience: 7 } }),
      signal: leaving.signal,
    }).catch((error: Error) => error.name);
    await until('it runs', () => lion.lion.agent.running === 1);
    leaving.abort();
    expect(await asked).toBe('AbortError');
    const waiting = curl('POST', '/agent/waiter', { json: { input: {} } });
    await until('two run', () => lion.lion.agent.running === 2);
    release.open();
    expect(await waiting).toMatchObject({ status: 200, body: { result: { waited: true } } });
    const { body } = await curl('GET', '/operations?kind=waiter&limit=2');
    expect(body.operations[1]).toMatchObject({ input: { patience: 7 }, status: 'SUCCEEDED' });
  });

  test('a person is asked, and answers', async () => {
    const json = { instruction: 'Which?', choices: ['one', 'two'], by: 'PERSON' };
    const { body } = await curl('POST', '/agent/select?wait=0', { json });
    const path = `/operations/${body.operation_id}`;
    const asked = await until('somebody is asked', async () => {
      const { body: operation } = await curl('GET', path);
      return operation.status === 'WAITING' && operation.input_request;
    });
    expect(asked).toMatchObject({ name: 'selection', until: null, complaint: null });
    const wrong = await curl('POST', `${path}/answer`, { json: { name: 'selection', answer: { selected: 7 } } });
    expect(wrong).toMatchObject({ status: 422, body: { code: 'ANSWER_INVALID', errors: [{ field: 'answer.selected' }] } });
    expect(
      (await curl('POST', `${path}/answer`, { json: { name: 'selection', answer: { selected: ['choice-2'] } } })).status,
    ).toBe(200);
    expect((await curl('GET', `${path}?wait=30`)).body).toMatchObject({
      status: 'SUCCEEDED',
      input_request: null,
      result: { selected: [{ choice: { id: 'choice-2', label: 'two' } }] },
    });
    const again = await curl('POST', `${path}/answer`, { json: { name: 'selection', answer: { selected: ['choice-1'] } } });
    expect(again).toMatchObject({ status: 409, body: { code: 'INPUT_ALREADY_RECEIVED' } });
  });

  const forms: [form: unknown, input: Record<string, unknown>][] = [
    ['Bake', { instruction: 'Bake', guidance: null, context: null }],
    [
      { instruction: 'Bake', guidance: 'slowly', context: { a: 1 } },
      { instruction: 'Bake', guidance: 'slowly', context: { a: 1 } },
    ],
    [{ task: 'Bake' }, { instruction: 'Bake', guidance: null, context: null }],
    [
      { topic: 'Bake', audience: 'all', doNotRename: 1 },
      { instruction: 'Bake', guidance: null, context: { audience: 'all', doNotRename: 1 } },
    ],
    [
      { goal: 'Bake', guidance: 'slowly', context: { a: 1 }, b: 2 },
      { instruction: 'Bake', guidance: 'slowly', context: { a: 1, b: 2 } },
    ],
    [
      { criteria: 'Bake', context: 'a text', b: 2 },
      { instruction: 'Bake', guidance: null, context: { context: 'a text', b: 2 } },
    ],
  ];
  test.each(forms)('an instruction as %j', async (instruction, input) => {
    const { body } = await curl('POST', '/agent/perform', { json: { instruction } });
    expect((await curl('GET', `/operations/${body.operation_id}`)).body.input).toMatchObject(input);
  });

  test('sessions: their own words, lists in pages, forks', async () => {
    const json = { title: 'Page', metadata: { camelCase: { stays: 1 } }, ttl_seconds: null, on_busy: 'QUEUE' };
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { body } = await curl('POST', '/sessions', { json });
      expect(body).toMatchObject({
        title: 'Page',
        metadata: json.metadata,
        on_busy: 'QUEUE',
        expires_at: null,
        status: 'ACTIVE',
      });
      ids.unshift(body.session_id as string);
    }
    const first = await curl('GET', '/sessions?limit=2&title_contains=page');
    expect(first.body.sessions.map(({ session_id }: { session_id: string }) => session_id)).toEqual(ids.slice(0, 2));
    const link = /^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!;
    const second = await curl('GET', link);
    expect(second.body).toMatchObject({ sessions: [{ session_id: ids[2] }], next: null });
    const fork = await curl('POST', `/sessions/${ids[0]}/fork`, { json: { at_seq: 1, title: 'Fork' } });
    expect(fork).toMatchObject({ status: 201, body: { title: 'Fork', forked_from: ids[0], fork_seq: 1 } });
    const { body } = await curl('GET', `/sessions/${fork.body.session_id}/history`);
    expect(body.events).toMatchObject([
      { type: 'SessionCreated', seq: 1 },
      { type: 'SessionForked', forked_from: ids[0], unfinished: [] },
    ]);
  });

  test('a history in pages: from both ends, by type, and of one operation with its descendants', async () => {
    const { body: run } = await curl('POST', '/agent/run', { json: { instruction: 'Plan a fair' } });
    const path = `/sessions/${run.session_id}/history`;
    const all = (await curl('GET', `${path}?limit=1000`)).body;
    const paged: { seq: number }[] = [];
    for (let next: string | null = `${path}?limit=7`; next !== null;) {
      const page = await curl('GET', next);
      paged.push(...page.body.events);
      next = /^<(.+)>;/.exec(page.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(paged).toEqual(all.events);
    const latest = (await curl('GET', `${path}?order=desc&limit=3`)).body;
    expect(latest.events).toEqual(all.events.toReversed().slice(0, 3));
    expect((await curl('GET', `${path}?order=desc&limit=3&before=${latest.next}`)).body.events).toEqual(
      all.events.toReversed().slice(3, 6),
    );
    const { events } = (await curl('GET', `${path}?types=OperationQueued`)).body;
    expect(
      events.map(({ kind, parent_id }: { kind: string; parent_id: string | null }) => [kind, parent_id === run.operation_id]),
    ).toEqual([
      ['run', false],
      ['brainstorm', true],
      ['select', true],
      ['plan', true],
    ]);
    const child = events[1].operation_id as string;
    const own = (await curl('GET', `/operations/${child}/history?limit=1000`)).body.events as { operation_id: string }[];
    expect(new Set(own.map(({ operation_id }) => operation_id))).toEqual(new Set([child]));
    expect((await curl('GET', `/sessions/${run.session_id}/operations?top_level=true`)).body.operations).toMatchObject([
      { operation_id: run.operation_id },
    ]);
  });
});
