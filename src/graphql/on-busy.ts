import { parseSessionId } from '../sessions/session.ts';
import { SessionBusyError } from '../operations/errors.ts';
import type { Builder } from './builder.ts';
import type { OperationTypes } from './operations.ts';

export const addOnBusy = (builder: Builder) =>
  builder.enumType('OnBusy', {
    description:
      'What an operation does where its session is busy: where others that no operation started have not ended, be they queued, running, or waiting. Children make no session busy.',
    values: {
      PARALLEL: {
        description: 'It waits for nobody, and runs beside them. What is queued with QUEUE after it waits for it, too.',
      },
      QUEUE: { description: 'It waits until all that were started before it have ended: one at a time, in order.' },
      REJECT: { description: 'It is not started: `SessionBusyError`.' },
      CANCEL_PREVIOUS: {
        description: 'It cancels them all, what is queued included, and starts. Their histories say which operation it was.',
      },
    } as const,
  });

export type OnBusyRef = ReturnType<typeof addOnBusy>;

/** The operation that a refused one met. */
export function addBusyOperation(builder: Builder, { Operation }: OperationTypes): void {
  builder.objectField(SessionBusyError, 'operation', (t) =>
    t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The first of the operations that are in the way, as it is now; null where it was deleted since.',
      resolve: (query, { operation: { sessionId, number } }, _args, { db }) =>
        db.operation.findFirst({ ...query, where: { sessionId: parseSessionId(sessionId), number } }),
    }),
  );
}
