import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';
import type { Journal } from '../history/journal.ts';
import type { SessionId } from '../ids.ts';
import { isExpired } from './expiry.ts';

export interface SweepSettings {
  /** How long an expired session is kept before it is deleted. */
  retentionSeconds: number;
}

/** How many sessions one sweep marks, and deletes, at most: live work goes on in between. */
const sweepLimit = 100;

/**
 * Marks the sessions that have expired, and deletes those whose time of retention is over.
 *
 * @returns how many of each
 */
export async function sweepSessions(
  database: Database,
  journal: Journal,
  { retentionSeconds }: SweepSettings,
  clock: Clock,
): Promise<{ expired: number; deleted: number }> {
  const now = clock.now();
  const due = await database.query<{ sessionId: SessionId }>(Prisma.sql`
    SELECT "sessionId" FROM "SessionHead"
    WHERE "expiresAt" <= ${storedTime(now)} AND "expiredAt" IS NULL AND "unfinished" = 0 ORDER BY "expiresAt" LIMIT ${sweepLimit}`);
  const marked = await Promise.all(due.map(({ sessionId }) => expire(journal, sessionId)));

  // What is deleted is gone: it goes by when Lion saw it expire, and a clock that was set forward hastens nothing.
  const keptSince = new Date(Math.min(now.getTime(), clock.steadyNow().getTime()) - retentionSeconds * 1000);
  const old = await database.query<{ sessionId: SessionId }>(Prisma.sql`
    SELECT "sessionId" FROM "SessionHead"
    WHERE "expiresAt" <= ${storedTime(keptSince)} AND "expiredAt" <= ${storedTime(keptSince)} AND "unfinished" = 0
    ORDER BY "expiresAt" LIMIT ${sweepLimit}`);
  let deleted = 0;
  for (const { sessionId } of old) {
    // It may have been revived since it was read.
    const stillOld = await journal.deleteSession(
      sessionId,
      ({ session }) => session.expiredAt !== null && session.expiredAt <= keptSince,
    );
    if (stillOld) deleted++;
  }
  if (deleted > 0) await database.giveBack(2000);
  return { expired: marked.filter(Boolean).length, deleted };
}

/** @returns whether it had expired, and was not marked before */
async function expire(journal: Journal, sessionId: SessionId): Promise<boolean> {
  const { answer } = await journal.append({
    sessionId,
    decide(draft) {
      const { session, now } = draft;
      if (session.expiredAt !== null || session.expiresAt === null || !isExpired(session, now)) return false;
      session.expiredAt = now;
      draft.append({ type: 'SessionExpired', operation: null, payload: { expiresAt: session.expiresAt.toISOString() } });
      return true;
    },
  });
  return answer;
}
