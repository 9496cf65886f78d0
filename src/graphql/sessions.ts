import { TooManySessionsError } from '../access/limit-errors.ts';
import { callerOf } from '../access/viewer.ts';
import { ForkBeyondEndError, ForkTooDeepError, SessionNotFoundError } from '../sessions/errors.ts';
import type { OnBusy as OnBusyMode } from '../sessions/on-busy.ts';
import { isExpired } from '../sessions/expiry.ts';
import { deepestFork } from '../sessions/fork.ts';
import { parseSessionId } from '../sessions/session.ts';
import type { BudgetTypes } from './budgets.ts';
import { sessionsIn } from '../sessions/scope.ts';
import type { Builder } from './builder.ts';
import { viewerOf, type Context } from './context.ts';
import { connectSessions } from './lists.ts';
import type { OnBusyRef } from './on-busy.ts';
import type { UsageRef } from './usage.ts';

export function addSessions(builder: Builder, Usage: UsageRef, OnBusy: OnBusyRef, { Budget, SessionBudgetInput }: BudgetTypes) {
  const SessionStatus = builder.enumType('SessionStatus', {
    description: 'Whether a session takes new work.',
    values: {
      ACTIVE: { description: 'It takes new work.' },
      EXPIRED: { description: 'It can be read, and starts nothing; `updateSession` revives it.' },
    } as const,
  });

  const Session = builder.prismaNode('Session', {
    description: 'A durable context in which the agent works. It expires when it is not used, and owns an ordered history.',
    id: { field: 'id', description: 'Prefixed with `ses_`, and ordered by time.' },
    nullable: true,
    findUnique: (id, context) => ({ id, ...sessionsIn(viewerOf(context)) }),
    fields: (t) => ({
      title: t.exposeString('title', { nullable: true, description: 'What it is called.' }),
      metadata: t.expose('metadata', { type: 'JSON', description: 'What the client keeps with it: a JSON object.' }),
      status: t.field({
        type: SessionStatus,
        description: 'Whether it takes new work.',
        select: { head: true },
        resolve: ({ head }, _args, { lion }) => (isExpired(head!, lion.clock.now()) ? ('EXPIRED' as const) : ('ACTIVE' as const)),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it expires unless it is used before; null for never. An operation that has not ended holds it open.',
        select: { head: true },
        resolve: ({ head }) => head!.expiresAt,
      }),
      onBusy: t.field({
        type: OnBusy,
        description: 'What an operation that says nothing of it does where the session is busy.',
        select: { head: true },
        resolve: ({ head }) => head!.onBusy as OnBusyMode,
      }),
      lastSeq: t.int({
        description:
          'The `seq` of its last event; in a query, of the same snapshot as the rest of the answer: what happens afterwards is what `sessionEvents(after:)` yields.',
        select: { head: true },
        resolve: ({ head }) => head!.lastSeq,
      }),
      usage: t.field({
        type: Usage,
        description: 'What all its operations have used so far; of a fork, those that were started in it.',
        select: { head: true },
        resolve: ({ head }) => head!,
      }),
      budgets: t.field({
        type: [Budget],
        description: 'What its operations may use, and what is left of it; those of the project and of keys apply, too.',
        select: { id: true },
        resolve: ({ id }, _args, { lion }) => lion.budgets.ofSession(parseSessionId(id), 0),
      }),
      forkSeq: t.exposeInt('forkSeq', {
        description: 'The last event that it shares, as a fork, with the session that it was forked from; 0 where it is none.',
      }),
    }),
  });
  builder.prismaObjectField(Session, 'forkedFrom', (t) =>
    t.prismaField({
      type: Session,
      nullable: true,
      description: 'The session that it was forked from; null where it is no fork, and where that one was deleted.',
      resolve: (query, { forkedFrom: id }, _args, context) =>
        id === null ? null : context.db.session.findFirst({ ...query, where: { id, ...sessionsIn(viewerOf(context)) } }),
    }),
  );

  const SessionFilter = builder.inputType('SessionFilter', {
    description: 'Which sessions: those for which all that is given holds.',
    fields: (t) => ({
      status: t.field({ type: SessionStatus, description: 'Of this status.' }),
      titleContains: t.string({ description: 'With this text in the title; ASCII letters match in either case.' }),
      createdAfter: t.field({ type: 'DateTime', description: 'Created after this time.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'Created before this time.' }),
    }),
  });

  builder.queryFields((t) => ({
    session: t.prismaField({
      type: Session,
      nullable: true,
      description: 'The session of this id; null where there is none that the viewer may see.',
      args: { id: t.arg.id({ required: true, description: 'As in `Session.id`.' }) },
      resolve: (query, _root, { id }, context) =>
        context.db.session.findUnique({ ...query, where: { id, ...sessionsIn(viewerOf(context)) } }),
    }),
    sessions: t.connection(
      {
        type: Session,
        description: 'The sessions of the project, newest first.',
        args: { filter: t.arg({ type: SessionFilter, description: 'Only some of them.' }) },
        resolve: (_root, args, context, info) => connectSessions(args, context, info),
      },
      { name: 'SessionConnection', description: 'A page of sessions.' },
      { name: 'SessionEdge', description: 'A session with its cursor.' },
    ),
  }));

  const details = 'Anything that the client wants to keep with it: a JSON object of at most 64 KiB.';
  const CreateSessionInput = builder.inputType('CreateSessionInput', {
    description: 'A new session.',
    fields: (t) => ({
      title: t.string({ description: 'What it is called: at most 200 characters.' }),
      metadata: t.field({ type: 'JSON', description: details }),
      ttlSeconds: t.int({
        description:
          'How long it lives without use, in seconds; null for ever. Left out: what the server is configured for, 24 hours by default.',
      }),
      onBusy: t.field({
        type: OnBusy,
        description: 'What an operation that says nothing of it does where the session is busy. Left out: PARALLEL.',
      }),
      budgets: t.field({
        type: [SessionBudgetInput],
        description: 'What its operations may use: at most one budget for each period. Left out: as much as they like.',
      }),
    }),
  });
  const UpdateSessionInput = builder.inputType('UpdateSessionInput', {
    description: 'What is to change; what is left out stays as it is. Any change gives the session its full time again.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'As in `Session.id`.' }),
      title: t.string({ description: 'What it is called: at most 200 characters; null for no title.' }),
      metadata: t.field({ type: 'JSON', description: `${details} It replaces what there was.` }),
      ttlSeconds: t.int({ description: 'How long it lives without use, in seconds; null for ever.' }),
      onBusy: t.field({
        type: OnBusy,
        description:
          'What an operation that says nothing of it does where the session is busy: of those that are started from then on. Null for PARALLEL.',
      }),
      budgets: t.field({
        type: [SessionBudgetInput],
        description:
          'What its operations may use: these take the place of all that there are. What was used in their periods before counts.',
      }),
    }),
  });
  const ForkSessionInput = builder.inputType('ForkSessionInput', {
    description: 'A session that is to share the past of another. What is left out is as in that one.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The session to fork, as in `Session.id`; also one that has expired.' }),
      atSeq: t.int({
        description: 'The `seq` of the last event that is shared: 1 or more. Left out: the last one that there is.',
      }),
      title: t.string({ description: 'What it is called: at most 200 characters; null for no title.' }),
      metadata: t.field({ type: 'JSON', description: details }),
      ttlSeconds: t.int({ description: 'How long it lives without use, in seconds; null for ever.' }),
      onBusy: t.field({
        type: OnBusy,
        description: 'What an operation that says nothing of it does where the fork is busy.',
      }),
      budgets: t.field({
        type: [SessionBudgetInput],
        description: 'What the operations of the fork may use. Left out: the same limits, of which nothing is spent yet.',
      }),
    }),
  });
  const DeletedSession = builder.objectRef<{ id: string }>('DeletedSession').implement({
    description: 'A session that was deleted, with its operations and its history.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'The id that it had.' }) }),
  });

  const read = (query: object, id: string, context: Context) => context.db.session.findUniqueOrThrow({ ...query, where: { id } });

  builder.mutationFields((t) => ({
    createSession: t.prismaField({
      type: Session,
      description: 'Creates a session.',
      args: { input: t.arg({ type: CreateSessionInput, required: true, description: 'What it is to be.' }) },
      errors: {
        types: [TooManySessionsError],
        union: { name: 'CreateSessionResult', description: 'The new session, or why there is none.' },
      },
      resolve: async (query, _root, { input }, context) => {
        const viewer = viewerOf(context);
        return read(query, await context.lion.sessions.create(viewer.projectId, input, callerOf(viewer)), context);
      },
    }),
    updateSession: t.prismaField({
      type: Session,
      description: 'Changes a session, and revives it when it has expired.',
      args: { input: t.arg({ type: UpdateSessionInput, required: true, description: 'What is to change.' }) },
      errors: {
        types: [SessionNotFoundError],
        union: { name: 'UpdateSessionResult', description: 'The session as it is now, or why it was not changed.' },
      },
      resolve: async (query, _root, { input: { id, ...changes } }, context) => {
        const viewer = viewerOf(context);
        return read(query, await context.lion.sessions.update(viewer, id, changes, callerOf(viewer)), context);
      },
    }),
    forkSession: t.prismaField({
      type: Session,
      description: `Makes a session that shares the past of another up to an event, and goes its own way from there. Nothing is copied. Operations that had not ended at that point are named in \`SessionForked\`, its first own event, and do not go on in it. A history can lie in ${deepestFork} sessions at most, each a fork of the one before.`,
      args: { input: t.arg({ type: ForkSessionInput, required: true, description: 'What is shared, and what it is to be.' }) },
      errors: {
        types: [SessionNotFoundError, ForkBeyondEndError, ForkTooDeepError, TooManySessionsError],
        union: { name: 'ForkSessionResult', description: 'The new session, or why there is none.' },
      },
      resolve: async (query, _root, { input: { id, ...input } }, context) => {
        const viewer = viewerOf(context);
        return read(query, await context.lion.sessions.fork(viewer.projectId, id, input, callerOf(viewer)), context);
      },
    }),
    deleteSession: t.field({
      type: DeletedSession,
      description:
        'Deletes a session with all that belongs to it, at once; what runs in it is stopped. Its forks keep the past that they share.',
      args: { id: t.arg.id({ required: true, description: 'As in `Session.id`.' }) },
      errors: {
        types: [SessionNotFoundError],
        union: { name: 'DeleteSessionResult', description: 'What was deleted, or why nothing was.' },
      },
      resolve: async (_root, { id }, context) => {
        const viewer = viewerOf(context);
        return { id: await context.lion.sessions.delete(viewer, id, callerOf(viewer)) };
      },
    }),
  }));

  return Session;
}

export type SessionRef = ReturnType<typeof addSessions>;
