import type { Builder } from './builder.ts';
import type { OperationTypes } from './operations.ts';
import type { OutputParts } from './outputs.ts';

/** The operations that parts of an output name. Found one by one: Prisma makes one query of all findUnique at once, too large for SQLite. */
export function addPartOperations(builder: Builder, { Idea, PlanStep }: OutputParts, { Operation }: OperationTypes): void {
  builder.objectField(Idea, 'development', (t) =>
    t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The operation that develops it, with `explore`; null where none does, and in `IdeaProposed`.',
      resolve: (query, { sessionId, development }, _args, { db }) =>
        development == null ? null : db.operation.findFirst({ ...query, where: { sessionId, number: development } }),
    }),
  );
  builder.objectField(PlanStep, 'operation', (t) =>
    t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The operation that carries it out; null where none does, or where its parts have theirs.',
      resolve: (query, { sessionId, operation }, _args, { db }) =>
        operation == null ? null : db.operation.findFirst({ ...query, where: { sessionId, number: operation } }),
    }),
  );
}
