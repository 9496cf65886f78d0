import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { dataOf, gate, otherProject, rowsOf, until } from '../support/api.ts';
import { testClock } from '../support/clock.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { anotherKey, ask, askOver, connected } from './asking.ts';

const union = '__typename ... on Operation { id session { id } } ... on Error { code message }';
const refusals = '... on TooManyOperationsError { of max retryAfterMs }';

/** A kind whose operations run until they are let go; with children, where asked for. */
function holding() {
  const { opened, open } = gate();
  const held = define({
    kind: 'held',
    version: 1,
    description: 'Runs until it is let go.',
    input: z.object({ children: z.int().default(0), fails: z.boolean().default(false), asks: z.boolean().default(false) }),
    output: z.object({ done: z.boolean() }),
    async execute({ input: { children, fails, asks }, child, ask: askPerson }) {
      if (fails) throw new Error('It was to fail');
      if (asks) await askPerson('go on', { question: 'Shall it go on?', schema: z.object({ yes: z.boolean() }) });
      await Promise.all(Array.from({ length: children }, () => child('held', { children: 0 })));
      await opened;
      return { done: true };
    },
  });
  return { held, open };
}

const start = (options = '', input = ''): string =>
  `mutation { held(input: { ${input} }, options: { ${options} }) { ${union} ${refusals} } }`;
const begin = async (lion: Pick<TestLion, 'url' | 'key'>, options = '', input = '') =>
  dataOf(await ask(lion, start(options, input))).held as Record<string, unknown> & { id: string; session: { id: string } };

const allEnded = ({ lion }: TestLion) =>
  until(
    'all operations have ended',
    async () => (await lion.database.reader.operation.count({ where: { finishedAt: null } })) === 0,
  );

describe('operations a minute', () => {
  const rateLimited = (of: 'KEY' | 'PROJECT', max: number) => ({
    data: null,
    errors: [{ extensions: { code: 'RATE_LIMITED', limit: 'operations', of, max, retryAfterMs: expect.any(Number) } }],
  });

  test.each(['key', 'project'] as const)('over those of its %s, HTTP answers 429; nothing of the request is done', async (of) => {
    const clock = testClock();
    const { held, open } = holding();
    open();
    await using lion = await openTestLion({ clock, definitions: [held], config: { limits: `${of}: 2 operations` } });
    await begin(lion);
    await begin(lion);
    await allEnded(lion);
    const before = await rowsOf(lion);
    const refused = await ask(lion, start('idempotencyKey: "mine"'));
    expect(refused).toMatchObject(rateLimited(of === 'key' ? 'KEY' : 'PROJECT', 2));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('ratelimit')).toMatch(new RegExp(`^"${of}-operations";r=0;t=\\d+$`));
    expect(refused.headers.get('ratelimit-policy')).toBe(`"${of}-operations";q=2;w=60`);
    expect(await rowsOf(lion)).toEqual(before);
    const sibling = { url: lion.url, key: await anotherKey(lion) };
    expect((await ask(sibling, start())).status).toBe(of === 'key' ? 200 : 429);
    expect((await ask({ url: lion.url, key: await otherProject(lion) }, start())).status).toBe(200);
    clock.pass(60_000);
    await begin(lion, 'idempotencyKey: "mine"');
    await allEnded(lion);
  });

  test('over WebSocket, it is an error of that operation', async () => {
    const { held } = holding();
    await using lion = await openTestLion({ definitions: [held], config: { limits: 'key: 0 operations' } });
    const socket = await connected(lion);
    const { payload } = await askOver(socket, start());
    expect(payload).toMatchObject(rateLimited('KEY', 0));
    expect(JSON.stringify(payload)).not.toContain('http');
    socket.terminate();
  });

  test('what starts none does not count: a repeat, what is refused, a child', async () => {
    const { held, open } = holding();
    await using lion = await openTestLion({ definitions: [held], config: { limits: 'key: 2 operations' } });
    const first = await begin(lion, 'idempotencyKey: "mine"', 'children: 3');
    for (let i = 0; i < 3; i++)
      expect(await begin(lion, 'idempotencyKey: "mine"', 'children: 3')).toMatchObject({ id: first.id });
    expect(await begin(lion, 'idempotencyKey: "mine"')).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const busy = `sessionId: "${first.session.id}", onBusy: REJECT`;
    for (let i = 0; i < 3; i++) expect(await begin(lion, busy)).toMatchObject({ code: 'SESSION_BUSY' });
    expect((await ask(lion, start('', 'children: "many"'))).errors).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
    await begin(lion);
    expect((await ask(lion, start())).status).toBe(429);
    // What was started is found again, whatever there is no room for.
    expect(await begin(lion, 'idempotencyKey: "mine"', 'children: 3')).toMatchObject({ id: first.id });
    open();
    await allEnded(lion);
  });

  test('a retry counts', async () => {
    const { held } = holding();
    await using lion = await openTestLion({ definitions: [held], config: { limits: 'key: 2 operations' } });
    const { id } = await begin(lion, 'waitMs: 20000', 'fails: true');
    const retry = (operation: string) => ask(lion, `mutation { retryOperation(id: "${operation}") { ${union} } }`);
    expect(dataOf(await retry(id)).retryOperation).toMatchObject({ __typename: 'Operation' });
    await allEnded(lion);
    expect(await retry(id)).toMatchObject({ status: 429, ...rateLimited('KEY', 2) });
  });
});

