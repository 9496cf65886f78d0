import type { OperationRow, Prisma, PrismaClient } from '../database/client.ts';
import { ownSegment, type CutOff, type Past, type Segment } from '../history/past.ts';
import { operationId, parseOperationId, type OperationRef, type SessionId } from '../ids.ts';
import { refuseCursor, type Stretch } from '../page.ts';
import { asOfPast } from './shown-operation.ts';
import type { OperationStatus } from './state-machine.ts';

export interface OperationFilter {
  status?: readonly OperationStatus[] | null | undefined;
  kind?: readonly string[] | null | undefined;
  topLevel?: boolean | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** Of a project, or of a session with what it shares as a fork. */
export interface OperationScope {
  where: Prisma.OperationWhereInput;
  past?: Past;
  filter?: OperationFilter | null | undefined;
}

/**
 * Operations, newest first.
 *
 * @param query what of them is asked for besides, as Prisma takes it
 * @throws InputInvalidError
 */
export async function listOperations(
  db: PrismaClient,
  { where, past = [], filter }: OperationScope,
  { before, after, limit, inverted }: Stretch,
  query: object = {},
): Promise<OperationRow[]> {
  const direction = inverted ? 'asc' : 'desc';
  if (past.length > 0) {
    const page = { before: numberOf('before', before), after: numberOf('after', after), limit, direction } as const;
    return listOfFork(where.sessionId as SessionId, past, page, filter, query, db);
  }
  return db.operation.findMany({
    ...query,
    where: {
      AND: [
        where,
        after === undefined ? {} : beyond('lt', after),
        before === undefined ? {} : beyond('gt', before),
        filter ? matching(filter) : {},
      ],
    },
    orderBy: [{ createdAt: direction }, { sessionId: direction }, { number: direction }],
    take: limit,
  });
}

/** Says by itself where it points, also when the operation is not there any more. */
export const operationCursor = ({ createdAt, sessionId, number }: OperationRow): string =>
  `${createdAt.getTime()}.${operationId(sessionId, number)}`;

interface NumberPage {
  /** Only those with a greater number. */
  before: number | undefined;
  /** Only those with a smaller one. */
  after: number | undefined;
  limit: number;
  direction: 'asc' | 'desc';
}

/** A page of what a fork shows: in the order of the numbers, which is that of time, one segment after another. */
async function listOfFork(
  sessionId: SessionId,
  past: Past,
  { before, after, limit, direction }: NumberPage,
  filter: OperationFilter | null | undefined,
  query: object,
  db: PrismaClient,
): Promise<OperationRow[]> {
  const page: OperationRow[] = [];
  const segments = [...past, ownSegment(sessionId, past)];
  for (const segment of direction === 'asc' ? segments : segments.toReversed()) {
    const isOwn = segment.storedIn === sessionId;
    const rows = await db.operation.findMany({
      ...(isOwn && query),
      where: {
        AND: [
          { sessionId: segment.storedIn, number: { gt: segment.afterOperation, lte: segment.throughOperation } },
          after === undefined ? {} : { number: { lt: after } },
          before === undefined ? {} : { number: { gt: before } },
          filter ? matching(filter, segment.cutOff) : {},
        ],
      },
      orderBy: { number: direction },
      take: limit - page.length,
    });
    page.push(...(isOwn ? rows : rows.map((row) => asOfPast(row, segment, sessionId))));
    if (page.length >= limit) break;
  }
  return page;
}

function beyond(side: 'lt' | 'gt', cursor: string): Prisma.OperationWhereInput {
  const { createdAt, sessionId, number } = placeOf(side === 'lt' ? 'after' : 'before', cursor);
  return {
    // The first condition alone would do less for the index.
    createdAt: { [`${side}e`]: createdAt },
    OR: [
      { createdAt: { [side]: createdAt } },
      { createdAt, sessionId: { [side]: sessionId } },
      { createdAt, sessionId, number: { [side]: number } },
    ],
  };
}

/** Where a cursor points. */
function placeOf(argument: 'after' | 'before', cursor: string): OperationRef & { createdAt: Date } {
  const [time = '', id = ''] = cursor.split('.');
  const ref = parseOperationId(id);
  if (!/^\d{1,15}$/.test(time) || !ref) refuseCursor(argument);
  return { ...ref, createdAt: new Date(Number(time)) };
}

const numberOf = (argument: 'after' | 'before', cursor: string | undefined): number | undefined =>
  cursor === undefined ? undefined : placeOf(argument, cursor).number;

function ofStatus(wanted: readonly OperationStatus[], cutOff: readonly CutOff[]): Prisma.OperationWhereInput {
  const status = { in: [...wanted] };
  if (cutOff.length === 0) return { status };
  const stoodSo = cutOff.filter((state) => wanted.includes(state.status as OperationStatus));
  return {
    OR: [
      { status, number: { notIn: cutOff.map(({ number }) => number) } },
      { number: { in: stoodSo.map(({ number }) => number) } },
    ],
  };
}

/** @param cutOff the operations whose status is another than the stored one */
const matching = (
  { status, kind, topLevel, createdAfter, createdBefore }: OperationFilter,
  cutOff?: Segment['cutOff'],
): Prisma.OperationWhereInput => ({
  AND: [
    status ? ofStatus(status, [...(cutOff?.values() ?? [])]) : {},
    kind ? { kind: { in: [...kind] } } : {},
    typeof topLevel === 'boolean' ? { parent: topLevel ? null : { not: null } } : {},
    createdAfter ? { createdAt: { gt: createdAfter } } : {},
    createdBefore ? { createdAt: { lt: createdBefore } } : {},
  ],
});
