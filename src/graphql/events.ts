import { InputInvalidError } from '../errors.ts';
import { SessionNotFoundError } from '../history/errors.ts';
import { eventTypes, type EventType, type StoredEvent } from '../history/event.ts';
import { narrowed, readOperationTree } from '../history/operation-tree.ts';
import { parseOperationId } from '../ids.ts';
import { OperationNotFoundError } from '../operations/errors.ts';
import { sessionsIn } from '../sessions/scope.ts';
import { parseSessionId } from '../sessions/session.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { eventPageSizes, listEvents, type EventPage } from '../history/event-page.ts';
import { eventDescriptions } from './event-descriptions.ts';
import { addEventTypes } from './event-types.ts';
import type { OperationTypes } from './operations.ts';
import type { OnBusyRef } from './on-busy.ts';
import type { OutputParts } from './outputs.ts';
import { findOperation, segmentOfShown, type ShownOperation } from '../operations/shown-operation.ts';
import { addStepEventTypes } from './step-event-types.ts';
import { addWaitEventTypes } from './wait-event-types.ts';
import type { SessionRef } from './sessions.ts';

/** Histories: as lists, and as what follows them. */
export function addEvents(
  builder: Builder,
  Session: SessionRef,
  operations: OperationTypes,
  parts: OutputParts,
  OnBusy: OnBusyRef,
): void {
  const { Operation } = operations;
  const EventType = builder.enumType('EventType', {
    description: 'What an event tells of: the name of its type.',
    values: Object.fromEntries(eventTypes.map((type) => [type, { description: eventDescriptions[type] }])) as Record<
      EventType,
      { description: string }
    >,
  });
  const Event = builder.interfaceRef<StoredEvent>('Event').implement({
    description: "An entry of a session's history.",
    resolveType: ({ type }) => type,
    fields: (t) => ({
      session: t.prismaField({
        type: Session,
        description: 'The session whose history it is in.',
        resolve: (query, { sessionId }, _args, { db }) => db.session.findUniqueOrThrow({ ...query, where: { id: sessionId } }),
      }),
      seq: t.exposeInt('seq', {
        description:
          'Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from.',
      }),
      type: t.field({ type: EventType, description: 'What it tells of.', resolve: ({ type }) => type }),
      at: t.expose('at', { type: 'DateTime', description: 'When it was stored.' }),
      operation: t.prismaField({
        type: Operation,
        nullable: true,
        description: 'The operation that it tells of, as that is now; null for events of the session itself.',
        resolve: (query, { sessionId, operation: number }, _args, context) =>
          number === null ? null : findOperation(query, { sessionId, number }, context),
      }),
    }),
  });
  addEventTypes(builder, Event, operations, parts, OnBusy);
  addWaitEventTypes(builder, Event, addStepEventTypes(builder, Event, operations, parts));

  const EventEdge = builder.objectRef<EventPage['edges'][number]>('EventEdge').implement({
    description: 'An event with its cursor.',
    fields: (t) => ({
      cursor: t.exposeInt('cursor', { description: 'The `seq` of the event; of an `EventsPruned`, its `through`.' }),
      node: t.expose('node', { type: Event, description: 'The event.' }),
    }),
  });
  const EventPageInfo = builder.objectRef<EventPage['pageInfo']>('EventPageInfo').implement({
    description: 'Where a page lies in the history. Its cursors are numbers, as `after` and `before` take them.',
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether there are later ones.' }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', { description: 'Whether there are earlier ones.' }),
      startCursor: t.exposeInt('startCursor', { nullable: true, description: 'The `seq` of the first event of the page.' }),
      endCursor: t.exposeInt('endCursor', {
        nullable: true,
        description: 'The `seq` of the last event of the page; of an `EventsPruned`, its `through`.',
      }),
    }),
  });
  const EventConnection = builder.objectRef<EventPage>('EventConnection').implement({
    description: 'A page of a history, oldest first.',
    fields: (t) => ({
      edges: t.expose('edges', { type: [EventEdge], description: 'The events, each with its cursor.' }),
      nodes: t.field({ type: [Event], description: 'The events.', resolve: ({ edges }) => edges.map(({ node }) => node) }),
      pageInfo: t.expose('pageInfo', { type: EventPageInfo, description: 'Where the page lies.' }),
    }),
  });

  const pageArgs = builder.args((t) => ({
    after: t.int({ description: 'Only those after this `seq`.' }),
    first: t.int({
      description: `The first so many: ${eventPageSizes.default} unless asked otherwise, at most ${eventPageSizes.max}.`,
    }),
    before: t.int({ description: 'Only those before this `seq`.' }),
    last: t.int({ description: `The last so many: at most ${eventPageSizes.max}.` }),
    types: t.field({ type: [EventType], description: 'Only these types.' }),
  }));
  builder.prismaObjectField(Session, 'events', (t) =>
    t.field({
      type: EventConnection,
      description: 'Its history.',
      args: pageArgs,
      resolve: async (session, args, context) =>
        listEvents(await context.lion.pasts.historyOf(session), undefined, args, context),
    }),
  );
  builder.prismaObjectField(Operation, 'events', (t) =>
    t.field({
      type: EventConnection,
      description: 'What the history tells of it and of its descendants.',
      args: pageArgs,
      resolve: async (operation: ShownOperation, args, context) => {
        const segment = segmentOfShown(operation);
        const tree = await readOperationTree(context.db, { sessionId: segment.storedIn, number: operation.number });
        const history = { sessionId: parseSessionId(operation.sessionId), segments: [narrowed(segment, tree)] };
        return listEvents(history, tree.numbers, args, context);
      },
    }),
  );

  const followArgs = builder.args((t) => ({
    after: t.int({
      required: true,
      defaultValue: 0,
      description: 'The `seq` of the last event that the client has seen; 0 for all.',
    }),
    types: t.field({ type: [EventType], description: 'Only these types.' }),
  }));
  builder.subscriptionFields((t) => ({
    sessionEvents: t.field({
      type: Event,
      description:
        'The history of a session from a cursor on: what is stored first, then what happens. Ends when the session is deleted.',
      args: { sessionId: t.arg.id({ required: true, description: 'As in `Session.id`.' }), ...followArgs },
      subscribe: async (_root, { sessionId: id, after, types }, context) => {
        const sessionId = parseSessionId(id);
        const found = await context.db.session.findUnique({
          where: { id, ...sessionsIn(viewerOf(context)) },
          select: { id: true },
        });
        if (!found) throw new SessionNotFoundError(id);
        return context.lion.feed.followSession(sessionId, followOptions(after, types));
      },
      resolve: (event) => event,
    }),
    operationEvents: t.field({
      type: Event,
      description:
        'What happens to an operation and its descendants, from a cursor on. Completes after the terminal event of the operation, also when `types` hides that one.',
      args: { operationId: t.arg.id({ required: true, description: 'As in `Operation.id`.' }), ...followArgs },
      subscribe: async (_root, { operationId: id, after, types }, context) => {
        const ref = parseOperationId(id);
        const found = ref && (await findOperation({ select: { number: true } }, ref, context));
        if (!found) throw new OperationNotFoundError(id);
        return context.lion.feed.followOperation(ref, followOptions(after, types));
      },
      resolve: (event) => event,
    }),
  }));
}

function followOptions(after: number, types: readonly EventType[] | null | undefined) {
  if (after < 0) throw new InputInvalidError([{ path: 'after', message: 'must not be negative; 0 is the beginning' }]);
  return { after, types: types ?? undefined };
}
