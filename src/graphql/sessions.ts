import { SessionNotFoundError } from '../sessions/errors.ts';
import { isExpired } from '../sessions/expiry.ts';
import type { Builder } from './builder.ts';
import { viewerOf, type Context } from './context.ts';
import { listSessions } from './session-list.ts';
import type { UsageRef } from './usage.ts';

export function addSessions(builder: Builder, Usage: UsageRef) {
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
    findUnique: (id, context) => ({ id, projectId: viewerOf(context).projectId }),
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
      lastSeq: t.int({
        description:
          'The `seq` of its last event; in a query, of the same snapshot as the rest of the answer: what happens afterwards is what `sessionEvents(after:)` yields.',
        select: { head: true },
        resolve: ({ head }) => head!.lastSeq,
      }),
      usage: t.field({
        type: Usage,
        description: 'What all its operations have used so far.',
        select: { head: true },
        resolve: ({ head }) => head!,
      }),
    }),
  });

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
        context.db.session.findUnique({ ...query, where: { id, projectId: viewerOf(context).projectId } }),
    }),
    sessions: t.connection(
      {
        type: Session,
        description: 'The sessions of the project, newest first.',
        args: { filter: t.arg({ type: SessionFilter, description: 'Only some of them.' }) },
        resolve: (_root, args, context, info) => listSessions(args, context, info),
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
    }),
  });
  const UpdateSessionInput = builder.inputType('UpdateSessionInput', {
    description: 'What is to change; what is left out stays as it is. Any change gives the session its full time again.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'As in `Session.id`.' }),
      title: t.string({ description: 'What it is called: at most 200 characters; null for no title.' }),
      metadata: t.field({ type: 'JSON', description: `${details} It replaces what there was.` }),
      ttlSeconds: t.int({ description: 'How long it lives without use, in seconds; null for ever.' }),
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
      errors: { types: [], union: { name: 'CreateSessionResult', description: 'The new session.' } },
      resolve: async (query, _root, { input }, context) => {
        const { lion } = context;
        return read(query, await lion.sessions.create(viewerOf(context).projectId, input), context);
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
      resolve: async (query, _root, { input: { id, ...changes } }, context) =>
        read(query, await context.lion.sessions.update(viewerOf(context).projectId, id, changes), context),
    }),
    deleteSession: t.field({
      type: DeletedSession,
      description: 'Deletes a session with all that belongs to it, at once; what runs in it is stopped.',
      args: { id: t.arg.id({ required: true, description: 'As in `Session.id`.' }) },
      errors: {
        types: [SessionNotFoundError],
        union: { name: 'DeleteSessionResult', description: 'What was deleted, or why nothing was.' },
      },
      resolve: async (_root, { id }, context) => ({ id: await context.lion.sessions.delete(viewerOf(context).projectId, id) }),
    }),
  }));

  return Session;
}

export type SessionRef = ReturnType<typeof addSessions>;
