import { Prisma, type Database } from '../database/client.ts';
import { timeOf } from '../database/statements.ts';
import { lastSeqOf, toEvent, type EventRow, type StoredEvent } from './event.ts';
import { sessionTopic } from './journal.ts';
import type { News, Nudges } from './nudge.ts';
import { withRunsOf } from './pruned-run.ts';

/** How many of a session's newest events are kept for those who follow it, at least; twice as many at most. */
export const tailLimit = 1024;

/**
 * So many followers take their time: what is committed meanwhile, and in a short rest after it, they are given together, in one
 * piece, which costs little more than one event does.
 */
const crowd = 100;
const longestRestMs = 5;

/**
 * The newest events of one session, read once for all who follow it. A follower takes them from here at its own pace; one
 * that falls behind the tail pages the database. So what is held does not grow with followers, or with how slow they are.
 */
export interface Tail {
  /** The last event that the tail knows of. */
  readonly lastSeq: number;
  /** The last event that it shares as a fork; 0 for a session that begins by itself. */
  readonly forkSeq: number;
  readonly state: 'open' | 'deleted' | 'broken';
  /** At most `limit` events after the cursor; undefined when the tail does not reach back to it. */
  after(cursor: number, limit: number): readonly StoredEvent[] | undefined;
  /** Reads what is new. Nudges that come while it reads lead to one more read, however many they are. */
  refresh(): Promise<void>;
  /** Resolves when there is something after the cursor, when the tail is no longer open, or when the follower stops. */
  changed(cursor: number, follower: Stoppable): Promise<void>;
}

/** Somebody who waits, and may stop waiting. An AbortSignal would do, and costs more than all else that a follower does for an event. */
export class Stoppable {
  stopped = false;
  /** What is called when it stops: that of whoever waits for it now. */
  onStop: (() => void) | undefined;

  stop(): void {
    this.stopped = true;
    this.onStop?.();
  }
}

export interface Tails {
  /** The tail of a session, up to date as of now; kept until all who asked for it have let it go. */
  follow(sessionId: string): Promise<{ tail: Tail; release(): void }>;
  /** How many sessions are followed. */
  readonly size: number;
}

export function openTails(database: Database, nudges: Nudges): Tails {
  const open = new Map<string, { tail: SessionTail; followers: number; stop(): void }>();
  return {
    async follow(sessionId) {
      let entry = open.get(sessionId);
      if (!entry) {
        const tail = new SessionTail(database, sessionId);
        // Listening begins before the first read: what is committed in between is not missed.
        entry = { tail, followers: 0, stop: nudges.listen(sessionTopic(sessionId), (news) => tail.take(news)) };
        open.set(sessionId, entry);
      }
      const { tail, stop } = entry;
      entry.followers++;
      await tail.refresh();
      let released = false;
      return {
        tail,
        release() {
          if (released) return;
          released = true;
          const current = open.get(sessionId);
          if (current?.tail !== tail || --current.followers > 0) return;
          stop();
          open.delete(sessionId);
        },
      };
    },
    get size() {
      return open.size;
    },
  };
}

class SessionTail implements Tail {
  readonly #database: Database;
  readonly #sessionId: string;
  readonly #waiting = new Set<() => void>();
  #events: StoredEvent[] = [];
  #lastSeq = -1;
  #forkSeq = 0;
  #refreshing: Promise<void> | undefined;
  #again = false;
  #rests = false;
  #wakesAfterRest = false;
  state: Tail['state'] = 'open';

  constructor(database: Database, sessionId: string) {
    this.#database = database;
    this.#sessionId = sessionId;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get forkSeq(): number {
    return this.#forkSeq;
  }

  after(cursor: number, limit: number): readonly StoredEvent[] | undefined {
    if (cursor >= this.#lastSeq) return [];
    const first = this.#events[0]?.seq;
    if (first === undefined || cursor + 1 < first) return undefined;
    const start = this.#indexAfter(cursor);
    const page = this.#events.slice(start, start + limit);
    // Inside of a pruned run, its rest comes next.
    if (page[0]!.seq <= cursor) page[0] = { ...page[0]!, seq: cursor + 1 };
    return page;
  }

  async changed(cursor: number, follower: Stoppable): Promise<void> {
    if (this.#lastSeq > cursor || this.state !== 'open' || follower.stopped) return;
    await new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
      follower.onStop = () => {
        this.#waiting.delete(resolve);
        resolve();
      };
    });
    follower.onStop = undefined;
  }

