import { LRUCache } from 'lru-cache';
import { Prisma, type Database } from '../database/client.ts';
import type { SessionId } from '../ids.ts';
import { toEvent, type StoredEvent, type UsagePayload } from './event.ts';
import { withRunsOf } from './pruned-run.ts';
import type { Selection } from './selection.ts';
import { readStretch, type Reader } from './stretch.ts';

/** An operation that a fork found unfinished, as it was at that point: it does not go on there. */
export interface CutOff extends UsagePayload {
  number: number;
  status: string;
  attempt: number;
  /** ISO 8601; null before its first attempt. */
  startedAt: string | null;
}

/** A stretch of a history that lies in the rows of one session. */
export interface Segment {
  /** The session whose rows they are: the one that is read, or one that it shares its past with. */
  storedIn: SessionId;
  /** The event before its first. */
  after: number;
  /** Its last event. */
  through: number;
  /** The operation before its first. */
  afterOperation: number;
  /** Its last operation. */
  throughOperation: number;
  /** Those of its operations that had not ended when it was forked. */
  cutOff: ReadonlyMap<number, CutOff>;
}

/** What a fork shares, oldest first: nothing of it ever changes. Empty for a session that begins by itself. */
export type Past = readonly Segment[];

/** Where the history of a session lies, oldest first. */
export interface History {
  sessionId: SessionId;
  segments: readonly Segment[];
}

/** Greater than the number of any event or operation. */
export const noEnd = 2 ** 31 - 1;

/** What a session has written itself. */
export const ownSegment = (sessionId: SessionId, past: Past = []): Segment => ({
  storedIn: sessionId,
  after: past.at(-1)?.through ?? 0,
  through: noEnd,
  afterOperation: past.at(-1)?.throughOperation ?? 0,
  throughOperation: noEnd,
  cutOff: new Map(),
});

/** The segment of the past that an operation lies in; undefined for one of the session's own. */
export const segmentOf = (past: Past, number: number): Segment | undefined =>
  past.find(({ throughOperation }) => number <= throughOperation);

/** The session of an id, and how many of its events it shares, where that is known. */
export interface MaybeFork {
  id: string;
  forkSeq?: number;
}

export interface Pasts {
  /** What a session shares. Nobody is asked where `forkSeq` says that there is nothing. */
  of(session: MaybeFork): Promise<Past>;
  /** Where all of its history lies. */
  historyOf(session: MaybeFork): Promise<History>;
}

/** How many pasts are kept at hand. */
const mostKept = 1000;

interface ForkRow {
  parentId: SessionId;
  seq: number;
  operation: number;
  cutOff: string;
}

export function openPasts(database: Pick<Database, 'query'>): Pasts {
  // A past never changes: what is known of it stays true.
  const known = new LRUCache<string, Past>({ max: mostKept });

  async function of({ id, forkSeq }: MaybeFork): Promise<Past> {
    if (forkSeq === 0) return [];
    const past = known.get(id) ?? (await read(id));
    known.set(id, past);
    return past;
  }

  async function read(id: string): Promise<Past> {
    const rows = await database.query<ForkRow>(Prisma.sql`
      WITH RECURSIVE chain AS (
        SELECT "sessionId", "parentId", "seq", "operation", "cutOff" FROM "Fork" WHERE "sessionId" = ${id}
        UNION ALL
        SELECT "Fork"."sessionId", "Fork"."parentId", "Fork"."seq", "Fork"."operation", "Fork"."cutOff"
        FROM "Fork" JOIN chain ON "Fork"."sessionId" = chain."parentId"
      ) SELECT "parentId", "seq", "operation", "cutOff" FROM chain ORDER BY "seq"`);
    return rows.map(({ parentId, seq, operation, cutOff }, index) => ({
      storedIn: parentId,
      after: rows[index - 1]?.seq ?? 0,
      through: seq,
      afterOperation: rows[index - 1]?.operation ?? 0,
      throughOperation: operation,
      cutOff: new Map((JSON.parse(cutOff) as CutOff[]).map((state) => [state.number, state])),
    }));
  }

  return {
    of,
    async historyOf(session) {
      const sessionId = session.id as SessionId;
      const past = await of(session);
      return { sessionId, segments: [...past, ownSegment(sessionId, past)] };
    },
  };
}

/** Which events of a history are wanted: those between two places, and of these what the selection takes. */
export interface EventRange {
  /** Only those after this `seq`. */
  after?: number | undefined;
  /** Only those before this `seq`. */
  before?: number | undefined;
  selection?: Selection | undefined;
  /** Whether a pruned run that reaches into the range is shown, with its part in it. The selection has to take `EventsPruned`. */
  showsRuns: boolean;
  /** How many are read at most; where there is a run around its beginning, it comes on top. */
  take: number;
  /** Whether the last ones are wanted, newest first, and not the first ones. */
  backward?: boolean;
}

/** Reads events of a history, of each segment that there is something wanted of. */
export async function readEvents(
  reader: Reader,
  { sessionId, segments }: History,
  { after = 0, before = noEnd, selection = {}, showsRuns, take, backward = false }: EventRange,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (const segment of backward ? segments.toReversed() : segments) {
    const from = Math.max(after, segment.after);
    const through = Math.min(before - 1, segment.through);
    if (from >= through) continue;
    const left = take - events.length;
    const stretch = { storedIn: segment.storedIn, from, through };
    const rows = await readStretch(reader, stretch, selection, { take: left, backward });
    let found = (backward ? rows.toReversed() : rows).map(toEvent);
    if (showsRuns) {
      // Read backwards, it is only known what lies at the beginning of the stretch once that is reached.
      const begin = backward && rows.length === left ? found[0]!.seq - 1 : from;
      found = await withRunsOf(reader, { sessionId: segment.storedIn, after: begin, before: through + 1 }, found);
    }
    for (const event of backward ? found.toReversed() : found) events.push({ ...event, sessionId });
    if (events.length >= take) break;
  }
  return events;
}
