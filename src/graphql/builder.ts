import SchemaBuilder, { brandWithType } from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import type PrismaTypes from '../database/generated/pothos.ts';
import { getDatamodel } from '../database/generated/pothos.ts';
import type { Json } from '../history/event.ts';
import type { Context } from './context.ts';
import { parseOperationId } from '../ids.ts';
import { pageSizes } from '../page.ts';
import { Int64 } from './int64.ts';
import { findOperation } from '../operations/shown-operation.ts';

export const createBuilder = () => {
  const builder = new SchemaBuilder<{
    Context: Context;
    PrismaTypes: PrismaTypes;
    DefaultFieldNullability: false;
    DefaultEdgesNullability: false;
    DefaultNodeNullability: false;
    Scalars: {
      ID: { Input: string; Output: string };
      DateTime: { Input: Date; Output: Date | string };
      JSON: { Input: Json; Output: unknown };
      Int64: { Input: number; Output: number | bigint };
    };
  }>({
    plugins: [ErrorsPlugin, PrismaPlugin, RelayPlugin],
    defaultFieldNullability: false,
    errors: { directResult: true, defaultTypes: [] },
    prisma: {
      client: ({ db }) => db,
      dmmf: getDatamodel(),
      defaultConnectionSize: pageSizes.default,
      maxConnectionSize: pageSizes.max,
      // An event of the session itself has no operation to select from.
      onUnusedQuery: null,
    },
    relay: {
      clientMutationId: 'omit',
      cursorType: 'String',
      // Ids are unique as they are, and tell their type by their prefix.
      encodeGlobalID: (_typename, id) => String(id),
      decodeGlobalID: (id) => ({ typename: id.startsWith('op_') ? 'Operation' : 'Session', id }),
      nodeTypeOptions: { description: 'Something that can be fetched by its id.' },
      nodeQueryOptions: {
        description: 'Whatever has this id; null where there is nothing that the viewer may see.',
        nullable: true,
        args: { id: { description: 'As in `Node.id`.' } },
        resolve: async (_root, { id }, context, _info, resolveNode) => (await resolveNode(id)) ?? nodeOfPast(id, context),
      },
      nodesQueryOptions: false,
      idFieldOptions: { description: 'Prefixed with what it is of, and unique.' },
      firstArgOptions: {
        description: `The first so many: ${pageSizes.default} unless asked otherwise, at most ${pageSizes.max}.`,
      },
      afterArgOptions: { description: 'Only what comes after this cursor, as `PageInfo.endCursor` or an edge has it.' },
      lastArgOptions: { description: `The last so many: at most ${pageSizes.max}.` },
      beforeArgOptions: { description: 'Only what comes before this cursor, as `PageInfo.startCursor` or an edge has it.' },
      pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
      hasNextPageFieldOptions: { description: 'Whether there are entries after the page.' },
      hasPreviousPageFieldOptions: { description: 'Whether there are entries before the page.' },
      startCursorFieldOptions: { description: 'The cursor of the first entry; null where there is none.' },
      endCursorFieldOptions: { description: 'The cursor of the last entry; null where there is none.' },
      pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
      edgesFieldOptions: { nullable: false, description: 'The entries of the page, each with its cursor.' },
      nodeFieldOptions: { nullable: false, description: 'The entry itself.' },
      cursorFieldOptions: { description: 'Points to this entry: `after` and `before` take it.' },
      nodesOnConnection: { description: 'The entries of the page.' },
    },
  });
  builder.addScalarType('DateTime', DateTimeResolver);
  builder.addScalarType('JSON', JSONResolver);
  builder.addScalarType('Int64', Int64);
  return builder;
};

/** An operation in the past of a fork: no table has it under that id. */
async function nodeOfPast({ id }: { id: string }, context: Context) {
  const ref = parseOperationId(id);
  const operation = ref ? await findOperation({}, ref, context) : null;
  if (operation) brandWithType(operation, 'Operation' as never);
  return operation;
}

export type Builder = ReturnType<typeof createBuilder>;
