import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { GraphQLResolveInfo } from 'graphql';
import type { OperationRow, SessionRow } from '../database/client.ts';
import { listOperations, operationCursor, type OperationFilter, type OperationScope } from '../operations/operation-list.ts';
import { pageSizes, refuseInvalidPage } from '../page.ts';
import { listSessions, type SessionFilter } from '../sessions/session-list.ts';
import { viewerOf, type Context } from './context.ts';

export interface ListArgs<Filter> {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: Filter | null | undefined;
}

const sizes = { defaultSize: pageSizes.default, maxSize: pageSizes.max };

/** What is asked for of the entries of a connection, as Prisma takes it. */
const queryOf = (typeName: string, context: Context, info: GraphQLResolveInfo): object =>
  queryFromInfo({ context, info, typeName, paths: [['edges', 'node'], ['nodes']] });

/** A page of the sessions of a project, newest first. */
export function connectSessions({ filter, ...args }: ListArgs<SessionFilter>, context: Context, info: GraphQLResolveInfo) {
  refuseInvalidPage(args);
  return resolveCursorConnection<Promise<SessionRow[]>>(
    { args, ...sizes, toCursor: ({ id }: SessionRow) => id },
    ({ before, after, limit, inverted }): Promise<SessionRow[]> => {
      const { db, lion } = context;
      const of = { scope: viewerOf(context), now: lion.clock.now(), filter: filter ?? {} };
      return listSessions(db, of, { before, after, limit, inverted }, queryOf('Session', context, info));
    },
  );
}

/** A page of operations, newest first. */
export function connectOperations(
  scope: Omit<OperationScope, 'filter'>,
  { filter, ...args }: ListArgs<OperationFilter>,
  context: Context,
  info: GraphQLResolveInfo,
) {
  refuseInvalidPage(args);
  return resolveCursorConnection<Promise<OperationRow[]>>(
    { args, ...sizes, toCursor: operationCursor },
    ({ before, after, limit, inverted }): Promise<OperationRow[]> =>
      listOperations(context.db, { ...scope, filter }, { before, after, limit, inverted }, queryOf('Operation', context, info)),
  );
}
