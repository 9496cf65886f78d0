import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { testClock } from '../support/clock.ts';
import { gate, otherProject } from '../support/api.ts';
import { hasCurl, openCurl, type Curl } from '../support/curl.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

let release = gate();
/** Waits in its midst for the test. */
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
const failing = define({
  kind: 'failing',
  version: 1,
  description: 'Fails.',
  input: z.object({ patience: z.int().default(1) }),
  output: z.object({ waited: z.boolean() }),
  execute: () => Promise.reject(new Error('as it was meant to')),
});

if (!hasCurl) console.warn('Left out: the calls with curl, which is not on this machine.');

describe.skipIf(!hasCurl)('what is refused, and how', () => {
  const clock = testClock();
  let lion: TestLion;
  let curl: Curl;
  beforeAll(async () => {
    lion = await openTestLion({ definitions: [waiter, failing], clock });
    curl = await openCurl(lion);
  });
  afterAll(() => lion[Symbol.asyncDispose]());
  const newSession = async (json: object = {}): Promise<string> =>
    (await curl('POST', '/sessions', { json })).body.session_id as string;
  const keyOf = async (role: 'viewer' | 'operator'): Promise<string> =>
    (await lion.lion.keys.create(lion.lion.defaultProjectId, { role, name: role })).secret;
  const problem = { detail: expect.any(String), title: expect.any(String), type: expect.stringMatching(/^urn:lion:problem:/) };

  test('401 without a key, and with one that is not known', async () => {
    for (const key of [null, 'lion_nope', `lion_${'x'.repeat(43)}`]) {
      const { status, body, headers } = await curl('POST', '/agent/run', { json: { instruction: 'x' }, key });
      expect([status, body]).toEqual([401, expect.objectContaining({ ...problem, code: 'UNAUTHENTICATED', status: 401 })]);
      expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(headers.get('content-type')).toBe('application/problem+json');
    }
  });

  test('a Bearer token is a key, too', async () => {
    expect((await curl('GET', '/sessions', { key: null, headers: { Authorization: `Bearer ${lion.key}` } })).status).toBe(200);
  });

  test('403 for what the role of a key does not allow: from the table that GraphQL goes by', async () => {
    const id = await newSession();
    const viewer = await keyOf('viewer');
    const operator = await keyOf('operator');
    expect((await curl('GET', `/sessions/${id}/history`, { key: viewer })).status).toBe(200);
    for (const [method, path, key] of [
      ['POST', '/sessions', viewer],
      ['POST', '/agent/run', viewer],
      ['POST', '/agent/waiter', viewer],
      ['PATCH', `/sessions/${id}`, viewer],
      ['POST', `/operations/op_x_1/cancel`, viewer],
      ['DELETE', `/sessions/${id}`, operator],
    ] as const)
      expect([path, await curl(method, path, { key })]).toMatchObject([
        path,
        { status: 403, body: { ...problem, code: 'FORBIDDEN' } },
      ]);
    expect((await curl('POST', '/agent/perform', { key: operator, json: { instruction: 'x', session_id: id } })).status).toBe(
      200,
    );
  });

  test('404 for what is not there, and alike for what belongs to another project', async () => {
    const id = await newSession();
    const { body } = await curl('POST', '/agent/perform', { json: { instruction: 'x', session_id: id } });
    const other = await otherProject(lion);
    for (const [method, path] of [
      ['GET', `/sessions/${id}`],
      ['GET', `/sessions/${id}/history`],
      ['GET', `/sessions/${id}/events`],
      ['GET', `/sessions/${id}/operations`],
      ['DELETE', `/sessions/${id}`],
      ['POST', `/sessions/${id}/fork`],
      ['GET', `/operations/${body.operation_id}`],
      ['GET', `/operations/${body.operation_id}/events`],
      ['GET', `/operations/${body.operation_id}/history`],
      ['POST', `/operations/${body.operation_id}/cancel`],
      ['POST', `/operations/${body.operation_id}/retry`],
    ] as const) {
      expect([path, await curl(method, path, { key: other })]).toMatchObject([
        path,
        { status: 404, body: { code: expect.stringMatching(/_NOT_FOUND$/) } },
      ]);
      const nowhere = path.replace(/(ses|op)_[^/]+/, 'nope');
      expect([nowhere, await curl(method, nowhere)]).toMatchObject([
        nowhere,
        { status: 404, body: { code: expect.stringMatching(/_NOT_FOUND$/) } },
      ]);
    }
    const started = await curl('POST', '/agent/perform', { key: other, json: { instruction: 'x', session_id: id } });
    expect(started).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
    expect(await curl('GET', '/nope')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  test('405 with what the address takes', async () => {
    const { status, headers, body } = await curl('PUT', '/sessions');
    expect([status, headers.get('allow'), body.code]).toEqual([405, 'GET, POST, HEAD', 'METHOD_NOT_ALLOWED']);
    expect((await curl('GET', '/agent/run')).headers.get('allow')).toBe('POST');
  });

  test('410 for new work in an expired session, which can be read, and revived', async () => {
    const id = await newSession({ ttl_seconds: 60 });
    await curl('POST', '/agent/perform', { json: { instruction: 'x', session_id: id } });
    clock.pass(120_000);
    expect(await curl('POST', '/agent/perform', { json: { instruction: 'x', session_id: id } })).toMatchObject({
      status: 410,
      body: { code: 'SESSION_EXPIRED' },
    });
    expect(await curl('GET', `/sessions/${id}`)).toMatchObject({ status: 200, body: { status: 'EXPIRED' } });
    expect((await curl('GET', `/sessions/${id}/history`)).status).toBe(200);
    expect(await curl('PATCH', `/sessions/${id}`, { json: { ttl_seconds: 600 } })).toMatchObject({
      status: 200,
      body: { status: 'ACTIVE' },
    });
    expect((await curl('POST', '/agent/perform', { json: { instruction: 'x', session_id: id } })).status).toBe(200);
  });

  const invalid: [what: string, path: string, json: unknown, fields: string[]][] = [
    ['no instruction', '/agent/run', {}, ['instruction']],
    ['no object', '/agent/run', [], ['']],
    ['an empty text', '/agent/run', { instruction: ' ' }, ['instruction']],
    ['an empty topic', '/agent/brainstorm', { instruction: { topic: '' } }, ['instruction.topic']],
    ['none of the words for an instruction', '/agent/plan', { instruction: { wish: 'x' } }, ['instruction']],
    ['two of them', '/agent/plan', { instruction: { goal: 'x', task: 'y' } }, ['instruction']],
    ['guidance of a wrong type', '/agent/plan', { instruction: { goal: 'x', guidance: 7 } }, ['instruction.guidance']],
    ['no choices', '/agent/select', { instruction: { criteria: 'x' } }, ['choices']],
    ['a choice without a label', '/agent/select', { instruction: 'x', choices: ['a', { id: 'b' }] }, ['choices[1].label']],
    ['too many ideas, and a time that is none', '/agent/brainstorm', { instruction: 'x', count: 101 }, ['count']],
    [
      'options that do not fit',
      '/agent/brainstorm',
      { instruction: 'x', timeout_ms: 0, on_busy: 'NO' },
      ['on_busy', 'timeout_ms'],
    ],
    ['a field that there is not', '/agent/brainstorm', { instruction: 'x', sesion_id: 'x' }, ['sesion_id']],
    ['a name in another case', '/agent/brainstorm', { instruction: 'x', timeoutMs: 1 }, ['timeoutMs']],
    [
      'what only Lion itself gives',
      '/agent/plan',
      { instruction: 'x', idea: { title: 'a', description: 'b', rationale: 'c' } },
      ['idea'],
    ],
    ['a wait that is too long', '/agent/run?wait=601', { instruction: 'x' }, ['wait']],
    ['a parameter that there is not', '/agent/run?wiat=1', { instruction: 'x' }, ['wiat']],
    ['a title that is too long', '/sessions', { title: 'x'.repeat(201) }, ['title']],
    ['times that are none', '/sessions', { ttl_seconds: 0, metadata: [] }, ['metadata', 'ttl_seconds']],
    ['a model that there is not', '/agent/run', { instruction: 'x', model: 'nope/none' }, ['model']],
    ['a kind of your own, without its input', '/agent/waiter', { patience: 1 }, ['patience', 'input']],
  ];
  test.each(invalid)('422 with the fields: %s', async (_what, path, json, fields) => {
    const { status, body } = await curl('POST', path, { json });
    expect([status, body.code]).toEqual([422, expect.stringMatching(/^(?:BAD_INPUT|MODEL_UNKNOWN)$/)]);
    expect(body.errors.map(({ field }: { field: string }) => field).toSorted()).toEqual(fields.toSorted());
    expect(body.errors.every(({ message }: { message: string }) => message.length > 5)).toBe(true);
  });

  test('422 for a cursor past the end, with where the end is', async () => {
    const id = await newSession();
    for (const path of [`/sessions/${id}/history?after=7`, `/sessions/${id}/events?after=7`])
      expect(await curl('GET', path)).toMatchObject({
        status: 422,
        body: { code: 'CURSOR_BEYOND_END', last_seq: 1, errors: [{ field: 'after' }] },
      });
    const headers = { 'Last-Event-ID': '7' };
    expect(await curl('GET', `/sessions/${id}/events`, { headers })).toMatchObject({ status: 422, body: { last_seq: 1 } });
    expect(await curl('GET', `/sessions/${id}/history?types=Nope`)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'types' }] },
    });
  });

  test('400, 413, 415 and 406 for bodies and clients that do not fit', async () => {
    const json = { 'Content-Type': 'application/json' };
    expect(await curl('POST', '/agent/run', { data: '{', headers: json })).toMatchObject({
      status: 400,
      body: { code: 'MALFORMED_JSON' },
    });
    expect(await curl('POST', '/agent/run', { data: Buffer.from([0x22, 0xff, 0x22]), headers: json })).toMatchObject({
      status: 400,
    });
    expect(await curl('POST', '/agent/run', { data: '{}' })).toMatchObject({
      status: 415,
      body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    });
    expect(await curl('POST', '/agent/run', { data: '{}', headers: { ...json, 'Content-Encoding': 'gzip' } })).toMatchObject({
      status: 415,
    });
    const large = JSON.stringify({ instruction: 'x'.repeat(5 * 1024 * 1024) });
    for (const headers of [json, { ...json, 'Transfer-Encoding': 'chunked' }])
      expect(await curl('POST', '/agent/run', { data: large, headers })).toMatchObject({
        status: 413,
        body: { code: 'BODY_TOO_LARGE' },
      });
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(await curl('POST', '/agent/run', { data: `{"instruction":"x","context":${deep}}`, headers: json })).toMatchObject({
      status: 422,
    });
    expect(await curl('GET', '/sessions', { headers: { Accept: 'text/csv' } })).toMatchObject({
      status: 406,
      body: { code: 'NOT_ACCEPTABLE' },
    });
  });

  test('409 for a session that is busy, an idempotency key that was used, an operation that has ended', async () => {
    release = gate();
    const session_id = await newSession();
    const started = await curl('POST', '/agent/waiter?wait=0', { json: { input: {}, session_id } });
    expect(started.status).toBe(202);
    const { operation_id } = started.body as { operation_id: string };
    expect(await curl('POST', '/agent/perform', { json: { instruction: 'x', session_id, on_busy: 'REJECT' } })).toMatchObject({
      status: 409,
      body: { code: 'SESSION_BUSY', operation_id, retryable: true },
    });
    const cancelled = await curl('POST', `/operations/${operation_id}/cancel`);
    expect(cancelled).toMatchObject({ status: 200, body: { operation_id, status: 'CANCELLED', result: null } });
    release.open();
    expect(await curl('POST', `/operations/${operation_id}/answer`, { json: { name: 'x', answer: 1 } })).toMatchObject({
      status: 409,
    });
    const headers = { 'Idempotency-Key': 'once' };
    const first = await curl('POST', '/agent/perform', { json: { instruction: 'x' }, headers });
    const again = await curl('POST', '/agent/perform', { json: { instruction: 'x' }, headers });
    expect(again.body).toEqual(first.body);
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
    expect(await curl('POST', '/agent/perform', { json: { instruction: 'y' }, headers })).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    expect(await curl('POST', `/operations/${first.body.operation_id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'OPERATION_FINISHED' },
    });
    expect(await curl('POST', `/operations/${first.body.operation_id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'OPERATION_NOT_RETRYABLE' },
    });
  });

  test('an operation that failed is an answer: 200, with why; it can be retried', async () => {
    const { status, body } = await curl('POST', '/agent/failing', { json: { input: {} } });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ status: 'FAILED', result: null, error: expect.objectContaining({ code: 'INTERNAL' }) }),
    ]);
    expect(JSON.stringify(body)).not.toContain('as it was meant to');
    const retried = await curl('POST', `/operations/${body.operation_id}/retry`, { json: { on_busy: 'PARALLEL' } });
    expect(retried).toMatchObject({ status: 200, body: { session_id: body.session_id, status: 'FAILED' } });
    expect(retried.body.operation_id).not.toBe(body.operation_id);
    expect((await curl('GET', `/operations/${retried.body.operation_id}`)).body.retry_of).toBe(body.operation_id);
  });

  test('429 with when to come back: requests and streams count as they do over GraphQL', async () => {
    await using small = await openTestLion({
      config: { limits: 'key: 6 requests, 1 subscriptions' },
    });
    const call = await openCurl(small);
    const { status, headers } = await call('GET', '/sessions');
    expect([status, headers.get('ratelimit')]).toEqual([200, expect.stringMatching(/r=5/)]);
    for (let n = 0; n < 5; n++) await small.query('{ viewer { keyName } }');
    const refused = await call('GET', '/sessions');
    expect(refused).toMatchObject({ status: 429, body: { code: 'RATE_LIMITED', retryable: true } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await call('GET', '/health')).status).toBe(200);
  });

  test('503 while it stops', async () => {
    const stopping = await openTestLion();
    const call = await openCurl(stopping);
    await stopping.lion.agent.stop({ workMs: 0, unwindMs: 100 });
    const refused = await call('POST', '/agent/perform', { json: { instruction: 'x' } });
    expect(refused).toMatchObject({ status: 503, body: { code: 'SERVER_STOPPING', retryable: true } });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect((await call('GET', '/health')).status).toBe(503);
    await stopping[Symbol.asyncDispose]();
  });
});
