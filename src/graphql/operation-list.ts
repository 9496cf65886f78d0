import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { GraphQLResolveInfo } from 'graphql';
import type { OperationRow, Prisma } from '../database/client.ts';
import { ownSegment, type CutOff, type Past, type Segment } from '../history/past.ts';
import { operationId, parseOperationId, type OperationRef, type SessionId } from '../ids.ts';
import type { OperationStatus } from '../operations/state-machine.ts';
import { pageSizes } from './builder.ts';
import type { Context } from './context.ts';
import { refuseCursor, refuseInvalidPage } from './page.ts';
import { asOfPast } from './past-operations.ts';

export interface OperationListArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: OperationFilter | null | undefined;
}

interface OperationFilter {
  status?: readonly OperationStatus[] | null | undefined;
  kind?: readonly string[] | null | undefined;
  topLevel?: boolean | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** A page of operations, newest first. */
export function listOperations(
  scope: Prisma.OperationWhereInput,
  { filter, ...args }: OperationListArgs,
  context: Context,
  info: GraphQLResolveInfo,
  past: Past = [],
) {
  refuseInvalidPage(args);
  return resolveCursorConnection<Promise<OperationRow[]>>(
    { args, defaultSize: pageSizes.default, maxSize: pageSizes.max, toCursor },
    ({ before, after, limit, inverted }): Promise<OperationRow[]> => {
      const direction = inverted ? 'asc' : 'desc';
      const query = queryFromInfo({ context, info, typeName: 'Operation', paths: [['edges', 'node'], ['nodes']] }) as object;
      if (past.length > 0) {
        const page = { before: numberOf('before', before), after: numberOf('after', after), limit, direction } as const;
        return listOfFork(scope.sessionId as SessionId, past, page, filter, query, context);
      }
      return context.db.operation.findMany({
        ...query,
        where: {
          AND: [
            scope,
            after === undefined ? {} : beyond('lt', after),
            before === undefined ? {} : beyond('gt', before),
            filter ? matching(filter) : {},
          ],
        },
        orderBy: [{ createdAt: direction }, { sessionId: direction }, { number: direction }],
        take: limit,
      });
    },
  );
}

/** Says by itself where it points, also when the operation is not there any more. */
const toCursor = ({ createdAt, sessionId, number }: OperationRow): string =>
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
  { db }: Context,
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
