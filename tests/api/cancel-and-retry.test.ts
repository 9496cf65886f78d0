import { describe, expect, test } from 'vitest';
import { dataOf, gate, otherProject, rowsOf } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { ideas, scripted } from '../support/scripted.ts';

const instruction = 'Name a bakery';
const selection = '{"selections":[{"id":"idea-1","score":1,"rationale":"It fits."}]}';
const plan = '{"steps":[{"id":"a","title":"Bake","description":"Bread.","dependsOn":[],"doneWhen":"It smells."}]}';

const fields = `__typename
  ... on Operation {
    id status retryOf { id } children { id kind status retryOf { id } usage { inputTokens } }
    usage { inputTokens } error { code message retryable } output { __typename }
  }
  ... on Error { code message }`;

async function ask(lion: TestLion, mutation: 'cancelOperation' | 'retryOperation', id: string, key?: string) {
  return dataOf(await lion.query(`mutation($id: ID!) { ${mutation}(id: $id) { ${fields} } }`, { id }, key))[mutation];
}
const look = async (lion: TestLion, id: string) =>
  dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { ${fields.replace(/\.\.\. on Error.*/, '')} } }`, { id }))
    .operation;

describe('cancelOperation', () => {
  test('stops what runs, aborts the call to the model, and takes the children along, before the parent', async () => {
    const asked = gate();
    const aborted = gate();
    const models = scripted([
      ideas('a', 'b', 'c'),
      ({ abortSignal }) => {
        abortSignal!.addEventListener('abort', () => aborted.open());
        asked.open();
        return new Promise(() => {});
      },
    ]);
    await using lion = await openTestLion({ models });
    const operation = await lion.start('run', { instruction });
    await asked.opened;
    expect(await ask(lion, 'cancelOperation', operation.id)).toMatchObject({
      __typename: 'Operation',
      id: operation.id,
      status: 'CANCELLED',
      output: null,
      error: null,
      children: [
        { kind: 'brainstorm', status: 'SUCCEEDED' },
        { kind: 'select', status: 'CANCELLED' },
      ],
    });
    await aborted.opened;
    const events = await lion.follow(operation);
    const ends = events.filter(({ type }) => type === 'OperationCancelled');
    expect(ends.map(({ operation: number, payload }) => [number, payload])).toEqual([
      [3, { by: 'the key "test"' }],
      [1, { by: 'the key "test"' }],
    ]);
    // Nothing comes after the end.
    expect((await lion.history(operation.sessionId)).at(-1)?.seq).toBe(ends.at(-1)?.seq);
  });

  test('of one that waits for a slot: it never starts', async () => {
    const held = gate();
    const models = scripted([async () => (await held.opened, 'The Crumb')]);
    await using lion = await openTestLion({ models, config: { concurrency: 1 } });
    const running = await lion.start('perform', { instruction });
    const queued = await lion.start('perform', { instruction });
    expect((await look(lion, queued.id)).status).toBe('QUEUED');
    expect((await ask(lion, 'cancelOperation', queued.id)).status).toBe('CANCELLED');
    held.open();
    expect((await lion.eventTypes(running)).at(-1)).toBe('OperationSucceeded');
    expect(await lion.eventTypes(queued)).toEqual(['OperationQueued', 'OperationCancelled']);
  });

  test('of a child alone: its parent fails, and says why', async () => {
    const asked = gate();
    await using lion = await openTestLion({ models: scripted([() => (asked.open(), new Promise(() => {}))]) });
    const operation = await lion.start('run', { instruction });
    await asked.opened;
    const [child] = (await look(lion, operation.id)).children;
    expect((await ask(lion, 'cancelOperation', child.id)).status).toBe('CANCELLED');
    await lion.follow(operation);
    expect(await look(lion, operation.id)).toMatchObject({
      status: 'FAILED',
      error: {
        code: 'CHILD_CANCELLED',
        message: expect.stringContaining('brainstorm within this operation failed: it was cancelled'),
      },
    });
  });

  test('again is the same cancelled operation, and adds nothing to the history', async () => {
    await using lion = await openTestLion({ models: scripted([() => new Promise(() => {})]) });
    const { id } = await lion.start('perform', { instruction });
    await ask(lion, 'cancelOperation', id);
    const before = await rowsOf(lion);
    expect(await ask(lion, 'cancelOperation', id)).toMatchObject({ __typename: 'Operation', id, status: 'CANCELLED' });
    expect(await rowsOf(lion)).toEqual(before);
  });

  test('of one that has ended: refused by type, and it stays as it was', async () => {
    await using lion = await openTestLion({ models: scripted(['The Crumb', '', '', '']) });
    for (const end of ['SUCCEEDED', 'FAILED']) {
      const { id } = await lion.start('perform', { instruction }, { waitMs: 30_000 });
      expect(await ask(lion, 'cancelOperation', id)).toEqual({
        __typename: 'OperationFinishedError',
        code: 'OPERATION_FINISHED',
        message: expect.stringContaining(end),
      });
      expect((await look(lion, id)).status).toBe(end);
    }
  });

  test('of one that ends at the same moment: one of both is true, for everyone', async () => {
    await using lion = await openTestLion();
    for (let round = 0; round < 20; round++) {
      const operation = await lion.start('perform', { instruction: `${instruction} ${round}` });
      const answer = await ask(lion, 'cancelOperation', operation.id);
      const types = await lion.eventTypes(operation);
      const ends = types.filter((type) => /^Operation(Succeeded|Cancelled)$/.test(type));
      expect(ends).toEqual([answer.__typename === 'Operation' ? 'OperationCancelled' : 'OperationSucceeded']);
      expect(types.at(-1)).toBe(ends[0]);
    }
  });
});

describe('retryOperation', () => {
  test('goes on where the other one failed: what succeeded is not asked for again', async () => {
    // A call that is not among these fails the test.
    const models = scripted([ideas('a', 'b', 'c'), selection, 'no', 'no', 'no', plan]);
    await using lion = await openTestLion({ models });
    const failed = await lion.start('run', { instruction }, { waitMs: 30_000 });
    const before = await look(lion, failed.id);
    expect(before.status).toBe('FAILED');

    const retried = await ask(lion, 'retryOperation', failed.id);
    expect(retried).toMatchObject({ __typename: 'Operation', retryOf: { id: failed.id } });
    expect(retried.id).not.toBe(failed.id);
    await lion.follow(refOf(retried.id));
    const after = await look(lion, retried.id);
    expect(after).toMatchObject({ status: 'SUCCEEDED', output: { __typename: 'RunOutput' } });
    expect(after.children.map(({ kind, retryOf }: { kind: string; retryOf: { id: string } }) => [kind, retryOf.id])).toEqual(
      before.children.map(({ id, kind }: { id: string; kind: string }) => [kind, id]),
    );
    // Only the new call was paid for, and the old operation is as it was.
    expect(after.usage.inputTokens).toBe(10);
    expect(await look(lion, failed.id)).toEqual(before);
  });

  test('of one that was cancelled', async () => {
    const models = scripted([() => new Promise(() => {}), 'The Crumb']);
    await using lion = await openTestLion({ models });
    const { id } = await lion.start('perform', { instruction });
    expect(await ask(lion, 'retryOperation', id)).toMatchObject({
      __typename: 'OperationNotRetryableError',
      message: expect.stringContaining('RUNNING'),
    });
    await ask(lion, 'cancelOperation', id);
    const retried = await ask(lion, 'retryOperation', id);
    expect((await lion.follow(refOf(retried.id))).at(-1)?.type).toBe('OperationSucceeded');
  });

  test('of a retry that failed again goes on from both', async () => {
    const models = scripted([ideas('a', 'b', 'c'), 'no', 'no', 'no', selection, 'no', 'no', 'no', plan]);
    await using lion = await openTestLion({ models });
    let { id } = await lion.start('run', { instruction }, { waitMs: 30_000 });
    for (const end of ['FAILED', 'SUCCEEDED']) {
      ({ id } = await ask(lion, 'retryOperation', id));
      await lion.follow(refOf(id));
      expect((await look(lion, id)).status).toBe(end);
    }
  });

  test('of one that succeeded is refused by type', async () => {
    await using lion = await openTestLion({ models: scripted(['The Crumb']) });
    const { id } = await lion.start('perform', { instruction }, { waitMs: 30_000 });
    const before = await rowsOf(lion);
    expect(await ask(lion, 'retryOperation', id)).toEqual({
      __typename: 'OperationNotRetryableError',
      code: 'OPERATION_NOT_RETRYABLE',
      message: expect.stringContaining('SUCCEEDED'),
    });
    expect(await rowsOf(lion)).toEqual(before);
  });
});

test('what is not there, or belongs to another project, can be neither cancelled nor retried', async () => {
  await using lion = await openTestLion({ models: scripted(['', '', '']) });
  const { id } = await lion.start('perform', { instruction }, { waitMs: 30_000 });
  const stranger = await otherProject(lion);
  for (const mutation of ['cancelOperation', 'retryOperation'] as const) {
    const notFound = { __typename: 'OperationNotFoundError', code: 'OPERATION_NOT_FOUND', message: expect.any(String) };
    expect(await ask(lion, mutation, id, stranger)).toEqual(notFound);
    for (const unknown of ['op_nope', '', id.replace(/_1$/, '_99'), `${id}9999999999`])
      expect(await ask(lion, mutation, unknown)).toEqual(notFound);
  }
});
