import { expect, test } from 'vitest';
import { inPieces } from '../../src/database/pieces.ts';
import { removalOfIdempotencyKeys } from '../../src/history/idempotency-keys.ts';
import { dataOf, gate, rowsOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scripted } from '../support/scripted.ts';

const start = `mutation($input: BrainstormInput!, $options: OperationOptions) {
  brainstorm(input: $input, options: $options) {
    __typename ... on Operation { id status session { id } } ... on Error { code message }
  }
}`;
const input = { instruction: 'Name a bakery' };
const idempotencyKey = 'bakery-1';

const ask = async (lion: TestLion, options: object, given: object = input) =>
  dataOf(await lion.query(start, { input: given, options })).brainstorm;

test('the same request with the same key is the same operation, in the same session', async () => {
  await using lion = await openTestLion();
  const first = await ask(lion, { idempotencyKey });
  expect(await ask(lion, { idempotencyKey, waitMs: 30_000 })).toMatchObject({ id: first.id, session: first.session });
  expect(await rowsOf(lion)).toMatchObject({ sessions: 1, operations: 1, keys: 1 });
  expect((await ask(lion, { idempotencyKey: 'bakery-2', waitMs: 30_000 })).id).not.toBe(first.id);
});

test('how long the client waits, and defaults that it spells out, are no part of the request', async () => {
  await using lion = await openTestLion();
  const first = await ask(lion, { idempotencyKey });
  const again = await ask(lion, { idempotencyKey, waitMs: 30_000 }, { ...input, count: 3, guidance: null, context: null });
  expect(again).toMatchObject({ id: first.id, status: 'SUCCEEDED' });
});

test('another request with the same key is a conflict that names the operation, and starts nothing', async () => {
  await using lion = await openTestLion();
  const first = await ask(lion, { idempotencyKey, waitMs: 30_000 });
  const before = await rowsOf(lion);
  const conflict = {
    __typename: 'IdempotencyConflictError',
    code: 'IDEMPOTENCY_CONFLICT',
    message: expect.stringContaining(first.id),
  };
  expect(await ask(lion, { idempotencyKey }, { ...input, count: 2 })).toEqual(conflict);
  expect(await ask(lion, { idempotencyKey }, { instruction: 'Name a brewery' })).toEqual(conflict);
  expect(await ask(lion, { idempotencyKey, sessionId: first.session.id })).toEqual(conflict);
  expect(await ask(lion, { idempotencyKey, model: 'builtin' })).toEqual(conflict);
  expect(await ask(lion, { idempotencyKey, timeoutMs: 1000 })).toEqual(conflict);
  const plan = `mutation { plan(input: { instruction: "Name a bakery" }, options: { idempotencyKey: "${idempotencyKey}" }) {
    __typename ... on Error { code message }
  } }`;
  expect(dataOf(await lion.query(plan)).plan).toEqual(conflict);
  expect(await rowsOf(lion)).toEqual(before);
});

test('50 copies at once are one operation, in one session, of which the model hears once', async () => {
  const held = gate();
  await using lion = await openTestLion({
    models: scripted([async () => (await held.opened, '{"ideas":[{"title":"a","description":"b","rationale":"c"}]}')]),
  });
  const options = { idempotencyKey, waitMs: 30_000 };
  const asked = Array.from({ length: 50 }, () => ask(lion, options, { ...input, count: 1 }));
  held.open();
  const answers = await Promise.all(asked);
  expect(new Set(answers.map(({ id }) => id as string)).size).toBe(1);
  expect(answers.map(({ status }) => status as string)).toEqual(answers.map(() => 'SUCCEEDED'));
  expect(await rowsOf(lion)).toMatchObject({ sessions: 1, operations: 1, keys: 1 });
});

test('a key that came with a refused request is still free', async () => {
  await using lion = await openTestLion();
  expect((await ask(lion, { idempotencyKey, model: 'nope/x' })).code).toBe('MODEL_UNKNOWN');
  expect((await ask(lion, { idempotencyKey, sessionId: 'ses_nope' })).code).toBe('SESSION_NOT_FOUND');
  expect((await ask(lion, { idempotencyKey, waitMs: 30_000 })).__typename).toBe('Operation');
});

test('a key is free again once its session is deleted', async () => {
  await using lion = await openTestLion();
  const { id, session } = await ask(lion, { idempotencyKey, waitMs: 30_000 });
  dataOf(await lion.query('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id: session.id }));
  const again = await ask(lion, { idempotencyKey, waitMs: 30_000 });
  expect(again.__typename).toBe('Operation');
  expect(again.id).not.toBe(id);
});

test('a key is kept for its time, and while its operation has not ended', async () => {
  const held = gate();
  await using lion = await openTestLion({
    models: scripted([async () => (await held.opened, '{"ideas":[{"title":"a","description":"b","rationale":"c"}]}')]),
  });
  const keysAfterSweep = async (keptSeconds: number) => {
    const usedBefore = new Date(Date.now() - keptSeconds * 1000);
    await inPieces(lion.lion.database, removalOfIdempotencyKeys(usedBefore));
    return (await rowsOf(lion))['keys'];
  };
  const one = { ...input, count: 1 };
  const { id } = await ask(lion, { idempotencyKey }, one);
  expect(await keysAfterSweep(0)).toBe(1);
  expect((await ask(lion, { idempotencyKey }, one)).id).toBe(id);
  held.open();
  expect((await ask(lion, { idempotencyKey, waitMs: 30_000 }, one)).status).toBe('SUCCEEDED');
  expect(await keysAfterSweep(3600)).toBe(1);
  expect(await keysAfterSweep(0)).toBe(0);
});

test('a key whose time is over is free again', async () => {
  await using lion = await openTestLion({ config: { idempotencySeconds: 1, sweepMs: 20 } });
  const { id } = await ask(lion, { idempotencyKey, waitMs: 30_000 });
  await until('it is swept', async () => (await rowsOf(lion))['keys'] === 0);
  expect((await ask(lion, { idempotencyKey, waitMs: 30_000 })).id).not.toBe(id);
});
