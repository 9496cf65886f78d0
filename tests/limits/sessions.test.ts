import { expect, test } from 'vitest';
import { dataOf, otherProject, rowsOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { anotherKey, ask } from './asking.ts';

const refusals = '__typename ... on Error { code message } ... on TooManySessionsError { of max }';
const shown = `${refusals} ... on Session { id }`;
const create = async (lion: Pick<TestLion, 'url' | 'key'>) =>
  dataOf(await ask(lion, `mutation { createSession(input: {}) { ${shown} } }`)).createSession as {
    __typename: string;
    id: string;
  };
const tooMany = (of: 'KEY' | 'PROJECT', max: number) => ({
  __typename: 'TooManySessionsError',
  code: 'TOO_MANY_SESSIONS',
  message: expect.stringContaining('Delete some'),
  of,
  max,
});

test.each(['key', 'project'] as const)('of 20 sessions at once under a limit of 3 for the %s exactly 3 are made', async (of) => {
  await using lion = await openTestLion({ config: { limits: `${of}: 3 sessions` } });
  const made = await Promise.all(Array.from({ length: 20 }, () => create(lion)));
  expect(made.filter(({ __typename }) => __typename === 'Session')).toHaveLength(3);
  expect(made.find(({ __typename }) => __typename !== 'Session')).toEqual(tooMany(of === 'key' ? 'KEY' : 'PROJECT', 3));
  expect(await rowsOf(lion)).toMatchObject({ sessions: 3, events: 3 });
  const sibling = { url: lion.url, key: await anotherKey(lion) };
  expect(await create(sibling)).toMatchObject({ __typename: of === 'key' ? 'Session' : 'TooManySessionsError' });
  expect(await create({ url: lion.url, key: await otherProject(lion) })).toMatchObject({ __typename: 'Session' });
});

test('one that is deleted makes room; a fork, and a session that is made along with an operation, need it', async () => {
  await using lion = await openTestLion({ config: { limits: 'key: 1 sessions' } });
  const { id } = await create(lion);
  const fork = `mutation { forkSession(input: { id: "${id}" }) { ${shown} } }`;
  const perform = `mutation { perform(input: { instruction: "Hello" }, options: { idempotencyKey: "mine", waitMs: 20000 }) { ${refusals} } }`;
  expect(dataOf(await ask(lion, fork)).forkSession).toEqual(tooMany('KEY', 1));
  expect(dataOf(await ask(lion, perform)).perform).toEqual(tooMany('KEY', 1));
  expect(await rowsOf(lion)).toMatchObject({ sessions: 1, operations: 0, keys: 0 });
  await ask(lion, `mutation { deleteSession(id: "${id}") { __typename } }`);
  expect(dataOf(await ask(lion, perform)).perform).toMatchObject({ __typename: 'Operation' });
  expect(await create(lion)).toEqual(tooMany('KEY', 1));
});

test('sessions count until they are deleted: over a restart, and once they have expired', async () => {
  using scratch = scratchFolder();
  const config = { limits: 'project: 2 sessions', sessionTtlSeconds: 1, sweepMs: 20 };
  {
    await using before = await openTestLion({ folder: scratch.path, config });
    await create(before);
    await create(before);
    await until(
      'they have expired',
      async () => (await before.lion.database.reader.event.count({ where: { type: 'SessionExpired' } })) === 2,
    );
    expect(await create(before)).toEqual(tooMany('PROJECT', 2));
  }
  {
    await using after = await openTestLion({ folder: scratch.path, config });
    expect(await create(after)).toEqual(tooMany('PROJECT', 2));
  }
  await using cleaning = await openTestLion({ folder: scratch.path, config: { ...config, sessionRetentionSeconds: 0 } });
  await until('they are removed', async () => (await cleaning.lion.database.reader.session.count()) === 0);
  expect(await create(cleaning)).toMatchObject({ __typename: 'Session' });
});
