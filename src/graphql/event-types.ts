import type { InterfaceRef } from '@pothos/core';
import type { EventType, StoredEvent } from '../history/event.ts';
import type { Builder } from './builder.ts';
import { eventDescriptions } from './event-descriptions.ts';
import type { OperationTypes } from './operations.ts';
import type { OnBusyRef } from './on-busy.ts';
import type { OutputParts } from './outputs.ts';
import { findOperation } from '../operations/shown-operation.ts';

/** One object type for each type of event of sessions, operations and plans, with what it tells as typed fields. */
export function addEventTypes(
  builder: Builder,
  Event: InterfaceRef<Builder['$inferSchemaTypes'], StoredEvent>,
  { Operation, OperationError, OperationOutput }: OperationTypes,
  { PlanStep }: OutputParts,
  OnBusy: OnBusyRef,
): void {
  const ref = <T extends EventType>(type: T) => builder.objectRef<StoredEvent<T>>(type);
  const interfaces = [Event];
  for (const type of ['SessionCreated', 'SessionUpdated'] as const) {
    ref(type).implement({
      description: eventDescriptions[type],
      interfaces,
      fields: (t) => ({
        title: t.string({ nullable: true, description: 'What it is called.', resolve: ({ payload }) => payload.title }),
        metadata: t.field({
          type: 'JSON',
          description: 'What the client keeps with it.',
          resolve: ({ payload }) => payload.metadata,
        }),
        expiresAt: t.field({
          type: 'DateTime',
          nullable: true,
          description: 'When it was to expire, as of then; null for never.',
          resolve: ({ payload }) => payload.expiresAt,
        }),
        onBusy: t.field({
          type: OnBusy,
          description: 'What an operation that says nothing of it does where the session is busy.',
          resolve: ({ payload }) => payload.onBusy,
        }),
      }),
    });
  }
  ref('SessionForked').implement({
    description: eventDescriptions.SessionForked,
    interfaces,
    fields: (t) => ({
      title: t.string({ nullable: true, description: 'What the fork is called.', resolve: ({ payload }) => payload.title }),
      metadata: t.field({
        type: 'JSON',
        description: 'What the client keeps with the fork.',
        resolve: ({ payload }) => payload.metadata,
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the fork was to expire, as of then; null for never.',
        resolve: ({ payload }) => payload.expiresAt,
      }),
      onBusy: t.field({
        type: OnBusy,
        description: 'What an operation that says nothing of it does where the fork is busy.',
        resolve: ({ payload }) => payload.onBusy,
      }),
      forkedFromId: t.id({
        description: 'The id of the session that it was forked from, which may be deleted since.',
        resolve: ({ payload }) => payload.from,
      }),
      unfinished: t.field({
        type: [Operation],
        description: 'The operations that had not ended at that point, as they stood then: they do not go on here.',
        resolve: async ({ payload, sessionId }, _args, context) =>
          (await Promise.all(payload.unfinished.map((number) => findOperation({}, { sessionId, number }, context)))).filter(
            (operation) => operation !== null,
          ),
      }),
    }),
  });
  ref('SessionExpired').implement({
    description: eventDescriptions.SessionExpired,
    interfaces,
    fields: (t) => ({
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it expired.',
        resolve: ({ payload }) => payload.expiresAt,
      }),
    }),
  });

  ref('OperationQueued').implement({
    description: eventDescriptions.OperationQueued,
    interfaces,
    fields: (t) => ({
      kind: t.string({ description: 'What it does.', resolve: ({ payload }) => payload.kind }),
      input: t.field({ type: 'JSON', description: 'What it was started with.', resolve: ({ payload }) => payload.input }),
      childName: t.string({
        nullable: true,
        description: 'What its parent calls it, such as the id of the plan step that it carries out.',
        resolve: ({ payload }) => payload.name,
      }),
    }),
  });
  ref('OperationStarted').implement({
    description: eventDescriptions.OperationStarted,
    interfaces,
    fields: (t) => ({
      attempt: t.int({ description: 'Which one: 1, 2, ...', resolve: ({ payload }) => payload.attempt }),
      model: t.string({
        nullable: true,
        description: 'The model that was chosen for it.',
        resolve: ({ payload }) => payload.model,
      }),
    }),
  });
  ref('OperationRecovered').implement({
    description: eventDescriptions.OperationRecovered,
    interfaces,
    fields: (t) => ({
      attempt: t.int({ description: 'The attempt that goes on.', resolve: ({ payload }) => payload.attempt }),
      stepsReused: t.stringList({
        description: 'The steps that are recorded, and not done again.',
        resolve: ({ payload }) => payload.stepsReused,
      }),
      stepsRepeated: t.stringList({
        description: 'The steps that had begun, and are done again.',
        resolve: ({ payload }) => payload.stepsRepeated,
      }),
    }),
  });
  ref('OperationSucceeded').implement({
    description: eventDescriptions.OperationSucceeded,
    interfaces,
    fields: (t) => ({
      output: t.field({
        type: OperationOutput,
        description: 'What it produced.',
        resolve: ({ payload, sessionId }) => ({ ...payload, sessionId }) as never,
      }),
    }),
  });
  ref('OperationFailed').implement({
    description: eventDescriptions.OperationFailed,
    interfaces,
    fields: (t) => ({
      error: t.field({ type: OperationError, description: 'Why.', resolve: ({ payload }) => payload.error }),
      partialOutput: t.field({
        type: OperationOutput,
        nullable: true,
        description: 'What there is of an output all the same; null where there is nothing.',
        resolve: ({ payload: { kind, partialOutput: output }, sessionId }) =>
          output === null ? null : ({ kind, output, sessionId } as never),
      }),
    }),
  });
  ref('OperationCancelled').implement({
    description: eventDescriptions.OperationCancelled,
    interfaces,
    fields: (t) => ({ by: t.string({ description: 'By whom.', resolve: ({ payload }) => payload.by }) }),
  });

  ref('PlanStepChanged').implement({
    description: eventDescriptions.PlanStepChanged,
    interfaces,
    fields: (t) => ({
      planStep: t.field({
        type: PlanStep,
        description: 'The step of the plan, or a part of one, as it was then.',
        resolve: ({ payload, sessionId }) => ({ ...payload.planStep, sessionId }),
      }),
      reason: t.string({
        nullable: true,
        description: 'Why it was not done: what it depends on was not, or it failed.',
        resolve: ({ payload }) => payload.reason,
      }),
    }),
  });
  ref('DataEmitted').implement({
    description: eventDescriptions.DataEmitted,
    interfaces,
    fields: (t) => ({
      name: t.string({ description: 'What it is called by the definition.', resolve: ({ payload }) => payload.name }),
      data: t.field({ type: 'JSON', nullable: true, description: 'What it tells.', resolve: ({ payload }) => payload.data }),
    }),
  });
  ref('EventsPruned').implement({
    description: eventDescriptions.EventsPruned,
    interfaces,
    fields: (t) => ({
      through: t.int({
        description: 'The `seq` of the last event that was pruned: the cursor to go on from.',
        resolve: ({ payload }) => payload.through,
      }),
    }),
  });
}
