import type { PrismaClient } from '../database/client.ts';
import { refuseInvalidPage } from '../page.ts';
import { CursorBeyondEndError } from './errors.ts';
import { lastSeqOf, type EventType, type StoredEvent } from './event.ts';
import { readEvents, type History } from './past.ts';

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
  history: History,
  operations: readonly number[] | undefined,
  args: EventListArgs,
  { db }: { db: PrismaClient },
): Promise<EventPage> {
  const { after, before, types } = args;
  refuseInvalidPage(args);
  if (after != null) {
    const head = await db.sessionHead.findUnique({ where: { sessionId: history.sessionId }, select: { lastSeq: true } });
    if (head && after > head.lastSeq) throw new CursorBeyondEndError(after, head.lastSeq);
  }
  const backward = args.last != null;
  const size = Math.min(args.first ?? args.last ?? eventPageSizes.default, eventPageSizes.max);
  const selection = { operations, types: types ?? undefined };
  // One more than asked for shows whether there are more. An operation's events are without the runs that were pruned.
  const showsRuns = !operations && (types?.includes('EventsPruned') ?? true);
  const range = { after: after ?? undefined, before: before ?? undefined, selection, showsRuns, take: size + 1, backward };
  const found = await readEvents(db, history, range);
  const events = found.slice(0, size);
  if (backward) events.reverse();
  const more = found.length > size;
  const exists = async (place: { after?: number; before?: number }): Promise<boolean> =>
    (await readEvents(db, history, { ...place, selection, showsRuns, take: 1 })).length > 0;
  const first = events[0]?.seq ?? null;
  const last = events.length > 0 ? lastSeqOf(events.at(-1)!) : null;
  return {
    edges: events.map((node) => ({ cursor: lastSeqOf(node), node })),
    pageInfo: {
      hasNextPage: backward ? before != null && (await exists({ after: before - 1 })) : more,
      hasPreviousPage: backward ? more : after != null && (await exists({ before: after + 1 })),
      startCursor: first,
      endCursor: last,
    },
  };
}
