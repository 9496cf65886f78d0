import { expect, test } from 'vitest';
import { dataOf, otherProject } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { anotherKey, ask, connect } from './asking.ts';

const fields = 'keyId requests operations concurrent subscriptions connections sessions';
const nothing = { requests: null, operations: null, concurrent: null, subscriptions: null, connections: null, sessions: null };
const keyIdOf = async (lion: Pick<TestLion, 'url' | 'key'>): Promise<string> => dataOf(await ask(lion)).viewer.keyId;
const set = (lion: Pick<TestLion, 'url' | 'key'>, keyId: string, limits: string) =>
  ask(
    lion,
    `mutation { setKeyLimits(input: { keyId: "${keyId}", ${limits} }) { __typename ... on KeyLimits { ${fields} } ... on Error { code } } }`,
  );

test('a key has limits of its own at once, keeps them over a restart, and has the default again with null', async () => {
  using scratch = scratchFolder();
  const options = { folder: scratch.path, config: { limits: 'key: 1000 requests, 3 sessions' } };
  let other: { url: string; key: string };
  let keyId: string;
  {
    await using lion = await openTestLion(options);
    other = { url: lion.url, key: await anotherKey(lion) };
    keyId = await keyIdOf(other);
    const own = { ...nothing, keyId, requests: 2, sessions: 0 };
    expect(dataOf(await set(lion, keyId, 'requests: 2, sessions: 0')).setKeyLimits).toEqual({ __typename: 'KeyLimits', ...own });
    expect((await ask(other)).status).toBe(200);
    expect((await ask(other)).headers.get('ratelimit-policy')).toContain('"key";q=2;w=60');
    // The window has begun before.
    expect((await ask(other)).status).toBe(429);
    expect((await ask(lion)).status).toBe(200);
  }
  await using lion = await openTestLion(options);
  other.url = lion.url;
  expect(dataOf(await ask(lion, `{ keyLimits(keyId: "${keyId}") { ${fields} } }`)).keyLimits).toEqual({
    ...nothing,
    keyId,
    requests: 2,
    sessions: 0,
  });
  const create = 'mutation { createSession(input: {}) { __typename } }';
  expect(dataOf(await ask(other, create)).createSession).toEqual({ __typename: 'TooManySessionsError' });
  await set(lion, keyId, 'requests: null, sessions: null, connections: 0');
  expect(dataOf(await ask(other, create)).createSession).toEqual({ __typename: 'Session' });
  expect((await ask(other)).headers.get('ratelimit-policy')).toContain('"key";q=1000;w=60');
  expect(await connect(other)).toMatchObject({ code: 4429 });
  await set(lion, keyId, 'connections: null, subscriptions: 0, operations: 0');
  const perform = 'mutation { perform(input: { instruction: "Hello" }) { __typename } }';
  expect(await ask(other, perform)).toMatchObject({ status: 429 });
  await set(lion, keyId, 'operations: 1, concurrent: 0');
  expect(dataOf(await ask(other, perform)).perform).toEqual({ __typename: 'TooManyOperationsError' });
});

test('only admins of the project set limits; the keys of others are none', async () => {
  await using lion = await openTestLion();
  const keyId = await keyIdOf(lion);
  const apart = { url: lion.url, key: await otherProject(lion) };
  for (const stranger of [keyId, 'key_none']) {
    expect(dataOf(await set(apart, stranger, 'requests: 1')).setKeyLimits).toEqual({
      __typename: 'KeyNotFoundError',
      code: 'KEY_NOT_FOUND',
    });
    expect(dataOf(await ask(apart, `{ keyLimits(keyId: "${stranger}") { keyId } }`)).keyLimits).toBeNull();
  }
  const listed = dataOf(await ask(lion, `{ keys(first: 10) { nodes { id limits { ${fields} } } } }`)).keys.nodes as {
    id: string;
  }[];
  expect(listed.find(({ id }) => id === keyId)).toEqual({ id: keyId, limits: { ...nothing, keyId } });
  const operator = { url: lion.url, key: await anotherKey(lion, 'operator') };
  expect((await set(operator, keyId, 'requests: 1')).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  for (const wrong of ['requests: -1', 'sessions: 1000000001'])
    expect((await set(lion, keyId, wrong)).errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
  expect(dataOf(await ask(lion, `{ keyLimits(keyId: "${keyId}") { ${fields} } }`)).keyLimits).toEqual({ ...nothing, keyId });
});