  /** The place of the first event that reaches beyond the cursor. */
  #indexAfter(cursor: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lastSeqOf(this.#events[middle]!) <= cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Wakes all who wait; where these are many, not again before the rest after it is over. */
  #wake(): void {
    if (this.#rests) {
      this.#wakesAfterRest = true;
      return;
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
    if (waiting.length >= crowd) this.#rest();
  }

  /** Begins when all who were woken have taken what there was, and lasts a fraction of the time that they took. */
  #rest(): void {
    this.#rests = true;
    const since = performance.now();
    setImmediate(() => {
      const took = performance.now() - since;
      setTimeout(
        () => {
          this.#rests = false;
          if (!this.#wakesAfterRest) return;
          this.#wakesAfterRest = false;
          this.#wake();
        },
        Math.min(took / 4, longestRestMs),
      );
    });
  }

  /** Takes what is new, where it goes on from what is known, or else reads it. */
  take(news: News | undefined): void {
    if (news && !this.#refreshing && this.state === 'open') {
      const events = news();
      if (events[0]!.seq === this.#lastSeq + 1) return this.#append(events);
    }
    void this.refresh();
  }

  refresh(): Promise<void> {
    this.#again = true;
    return (this.#refreshing ??= this.#read().finally(() => (this.#refreshing = undefined)));
  }

  async #read(): Promise<void> {
    try {
      while (this.#again) {
        this.#again = false;
        await this.#readOnce();
      }
    } catch {
      // Followers page the database themselves, and meet the same fault there if it lasts.
      this.state = 'broken';
    }
    this.#wake();
  }

  async #readOnce(): Promise<void> {
    const after = this.#lastSeq;
    if (after !== -1 && this.state === 'open') {
      // Mostly there is something new, and no more than fits: then nothing else need be read.
      const stored = await this.#storedAfter(after);
      if (stored.length > 0 && stored.length < tailLimit) return this.#append(await this.#withRuns(after, stored));
    }
    const [head] = await this.#database.query<{ lastSeq: number; forkSeq: number }>(Prisma.sql`
      SELECT "lastSeq", "forkSeq" FROM "SessionHead" JOIN "Session" ON "Session"."id" = "sessionId"
      WHERE "sessionId" = ${this.#sessionId}`);
    if (!head) {
      this.state = 'deleted';
      return;
    }
    this.state = 'open';
    this.#forkSeq = head.forkSeq;
    if (this.#lastSeq === -1) this.#lastSeq = head.lastSeq;
    if (head.lastSeq <= this.#lastSeq) return;
    const from = Math.max(this.#lastSeq, head.lastSeq - tailLimit);
    const events = await this.#withRuns(from, await this.#storedAfter(from));
    if (from > this.#lastSeq) this.#events = [];
    this.#append(events);
  }

  async #storedAfter(after: number): Promise<StoredEvent[]> {
    const rows = await this.#database.query<Omit<EventRow, 'payload'> & { payload: string }>(Prisma.sql`
      SELECT "sessionId", "seq", "type", "version", "at", "operation", "payload" FROM "Event"
      WHERE "sessionId" = ${this.#sessionId} AND "seq" > ${after} ORDER BY "seq" LIMIT ${tailLimit}`);
    return rows.map((row) => toEvent({ ...row, at: timeOf(row.at), payload: JSON.parse(row.payload) as unknown }));
  }

  #withRuns(after: number, events: readonly StoredEvent[]): Promise<StoredEvent[]> {
    return withRunsOf(this.#database.reader, { sessionId: this.#sessionId, after }, events);
  }

  /** Takes what goes on from what is known. */
  #append(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    this.#events.push(...events);
    // Seldom, as it copies all that is kept.
    if (this.#events.length >= 2 * tailLimit) this.#events = this.#events.slice(-tailLimit);
    if (last) this.#lastSeq = lastSeqOf(last);
    this.#wake();
  }
}
