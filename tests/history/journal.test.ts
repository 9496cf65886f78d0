import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Prisma } from '../../src/database/client.ts';
import { storedTime } from '../../src/database/statements.ts';
import { LionError } from '../../src/errors.ts';
import { newSessionId, type SessionId } from '../../src/ids.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';

const seqs = (events: readonly { seq: number }[]): number[] => events.map(({ seq }) => seq);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

class Refusal extends LionError {
  readonly code = 'REFUSED';
  readonly retryable = false;
}

/** Tells something of a session itself. */
const note = (test: TestLion, sessionId: SessionId, title: string, refuse = false) =>
  test.lion.journal.append({
    sessionId,
    decide(draft) {
      draft.append({
        type: 'SessionUpdated',
        operation: null,
        payload: { title, metadata: {}, expiresAt: null, onBusy: 'PARALLEL' },
      });
      draft.session.lastOperation++;
      if (refuse) throw new Refusal('no');
      return title;
    },
  });

describe('the journal', () => {
  it('leaves others their turn, however soon somebody appends again', async () => {
    await using test = await openTestLion({ isMadeUp: true });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    let hadTurn = false;
    setTimeout(() => (hadTurn = true), 1);
    for (let n = 0; n < 3000 && !hadTurn; n++) await note(test, sessionId, `note ${n}`);
    expect(hadTurn).toBe(true);
  });

  it('gives out seq without gaps or repeats, whatever is refused in between, and answers each append by itself', async () => {
    await using test = await openTestLion({ isMadeUp: true });
    const sessions = await Promise.all(upTo(5).map(() => test.lion.sessions.create(test.lion.defaultProjectId, {})));
    const unknown = newSessionId();
    const appends = upTo(1000).map((n) => {
      const sessionId = n % 50 === 0 ? unknown : sessions[n % 5]!;
      return note(test, sessionId, `note ${n}`, n % 3 === 0).then(
        ({ answer }) => answer,
        (error: LionError) => error.code,
      );
    });
    const answers = await Promise.all(appends);
    for (const [index, answer] of answers.entries()) {
      const n = index + 1;
      expect(answer).toBe(n % 50 === 0 ? 'SESSION_NOT_FOUND' : n % 3 === 0 ? 'REFUSED' : `note ${n}`);
    }
    for (const [index, sessionId] of sessions.entries()) {
      const events = await test.history(sessionId);
      expect(seqs(events)).toEqual(upTo(events.length));
      // In the order in which they were asked for.
      const expected = upTo(1000).filter((n) => n % 5 === index && n % 50 !== 0 && n % 3 !== 0);
      expect(events.slice(1).map(({ payload }) => (payload as { title: string }).title)).toEqual(
        expected.map((n) => `note ${n}`),
      );
      const head = await test.lion.database.reader.sessionHead.findUniqueOrThrow({ where: { sessionId } });
      // A refused append leaves no trace, in the state neither.
      expect(head).toMatchObject({ lastSeq: events.length, lastOperation: expected.length });
    }
  });

  it('stores what databases cannot keep as text as something that they can, without harm to the rest of the batch', async () => {
    await using test = await openTestLion({ isMadeUp: true });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const titles = [
      'plain',
      'nul \u0000 inside',
      'half \ud83d of a pair',
      'a backslash \\u0000 as text',
      'whole \u{1F981}',
      'last',
    ];
    await Promise.all(titles.map((title) => note(test, sessionId, title)));
    const stored = (await test.history(sessionId)).slice(1).map(({ payload }) => (payload as { title: string }).title);
    expect(stored).toEqual([
      'plain',
      'nul \ufffd inside',
      'half \ufffd of a pair',
      'a backslash \\u0000 as text',
      'whole \u{1F981}',
      'last',
    ]);
  });

  it('shows nothing that is not stored: what a feed yields, another connection reads', async () => {
    using scratch = scratchFolder();
    await using test = await openTestLion({ folder: scratch.path, isMadeUp: true });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const other = new SQLite(join(scratch.path, 'lion.db'), { readonly: true });
    const count = other.prepare(`SELECT count(*) FROM "Event" WHERE "sessionId" = ? AND "seq" <= ?`).pluck();
    const writing = (async () => {
      for (const n of upTo(100)) await note(test, sessionId, `note ${n}`);
    })();
    for await (const event of await test.lion.feed.followSession(sessionId, { after: 0 })) {
      expect(count.get(sessionId, event.seq)).toBe(event.seq);
      if (event.seq === 101) break;
    }
    await writing;
    other.close();
  });

  it('keeps state and events together: where the event cannot be stored, the state does not change', async () => {
    using scratch = scratchFolder();
    await using test = await openTestLion({ folder: scratch.path, isMadeUp: true });
    const admin = new SQLite(join(scratch.path, 'lion.db'));
    admin.exec(
      `CREATE TRIGGER broken BEFORE INSERT ON "Event" WHEN NEW."type" = 'OperationQueued' BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const refused = await test.query(
      `mutation($s: ID) { perform(input: { instruction: "Hello" }, options: { sessionId: $s }) { __typename } }`,
      { s: sessionId },
    );
    expect(refused.errors?.[0]?.extensions['code']).toBe('INTERNAL');
    expect(refused.errors?.[0]?.message).not.toMatch(/broken|insert|sql/i);
    expect(await test.lion.database.reader.operation.count()).toBe(0);
    const head = await test.lion.database.reader.sessionHead.findUniqueOrThrow({ where: { sessionId } });
    expect(head).toMatchObject({ lastSeq: 1, lastOperation: 0, unfinished: 0 });
    admin.exec('DROP TRIGGER broken');
    admin.close();
    const operation = await test.start('perform', { instruction: 'Hello' }, { sessionId });
    expect(await test.eventTypes(operation)).toContain('OperationSucceeded');
    expect(seqs(await test.history(sessionId))).toEqual(upTo((await test.history(sessionId)).length));
  });

  it('renews the expiry of a session with its use, at most once a minute', async () => {
    await using test = await openTestLion({ isMadeUp: true });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, { ttlSeconds: 3600 });
    const expiresAt = async () =>
      (await test.lion.database.reader.sessionHead.findUniqueOrThrow({ where: { sessionId } })).expiresAt!.getTime();
    const first = await expiresAt();
    await note(test, sessionId, 'soon after');
    expect(await expiresAt()).toBe(first);
    // As if the session had been used last two minutes ago.
    const earlier = new Date(first - 120_000);
    await test.lion.database.commit(({ execute }) =>
      execute(Prisma.sql`UPDATE "SessionHead" SET "expiresAt" = ${storedTime(earlier)} WHERE "sessionId" = ${sessionId}`),
    );
    await note(test, sessionId, 'later');
    expect(await expiresAt()).toBeGreaterThanOrEqual(first);
  });
});
