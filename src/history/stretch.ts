import { setImmediate } from 'node:timers/promises';
import { Prisma, type Transaction } from '../database/client.ts';
import type { EventRow, EventType } from './event.ts';
import { conditionOf, isMilestone, milestonesIn, takesAll, type Selection } from './selection.ts';

/** What reads events: on its own, or on one snapshot. */
export type Reader = Pick<Transaction, '$queryRaw' | 'event'>;

/** Consecutive events in the rows of one session: those after `from`, up to `through`. */
export interface Stretch {
  storedIn: string;
  from: number;
  through: number;
}

interface Page {
  take: number;
  /** Whether the last ones are wanted, newest first. */
  backward: boolean;
}

/** How many events are looked through at a time, where no index finds those that are wanted: in between, others have their turn. */
const window = 8192;

/** More than there are. */
const all = 2 ** 31 - 1;

/** Reads the first events of a stretch that a selection takes, or the last ones. */
export async function readStretch(reader: Reader, stretch: Stretch, selection: Selection, page: Page): Promise<EventRow[]> {
  const milestones = milestonesIn(selection);
  if (milestones) return milestones.length === 0 ? [] : readMilestones(reader, stretch, milestones, page);
  const condition = conditionOf(selection);
  if (takesAll(selection)) return readPart(reader, stretch, condition, page);
  const rows: EventRow[] = [];
  for (const part of windowsOf(await withItsEnd(reader, stretch), page.backward)) {
    rows.push(...(await readPart(reader, part, condition, { ...page, take: page.take - rows.length })));
    if (rows.length === page.take) break;
    await setImmediate();
  }
  return rows;
}

/** A stretch without what there is not yet. */
async function withItsEnd(reader: Reader, { storedIn, from, through }: Stretch): Promise<Stretch> {
  const last = await reader.event.findFirst({
    where: { sessionId: storedIn, seq: { gt: from, lte: through } },
    orderBy: { seq: 'desc' },
    select: { seq: true },
  });
  return { storedIn, from, through: last?.seq ?? from };
}

function* windowsOf({ storedIn, from, through }: Stretch, backward: boolean): Generator<Stretch> {
  for (let done = 0; done < through - from; done += window) {
    if (backward) yield { storedIn, from: Math.max(from, through - done - window), through: through - done };
    else yield { storedIn, from: from + done, through: Math.min(through, from + done + window) };
  }
}

/** What a history tells of an operation in events of one type, which is none of those that are frequent. */
export async function readMilestonesOf(
  reader: Reader,
  { storedIn, from, through }: Stretch,
  operation: number,
  type: EventType,
): Promise<EventRow[]> {
  const rows = await readMilestones(reader, { storedIn, from, through }, [type], { take: all, backward: false });
  return rows.filter((row) => row.operation === operation);
}

const columns = Prisma.sql`"sessionId", "seq", "type", "version", "at", "operation", "payload"`;
const inOrder = (backward: boolean): Prisma.Sql => (backward ? Prisma.sql`ORDER BY "seq" DESC` : Prisma.sql`ORDER BY "seq"`);

const readPart = (reader: Reader, { storedIn, from, through }: Stretch, condition: Prisma.Sql, page: Page): Promise<EventRow[]> =>
  rowsOf(
    reader,
    Prisma.sql`
      SELECT ${columns} FROM "Event" WHERE "sessionId" = ${storedIn} AND "seq" > ${from} AND "seq" <= ${through} AND ${condition}
      ${inOrder(page.backward)} LIMIT ${page.take}`,
  );

/** Of each type the index has the first or last ones in order: however many there are of all, no more are looked at. */
function readMilestones(
  reader: Reader,
  { storedIn, from, through }: Stretch,
  types: readonly EventType[],
  { take, backward }: Page,
): Promise<EventRow[]> {
  const ofEach = types.map(
    (type) => Prisma.sql`SELECT "seq" FROM (
      SELECT "seq" FROM "Event"
      WHERE "sessionId" = ${storedIn} AND "type" = ${type} AND ${Prisma.raw(isMilestone)} AND "seq" > ${from} AND "seq" <= ${through}
      ${inOrder(backward)} LIMIT ${take})`,
  );
  return rowsOf(
    reader,
    Prisma.sql`
      SELECT ${columns} FROM "Event" WHERE "sessionId" = ${storedIn} AND "seq" IN (
        SELECT "seq" FROM (${Prisma.join(ofEach, ' UNION ALL ')}) ${inOrder(backward)} LIMIT ${take})
      ${inOrder(backward)}`,
  );
}

/** The rows as the ORM reads them: numbers and times, and JSON parsed. */
async function rowsOf(reader: Reader, sql: Prisma.Sql): Promise<EventRow[]> {
  const rows = await reader.$queryRaw<EventRow[]>(sql);
  return rows;
}
