import type { Builder } from './builder.ts';
import type { OperationTypes } from './operations.ts';
import { findOperation } from '../operations/shown-operation.ts';
import type { OutputParts } from './outputs.ts';

/** The operations that parts of an output name. */
export function addPartOperations(builder: Builder, { Idea, PlanStep }: OutputParts, { Operation }: OperationTypes): void {
  builder.objectField(Idea, 'development', (t) =>
    t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The operation that develops it, with `explore`; null where none does, and in `IdeaProposed`.',
      resolve: (query, { sessionId, development }, _args, context) =>
        development == null ? null : findOperation(query, { sessionId, number: development }, context),
    }),
  );
  builder.objectField(PlanStep, 'operation', (t) =>
    t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The operation that carries it out; null where none does, or where its parts have theirs.',
      resolve: (query, { sessionId, operation }, _args, context) =>
        operation == null ? null : findOperation(query, { sessionId, number: operation }, context),
    }),
  );
}
