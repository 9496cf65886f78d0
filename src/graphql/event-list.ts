import type { Prisma } from '../database/client.ts';
import { CursorBeyondEndError } from '../history/errors.ts';
import { toEvent, type EventType, type StoredEvent } from '../history/event.ts';
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
  const events = rows.slice(0, size).map(toEvent);
  if (backward) events.reverse();
  const more = rows.length > size;
  const exists = async (seq: Prisma.IntFilter): Promise<boolean> =>
    (await db.event.findFirst({ where: { ...scope, seq }, select: { seq: true } })) !== null;
  const first = events[0]?.seq ?? null;
  const last = events.at(-1)?.seq ?? null;
  return {
    edges: events.map((node) => ({ cursor: node.seq, node })),
    pageInfo: {
      hasNextPage: backward ? before != null && (await exists({ gte: before })) : more,
      hasPreviousPage: backward ? more : after != null && (await exists({ lte: after })),
      startCursor: first,
      endCursor: last,
    },
  };
}
