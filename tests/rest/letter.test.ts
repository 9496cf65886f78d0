import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasCurl, openCurl, type Curl } from '../support/curl.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

if (!hasCurl) console.warn('Left out: the calls with curl, which is not on this machine.');

describe.skipIf(!hasCurl)('the calls, to the letter, with curl against a real server', () => {
  const folder = scratchFolder();
  let server: ServerProcess;
  let curl: Curl;
  beforeAll(async () => {
    server = await startServer(folder.path);
    curl = await openCurl(server);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const newSession = async (): Promise<string> => (await curl('POST', '/sessions')).body.session_id as string;

  test('POST /sessions', async () => {
    const { status, body, headers } = await curl('POST', '/sessions');
    expect(status).toBe(201);
    expect(body.session_id).toMatch(/^ses_/);
    expect(headers.get('location')).toBe(`/sessions/${body.session_id}`);
  });

  test.each([
    ['run', { instruction: { task: 'Plan a village library' } }, 'selected_idea'],
    ['brainstorm', { instruction: { topic: 'Names for a bakery' } }, 'ideas'],
    ['plan', { instruction: { goal: 'Open a bakery' } }, 'steps'],
    ['select', { instruction: { criteria: 'The shortest' }, choices: ['option1', 'option2', 'option3'] }, 'selected'],
  ])('POST /agent/%s, without a session and in one', async (kind, request, member) => {
    const { status, body } = await curl('POST', `/agent/${kind}`, { json: request });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['session_id', 'operation_id', 'status', 'result']);
    expect(body).toMatchObject({
      status: 'SUCCEEDED',
      session_id: expect.stringMatching(/^ses_/),
      operation_id: expect.stringMatching(/^op_/),
    });
    expect(body.result[member]).toBeTruthy();
    const session_id = await newSession();
    const again = await curl('POST', `/agent/${kind}`, { json: { ...request, session_id } });
    expect(again.body).toMatchObject({ session_id, status: 'SUCCEEDED' });
  });

  test('POST /agent/select selects from what was given, and from nothing else', async () => {
    const { body } = await curl('POST', '/agent/select', {
      json: { instruction: { criteria: 'bread' }, choices: ['cars', 'bread and rolls', 'boats'] },
    });
    expect(body.result.selected).toMatchObject([{ choice: { id: 'choice-2', label: 'bread and rolls', content: null } }]);
  });

  test('GET /sessions/{session_id}/history', async () => {
    const session_id = await newSession();
    await curl('POST', '/agent/perform', { json: { instruction: 'Say hello', session_id } });
    const { status, body } = await curl('GET', `/sessions/${session_id}/history`);
    expect(status).toBe(200);
    const seqs = body.events.map(({ seq }: { seq: number }) => seq) as number[];
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    expect(body.events[0]).toMatchObject({ type: 'SessionCreated', session_id, operation_id: null });
    expect(body.events.at(-1)).toMatchObject({ type: 'OperationSucceeded', seq: body.last_seq });
    expect(body.next).toBeNull();
  });

  test('DELETE /sessions/{session_id}', async () => {
    const id = await newSession();
    expect((await curl('DELETE', `/sessions/${id}`)).status).toBe(204);
    expect((await curl('GET', `/sessions/${id}`)).status).toBe(404);
  });

  test('GET /health, without a key', async () => {
    expect(await curl('GET', '/health', { key: null })).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});
