import type { InterfaceRef } from '@pothos/core';
import type { EventType, StoredEvent } from '../history/event.ts';
import type { Builder } from './builder.ts';
import { eventDescriptions } from './event-descriptions.ts';
import type { StepEventTypes } from './step-event-types.ts';

/** One object type for each type of event of what operations wait for outside of Lion: people and times. */
export function addWaitEventTypes(
  builder: Builder,
  Event: InterfaceRef<Builder['$inferSchemaTypes'], StoredEvent>,
  { WaitReason }: StepEventTypes,
): void {
  const ref = <T extends EventType>(type: T) => builder.objectRef<StoredEvent<T>>(type);
  const interfaces = [Event];
  const name = 'Names what is asked within the operation, as in `InputRequest.name`.';

  ref('OperationWaiting').implement({
    description: eventDescriptions.OperationWaiting,
    interfaces,
    fields: (t) => ({
      waitingFor: t.field({
        type: WaitReason,
        description: 'PERSON or TIME; PERSON where it waits for both.',
        resolve: ({ payload }) => payload.reason,
      }),
      names: t.stringList({ description: 'The names of all that it waits for.', resolve: ({ payload }) => payload.names }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the soonest of that is over at the latest; null where it is not known.',
        resolve: ({ payload }) => payload.until,
      }),
    }),
  });
  ref('OperationResumed').implement({
    description: eventDescriptions.OperationResumed,
    interfaces,
    fields: (t) => ({
      name: t.string({ description: 'The name of what it waited for.', resolve: ({ payload }) => payload.name }),
    }),
  });
  ref('InputRequested').implement({
    description: eventDescriptions.InputRequested,
    interfaces,
    fields: (t) => ({
      name: t.string({ description: name, resolve: ({ payload }) => payload.name }),
      question: t.string({ description: 'What is asked.', resolve: ({ payload }) => payload.question }),
      context: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What there is to know for an answer.',
        resolve: ({ payload }) => payload.context,
      }),
      schema: t.field({
        type: 'JSON',
        description: 'The shape of the answer: JSON Schema.',
        resolve: ({ payload }) => payload.schema,
      }),
      complaint: t.string({
        nullable: true,
        description: 'What was wrong with the answer before, where the operation asks again.',
        resolve: ({ payload }) => payload.complaint,
      }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'By when it has to be answered; null for no such time.',
        resolve: ({ payload }) => payload.until,
      }),
    }),
  });
  ref('InputReceived').implement({
    description: eventDescriptions.InputReceived,
    interfaces,
    fields: (t) => ({
      name: t.string({ description: name, resolve: ({ payload }) => payload.name }),
      answer: t.field({ type: 'JSON', nullable: true, description: 'The answer.', resolve: ({ payload }) => payload.answer }),
      by: t.string({ description: 'By whom.', resolve: ({ payload }) => payload.by }),
      keyId: t.id({ nullable: true, description: 'The id of the key.', resolve: ({ payload }) => payload.keyId }),
    }),
  });
  ref('InputExpired').implement({
    description: eventDescriptions.InputExpired,
    interfaces,
    fields: (t) => ({ name: t.string({ description: name, resolve: ({ payload }) => payload.name }) }),
  });
}
