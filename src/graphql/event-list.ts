import type { Prisma } from '../database/client.ts';
import { CursorBeyondEndError } from '../history/errors.ts';
import { lastSeqOf, toEvent, type EventType, type StoredEvent } from '../history/event.ts';
import { runAround, withRunsOf } from '../history/pruned-run.ts';
import type { Context } from './context.ts';
import { refuseInvalidPage } from './page.ts';

export interface EventListArgs {
  after?: number | null | undefined;
  first?: number | null | undefined;
  before?: number | null | undefined;
  last?: number | null | undefined;
  types?: readonly EventType[] | null | undefined;
}

export interface EventPage {
  edges: { cursor: number; node: StoredEvent }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: number | null; endCursor: number | null };
}

export const eventPageSizes = { default: 100, max: 1000 };

/** A page of a history, oldest first. @throws InputInvalidError, CursorBeyondEndError */
export async function listEvents(
  sessionId: string,
  operations: readonly number[] | undefined,
  args: EventListArgs,
  { db }: Context,
): Promise<EventPage> {
  const { after, before, types } = args;
  refuseInvalidPage(args);
  if (after != null) {
    const head = await db.sessionHead.findUnique({ where: { sessionId }, select: { lastSeq: true } });
    if (head && after > head.lastSeq) throw new CursorBeyondEndError(after, head.lastSeq);
  }
  const backward = args.last != null;
  const size = Math.min(args.first ?? args.last ?? eventPageSizes.default, eventPageSizes.max);
  const scope: Prisma.EventWhereInput = {
    sessionId,
    ...(operations && { operation: { in: [...operations] } }),
    ...(types && { type: { in: [...types] } }),
  };
  const rows = await db.event.findMany({
    where: { AND: [scope, { seq: { ...(after != null && { gt: after }), ...(before != null && { lt: before }) } }] },
    orderBy: { seq: backward ? 'desc' : 'asc' },
    // One more than asked for shows whether there are more.
    take: size + 1,
  });
  // Of runs that were pruned, only the part between the cursors is shown; an operation's events are without them.
  const showsRuns = !operations && (types?.includes('EventsPruned') ?? true);
  const stored = (backward ? rows.toReversed() : rows).map(toEvent);
  const from = backward && rows.length > size ? stored[0]!.seq - 1 : (after ?? 0);
  const found = showsRuns ? await withRunsOf(db, { sessionId, after: from, before: before ?? undefined }, stored) : stored;
  const more = found.length > size;
  const events = backward ? found.slice(Math.max(0, found.length - size)) : found.slice(0, size);
  const exists = async (seq: Prisma.IntFilter): Promise<boolean> =>
    (await db.event.findFirst({ where: { ...scope, seq }, select: { seq: true } })) !== null;
  const continues = async (seq: number): Promise<boolean> =>
    (await exists({ gte: seq })) || (showsRuns && (await runAround(db, sessionId, seq - 1)) !== undefined);
  const first = events[0]?.seq ?? null;
  const last = events.length > 0 ? lastSeqOf(events.at(-1)!) : null;
  return {
    edges: events.map((node) => ({ cursor: lastSeqOf(node), node })),
    pageInfo: {
      hasNextPage: backward ? before != null && (await continues(before)) : more,
      hasPreviousPage: backward ? more : after != null && (await exists({ lte: after })),
      startCursor: first,
      endCursor: last,
    },
  };
}
