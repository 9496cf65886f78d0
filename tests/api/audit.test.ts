import { describe, expect, it, vi } from 'vitest';
import { Prisma } from '../../src/database/client.ts';
import { dataOf, otherProject } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

interface Entry {
  id: string;
  at: string;
  action: string;
  keyId: string | null;
  by: string;
  subject: string;
  details: Record<string, unknown>;
}

const audit = async (lion: TestLion, args = '', key?: string): Promise<Entry[]> =>
  dataOf(await lion.query(`{ audit${args} { nodes { id at action keyId by subject details } } }`, {}, key)).audit.nodes;

const change = async (lion: TestLion, text: string, key?: string) =>
  dataOf(await lion.query(`mutation { result: ${text} }`, {}, key)).result;

describe('the audit', () => {
  it('says who created, changed, deleted, revoked, cancelled and answered what, and outlives it', async () => {
    await using lion = await openTestLion();
    const { keyId } = await lion.lion.keys.authenticate(lion.key);
    const { id } = await change(lion, 'createSession(input: { title: "First" }) { ... on Session { id } }');
    await change(lion, `updateSession(input: { id: "${id}", title: "Second" }) { __typename }`);
    const { id: fork } = await change(lion, `forkSession(input: { id: "${id}" }) { ... on Session { id } }`);
    const selecting = `select(input: { instruction: "x", choices: [{ label: "a" }, { label: "b" }], by: PERSON }, options: { sessionId: "${id}" }) { ... on Operation { id } }`;
    const [answered, cancelled, previous] = [
      await change(lion, selecting),
      await change(lion, selecting),
      await change(lion, selecting.replace(id, fork)),
    ];
    await waitingFor(lion, answered.id);
    await change(
      lion,
      `answerOperation(input: { operationId: "${answered.id}", name: "selection", answer: { selected: ["choice-1"] } }) { __typename }`,
    );
    for (let twice = 0; twice < 2; twice++) await change(lion, `cancelOperation(id: "${cancelled.id}") { __typename }`);
    const started = await change(
      lion,
      `perform(input: { instruction: "x" }, options: { sessionId: "${fork}", onBusy: CANCEL_PREVIOUS, waitMs: 30000 }) { ... on Operation { id } }`,
    );
    const { key } = await change(lion, 'createKey(input: { name: "new", role: VIEWER }) { ... on CreatedKey { key { id } } }');
    await change(lion, `rotateKey(id: "${key.id}", overlapSeconds: 60) { __typename }`);
    await change(lion, `revokeKey(id: "${key.id}") { __typename }`);
    await change(lion, `setBudget(input: { scope: KEY, id: "${keyId}", period: DAY, tokens: 500000 }) { period }`);
    await change(lion, `setKeyLimits(input: { keyId: "${keyId}", connections: 10 }) { __typename }`);
    const { token } = await change(
      lion,
      `createToken(input: { sessionId: "${fork}", role: ADMIN }) { ... on CreatedToken { token } }`,
    );
    await change(lion, `deleteSession(id: "${fork}") { __typename }`, token);
    await change(lion, `deleteSession(id: "${id}") { __typename }`);

    const entries = (await audit(lion, '(first: 100)')).toReversed();
    const by = 'the key "test"';
    expect(entries.map((entry) => [entry.action, entry.subject, entry.by])).toEqual([
      ['createKey', keyId, 'Lion'],
      ['createSession', id, by],
      ['updateSession', id, by],
      ['forkSession', fork, by],
      ['answerOperation', answered.id, by],
      ['cancelOperation', cancelled.id, by],
      ['cancelOperation', previous.id, by],
      ['createKey', key.id, by],
      ['rotateKey', key.id, by],
      ['revokeKey', key.id, by],
      ['setBudget', keyId, by],
      ['setKeyLimits', keyId, by],
      ['createToken', keyId, by],
      ['deleteSession', fork, `a token of ${by}`],
      ['deleteSession', id, by],
    ]);
    expect(entries.slice(1).map((entry) => entry.keyId)).toEqual(entries.slice(1).map(() => keyId));
    expect(entries.map(({ details }) => details)).toMatchObject([
      { name: 'test', role: 'admin' },
      { title: 'First' },
      { changed: ['title'] },
      { from: id },
      { name: 'selection' },
      {},
      { onBusyOf: started.id },
      { name: 'new', role: 'viewer' },
      { overlapSeconds: 60 },
      { name: 'new' },
      { period: 'DAY', tokens: 500000 },
      { connections: 10 },
      { role: 'admin', sessionId: fork },
      {},
      {},
    ]);
    expect(JSON.stringify(entries)).not.toContain(token);
  });

  it('is listed by pages, and by what was done, to what, with which key', async () => {
    await using lion = await openTestLion();
    const { id } = await change(lion, 'createSession(input: {}) { ... on Session { id } }');
    await change(lion, `updateSession(input: { id: "${id}", title: "x" }) { __typename }`);
    expect((await audit(lion, `(filter: { subject: "${id}" })`)).map(({ action }) => action)).toEqual([
      'updateSession',
      'createSession',
    ]);
    expect(await audit(lion, '(filter: { action: ["createSession"] })')).toMatchObject([{ subject: id }]);
    expect(await audit(lion, '(filter: { keyId: "key_none" })')).toEqual([]);
    const [first, second, ...rest] = await audit(lion);
    expect(rest).toHaveLength(1);
    expect(await audit(lion, '(first: 1)')).toEqual([first]);
    expect(await audit(lion, `(first: 1, after: "${first!.id}")`)).toEqual([second]);
    expect(await audit(lion, `(filter: { before: "${first!.at}" })`)).not.toContainEqual(first);
    expect((await lion.query('{ audit(after: "ses_x") { nodes { id } } }')).errors).toMatchObject([
      { extensions: { code: 'BAD_INPUT' } },
    ]);
  });

  it("shows nothing of another project, whatever is its own's", async () => {
    await using lion = await openTestLion();
    const theirs = await otherProject(lion);
    const { id } = await change(lion, 'createSession(input: {}) { ... on Session { id } }', theirs);
    expect(JSON.stringify(await audit(lion, '(first: 100)'))).not.toContain(id);
    expect(await audit(lion, `(filter: { subject: "${id}" })`)).toEqual([]);
    expect(await audit(lion, `(filter: { subject: "${id}" })`, theirs)).toHaveLength(1);
  });

  it('cannot be changed, nor can anything be taken out of it', async () => {
    await using lion = await openTestLion();
    const { database } = lion.lion;
    for (const sql of [Prisma.sql`UPDATE "AuditEntry" SET "by" = 'nobody'`, Prisma.sql`DELETE FROM "AuditEntry"`])
      await expect(database.commit(({ execute }) => execute(sql))).rejects.toThrow('the audit is append-only');
    expect(await audit(lion)).toMatchObject([{ action: 'createKey', by: 'Lion' }]);
  });

  it('is stored with what it tells of, or neither is', async () => {
    await using lion = await openTestLion();
    const { database } = lion.lion;
    const commit = database.commit.bind(database);
    vi.spyOn(database, 'commit').mockImplementationOnce((work) =>
      commit((statements) => {
        work(statements);
        throw new Error('the disk is gone');
      }),
    );
    const failed = await lion.query('mutation { createKey(input: { name: "lost", role: VIEWER }) { __typename } }');
    expect(failed.errors).toHaveLength(1);
    expect(await audit(lion)).toHaveLength(1);
    expect(await database.reader.key.count()).toBe(1);
  });
});

async function waitingFor(lion: TestLion, id: string): Promise<void> {
  for await (const { type } of await lion.lion.feed.followOperation(
    { sessionId: `ses_${id.slice(3, -2)}`, number: Number(id.at(-1)) },
    { after: 0 },
  ))
    if (type === 'OperationWaiting') return;
}
