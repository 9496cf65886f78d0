import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { inPieces } from '../database/pieces.ts';
import { storedTime } from '../database/statements.ts';
import { removalOfIdempotencyKeys } from '../history/idempotency-keys.ts';
import { nudgeDeleted, type Journal } from '../history/journal.ts';
import type { Nudges } from '../history/nudge.ts';
import { pruning } from '../history/pruning.ts';
import { hiding, removalOfOutlived } from '../history/removal.ts';
import type { SessionId } from '../ids.ts';
import { isExpired } from './expiry.ts';

export interface UpkeepSettings {
  /** How often it is looked for what is due. */
  sweepMs: number;
  /** How long an expired session is kept before it is deleted. */
  sessionRetentionSeconds: number;
  /** How long what is provisional in a history is kept after its operation has ended; null for ever. */
  deltaRetentionMs: number | null;
  /** How long an idempotency key is kept, at least. */
  idempotencySeconds: number;
}

/**
 * What is done to keep the database small: sessions whose time is over are marked as expired, and later deleted; histories are
 * pruned; free space is given back. All of it in short pieces, between which others write.
 */
export interface Upkeep {
  /** Goes on with deletions that a former process began, until nobody sees anything of them. */
  finishDeletions(): Promise<void>;
  /** Looks again and again for what is due. */
  begin(): void;
  /** Looks at once. */
  soon(): void;
  /** Stops after the piece that is under way. */
  close(): Promise<void>;
}

/** How many sessions are marked as expired in one commit, and how many pages are given back at a time. */
const unit = { sessions: 50, pages: 16 };

/** @param onError told of what went wrong: it is tried again at the next time */
export function openUpkeep(
  database: Database,
  journal: Journal,
  nudges: Nudges,
  { sweepMs, sessionRetentionSeconds, deltaRetentionMs, idempotencySeconds }: UpkeepSettings,
  onError: (error: unknown) => void,
  clock: Clock,
): Upkeep {
  const closing = new AbortController();
  const { signal } = closing;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let again = false;

  async function round(): Promise<void> {
    const at = clock.now();
    // What is removed is gone: a clock that was set forward hastens nothing.
    const now = Math.min(at.getTime(), clock.steadyNow().getTime());
    await markExpired();
    const keptSince = new Date(now - sessionRetentionSeconds * 1000);
    // Told in the next turn of the event loop: by then it is committed.
    const tell = (sessionId: SessionId): void => void setImmediate(() => nudgeDeleted(nudges, sessionId));
    await inPieces(database, removalOfOutlived({ expiredBefore: keptSince, at }, tell), signal);
    await inPieces(database, removalOfIdempotencyKeys(new Date(now - idempotencySeconds * 1000)), signal);
    if (deltaRetentionMs !== null) await inPieces(database, pruning(new Date(now - deltaRetentionMs)), signal);
    await giveBack();
  }

  async function markExpired(): Promise<void> {
    while (!signal.aborted) {
      const due = await database.query<{ sessionId: SessionId }>(Prisma.sql`
        SELECT "sessionId" FROM "SessionHead"
        WHERE "expiresAt" <= ${storedTime(clock.now())} AND "expiredAt" IS NULL AND "unfinished" = 0
        ORDER BY "expiresAt" LIMIT ${unit.sessions}`);
      const marked = await Promise.all(due.map(({ sessionId }) => expire(journal, sessionId)));
      if (due.length < unit.sessions || !marked.includes(true)) return;
    }
  }

  async function giveBack(): Promise<void> {
    let gaveBack = false;
    await inPieces(
      database,
      (statements, isOver) => {
        let left = statements.giveBack(0);
        while (left > 0 && !isOver()) {
          left = statements.giveBack(unit.pages);
          gaveBack = true;
        }
        return left > 0;
      },
      signal,
    );
    if (gaveBack) await database.checkpoint();
  }

  function soon(): void {
    again = true;
    current ??= (async () => {
      while (again && !signal.aborted) {
        again = false;
        await round().catch(onError);
      }
      current = undefined;
    })();
  }

  return {
    finishDeletions: () => inPieces(database, hiding()),
    begin: () => void (timer = setInterval(soon, sweepMs).unref()),
    soon,
    async close() {
      closing.abort();
      clearInterval(timer);
      await current;
    },
  };
}

/** @returns whether it had expired, and was not marked before */
async function expire(journal: Journal, sessionId: SessionId): Promise<boolean> {
  const { answer } = await journal.append({
    sessionId,
    decide(draft) {
      if (!draft.hasSession) return false;
      const { session, now } = draft;
      if (session.expiredAt !== null || session.expiresAt === null || !isExpired(session, now)) return false;
      session.expiredAt = now;
      draft.append({ type: 'SessionExpired', operation: null, payload: { expiresAt: session.expiresAt.toISOString() } });
      return true;
    },
  });
  return answer;
}
