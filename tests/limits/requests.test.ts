import { expect, test } from 'vitest';
import { otherProject } from '../support/api.ts';
import { testClock } from '../support/clock.ts';
import { openTestLion } from '../support/lion.ts';
import { followSse } from '../support/sockets.ts';
import { anotherKey, ask, askOver, connect, connected, whoAmI } from './asking.ts';

const minute = 60_000;

/** What a refusal has, over whatever it comes. */
const refusal = (of: 'KEY' | 'PROJECT' | 'ADDRESS', most: number) => ({
  message: expect.stringMatching(new RegExp(`may make ${most} requests a minute. Nothing was done; come back in \\d+ s`)),
  extensions: {
    code: 'RATE_LIMITED',
    retryable: true,
    retryAfterMs: expect.toSatisfy((ms: number) => ms > minute - 20_000 && ms <= minute),
    limit: 'requests',
    of,
    max: most,
  },
});

test('over the requests of its key, HTTP answers 429 and when to come back; other keys go on, and so does it after that time', async () => {
  const clock = testClock();
  await using lion = await openTestLion({ clock, config: { limits: 'key: 5 requests' } });
  for (let left = 4; left >= 0; left--) {
    const { status, headers, errors } = await ask(lion);
    expect([status, errors]).toEqual([200, undefined]);
    expect(headers.get('ratelimit-policy')).toBe('"key";q=5;w=60, "project";q=120000;w=60');
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"key";r=${left};t=\\d+, "project";r=${119_995 + left};t=\\d+$`));
  }
  const refused = await ask(lion);
  expect(refused).toMatchObject({ status: 429, errors: [refusal('KEY', 5)] });
  expect(refused).not.toHaveProperty('data');
  const retryAfterSeconds = Number(refused.headers.get('retry-after'));
  const { retryAfterMs } = refused.errors![0]!.extensions as { retryAfterMs: number };
  expect(retryAfterSeconds).toBe(Math.ceil(retryAfterMs / 1000));
  expect(refused.headers.get('ratelimit-policy')).toBe('"key";q=5;w=60');
  expect(refused.headers.get('ratelimit')).toBe(`"key";r=0;t=${retryAfterSeconds}`);

  const other = { url: lion.url, key: await anotherKey(lion) };
  expect(await ask(other)).toMatchObject({ status: 200 });
  clock.pass(retryAfterMs);
  expect(await ask(lion)).toMatchObject({ status: 200 });
});

test('all keys of a project share its requests; another project does not, and learns nothing of them', async () => {
  await using lion = await openTestLion({ config: { limits: 'project: 3 requests' } });
  const others = [await anotherKey(lion), await anotherKey(lion)];
  for (const key of [lion.key, ...others]) expect(await ask({ ...lion, key })).toMatchObject({ status: 200 });
  expect(await ask(lion)).toMatchObject({ status: 429, errors: [refusal('PROJECT', 3)] });
  const apart = await ask({ url: lion.url, key: await otherProject(lion) });
  expect(apart.status).toBe(200);
  expect(apart.headers.get('ratelimit')).toContain('"project";r=2;');
});

test('whoever has no key is limited by address, and keeps no key from asking', async () => {
  await using lion = await openTestLion({ config: { limits: 'address: 2 requests' } });
  const nobody = { url: lion.url, key: '' };
  const introspection = '{ __schema { queryType { name } } }';
  for (let i = 0; i < 2; i++) expect(await ask(nobody, introspection)).toMatchObject({ status: 200 });
  expect(await ask(nobody, introspection)).toMatchObject({ status: 429, errors: [refusal('ADDRESS', 2)] });
  expect(await ask(lion)).toMatchObject({ status: 200 });
});

test('server-sent events answer 429, with the refusal as the one result', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 1 requests' } });
  await ask(lion);
  const answers = [];
  for await (const answer of followSse(lion, 'subscription { sessionEvents(sessionId: "x") { seq } }', { 'x-api-key': lion.key }))
    answers.push(answer);
  expect(answers).toEqual([{ errors: [refusal('KEY', 1)] }]);
  const response = await fetch(`${lion.url}/graphql/stream`, { method: 'PUT', headers: { 'x-api-key': lion.key } });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
});

test('over WebSocket, an operation gets an error and the connection stays; a connection is refused with 4429', async () => {
  const clock = testClock();
  await using lion = await openTestLion({ clock, config: { limits: 'key: 3 requests' } });
  const socket = await connected(lion);
  for (const id of ['1', '2']) expect(await askOver(socket, whoAmI, id)).toMatchObject({ type: 'next', id });
  expect(await askOver(socket, whoAmI, '3')).toEqual({ type: 'error', id: '3', payload: [refusal('KEY', 3)] });
  const closed = await connect(lion);
  expect(closed).toMatchObject({
    code: 4429,
    reason: expect.stringMatching(/^Come back in \d+ ms\. Too much was asked: this key/),
  });
  clock.pass(minute);
  expect(await askOver(socket, whoAmI, '4')).toMatchObject({ type: 'next', id: '4' });
  socket.terminate();
});

test('setting the system clock neither prolongs nor cuts the time', async () => {
  const clock = testClock();
  await using lion = await openTestLion({ clock, config: { limits: 'key: 1 requests' } });
  expect(await ask(lion)).toMatchObject({ status: 200 });
  for (const ms of [24 * 60 * minute, -48 * 60 * minute]) {
    clock.step(ms);
    expect(await ask(lion)).toMatchObject({ status: 429, errors: [refusal('KEY', 1)] });
  }
  clock.pass(minute);
  expect(await ask(lion)).toMatchObject({ status: 200 });
});

test('of many requests at a time exactly as many pass as may', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 10 requests' } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(lion)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
});

test('a page of another origin may read when to come back', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 1 requests' } });
  const origin = 'http://localhost:3000';
  for (const status of [200, 429]) {
    const answer = await ask(lion, whoAmI, { origin });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    const exposed = answer.headers.get('access-control-expose-headers')!.toLowerCase().split(/,\s*/);
    expect(exposed).toEqual(expect.arrayContaining(['ratelimit', 'ratelimit-policy', 'retry-after']));
  }
});

test('the health check and a preflight are not counted', async () => {
  await using lion = await openTestLion({ config: { limits: 'address: 0 requests' } });
  expect((await fetch(`${lion.url}/health`)).status).toBe(200);
  const headers = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' };
  expect((await fetch(`${lion.url}/graphql`, { method: 'OPTIONS', headers })).status).toBeLessThan(300);
});

test('with limits off, nothing is counted and nothing is said of limits', async () => {
  await using lion = await openTestLion({ config: { limits: 'off' } });
  const { status, headers } = await ask(lion);
  expect([status, headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([200, null, null]);
});
