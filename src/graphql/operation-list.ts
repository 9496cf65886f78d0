import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { GraphQLResolveInfo } from 'graphql';
import type { OperationRow, Prisma } from '../database/client.ts';
import { operationId, parseOperationId } from '../ids.ts';
import type { OperationStatus } from '../operations/state-machine.ts';
import { pageSizes } from './builder.ts';
import type { Context } from './context.ts';
import { refuseCursor, refuseInvalidPage } from './page.ts';

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
) {
  refuseInvalidPage(args);
  return resolveCursorConnection<Promise<OperationRow[]>>(
    { args, defaultSize: pageSizes.default, maxSize: pageSizes.max, toCursor },
    ({ before, after, limit, inverted }): Promise<OperationRow[]> => {
      const direction = inverted ? 'asc' : 'desc';
      return context.db.operation.findMany({
        ...(queryFromInfo({ context, info, typeName: 'Operation', paths: [['edges', 'node'], ['nodes']] }) as object),
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

function beyond(side: 'lt' | 'gt', cursor: string): Prisma.OperationWhereInput {
  const [time = '', id = ''] = cursor.split('.');
  const ref = parseOperationId(id);
  if (!/^\d{1,15}$/.test(time) || !ref) refuseCursor(side === 'lt' ? 'after' : 'before');
  const createdAt = new Date(Number(time));
  const { sessionId, number } = ref;
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

const matching = ({ status, kind, topLevel, createdAfter, createdBefore }: OperationFilter): Prisma.OperationWhereInput => ({
  AND: [
    status ? { status: { in: [...status] } } : {},
    kind ? { kind: { in: [...kind] } } : {},
    typeof topLevel === 'boolean' ? { parent: topLevel ? null : { not: null } } : {},
    createdAfter ? { createdAt: { gt: createdAfter } } : {},
    createdBefore ? { createdAt: { lt: createdBefore } } : {},
  ],
});