describe('operations at a time', () => {
  const tooMany = (of: 'KEY' | 'PROJECT', max: number) => ({
    __typename: 'TooManyOperationsError',
    code: 'TOO_MANY_OPERATIONS',
    of,
    max,
    retryAfterMs: expect.any(Number),
  });

  test.each(['key', 'project'] as const)(
    'of 50 starts at once under a limit of 10 for the %s exactly 10 are started',
    async (of) => {
      const { held, open } = holding();
      await using lion = await openTestLion({ definitions: [held], config: { limits: `${of}: 10 concurrent`, concurrency: 4 } });
      const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => begin(lion, `idempotencyKey: "${i}"`)));
      const refused = answers.filter(({ __typename }) => __typename === 'TooManyOperationsError');
      expect(refused).toHaveLength(40);
      expect(refused[0]).toMatchObject(tooMany(of === 'key' ? 'KEY' : 'PROJECT', 10));
      // A refused one left nothing behind: no session, no idempotency key.
      expect(await rowsOf(lion)).toMatchObject({ sessions: 10, operations: 10, keys: 10 });
      const sibling = { url: lion.url, key: await anotherKey(lion) };
      expect(await begin(sibling)).toMatchObject({ __typename: of === 'key' ? 'Operation' : 'TooManyOperationsError' });
      expect(await begin({ url: lion.url, key: await otherProject(lion) })).toMatchObject({ __typename: 'Operation' });
      open();
      await allEnded(lion);
      expect(await begin(lion)).toMatchObject({ __typename: 'Operation' });
      await allEnded(lion);
    },
  );

  test('children do not count, nor do those that wait for a person; a cancelled one makes room', async () => {
    const { held, open } = holding();
    await using lion = await openTestLion({ definitions: [held], config: { limits: 'key: 1 concurrent' } });
    const asking = await begin(lion, '', 'asks: true');
    await until(
      'it waits',
      async () => (await lion.lion.database.reader.operation.count({ where: { status: 'WAITING' } })) === 1,
    );
    const family = await begin(lion, '', 'children: 3');
    expect(family).toMatchObject({ __typename: 'Operation' });
    expect(await begin(lion)).toMatchObject(tooMany('KEY', 1));
    for (const { id } of [family, asking]) await ask(lion, `mutation { cancelOperation(id: "${id}") { __typename } }`);
    expect(await begin(lion)).toMatchObject({ __typename: 'Operation' });
    open();
    await allEnded(lion);
  });

  test('one that cancels those before it takes their room; a retry needs room', async () => {
    const { held, open } = holding();
    await using lion = await openTestLion({ definitions: [held], config: { limits: 'key: 1 concurrent' } });
    const first = await begin(lion);
    const there = `sessionId: "${first.session.id}"`;
    expect(await begin(lion, `${there}, onBusy: QUEUE`)).toMatchObject(tooMany('KEY', 1));
    expect(await begin(lion, `${there}, onBusy: CANCEL_PREVIOUS`)).toMatchObject({ __typename: 'Operation' });
    const retry = await ask(lion, `mutation { retryOperation(id: "${first.id}") { ${union} ${refusals} } }`);
    expect(dataOf(retry).retryOperation).toMatchObject(tooMany('KEY', 1));
    open();
    await allEnded(lion);
  });

  test('what is under way counts after a restart, too', async () => {
    using scratch = scratchFolder();
    const { held, open } = holding();
    const options = { folder: scratch.path, definitions: [held], config: { limits: 'project: 2 concurrent' }, leavesWork: true };
    {
      await using before = await openTestLion(options);
      await begin(before);
      await begin(before);
    }
    await using after = await openTestLion(options);
    expect(await begin(after)).toMatchObject(tooMany('PROJECT', 2));
    open();
    await allEnded(after);
    expect(await begin(after)).toMatchObject({ __typename: 'Operation' });
    await allEnded(after);
  });
});
