import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { openTestLion, type TestLion } from '../support/lion.ts';

/** Sends a request as it stands on the wire, in the given pieces. @returns all that comes back */
async function exchange({ url }: TestLion, pieces: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  const ended = new Promise<void>((resolve) => socket.once('end', resolve));
  for (const piece of pieces) await new Promise<void>((written) => socket.write(piece, () => setImmediate(written)));
  await ended;
  socket.destroy();
  return answer;
}

const headers = ({ key }: TestLion, length: number): string =>
  `POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n` +
  `X-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

it('a request that asks for HTTP/2, as Java asks, is answered as if it had not', async () => {
  await using test = await openTestLion();
  const body = JSON.stringify({ query: '{ viewer { keyName } }' });
  const whole = await exchange(test, [headers(test, body.length) + body]);
  expect(whole).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(whole).toContain('{"data":{"viewer":{"keyName":"test"}}}');
  const inPieces = await exchange(test, [headers(test, body.length), body.slice(0, 7), body.slice(7)]);
  expect(inPieces).toContain('{"data":{"viewer":{"keyName":"test"}}}');
  const without = await exchange(test, [
    'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
  ]);
  expect(without).toMatch(/^HTTP\/1\.1 200 OK/);
});

it('what is not there is told of, over HTTP and with an upgrade', async () => {
  await using test = await openTestLion();
  const response = await fetch(`${test.url}/elsewhere`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', detail: expect.stringContaining('/graphql') as string });
});

it('a subscription by who accepts no stream is told what to accept', async () => {
  await using test = await openTestLion();
  const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
  const response = await fetch(`${test.url}/graphql`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', 'x-api-key': test.key },
    body: JSON.stringify({ query: `subscription { sessionEvents(sessionId: "${sessionId}") { seq } }` }),
  });
  expect(response.status).toBe(406);
  expect(await response.text()).toContain('text/event-stream');
});
