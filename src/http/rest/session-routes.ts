import { callerOf } from '../../access/viewer.ts';
import type { Scope } from '../../ids.ts';
import { sessionsIn } from '../../sessions/scope.ts';
import type { z } from 'zod';
import { InputInvalidError, type InputIssue } from '../../errors.ts';
import type { PrismaClient } from '../../database/client.ts';
import { forkInput } from '../../sessions/fork.ts';
import { sessionInput } from '../../sessions/session.ts';
import type { CreateSessionInput } from '../../sessions/session.ts';
import { SessionNotFoundError } from '../../sessions/errors.ts';
import { listSessions } from '../../sessions/session-list.ts';
import { jsonSchemaOf, shownPath, shownSchema, taken, unknownField, type JsonSchema } from './naming.ts';
import { presentSession, type SessionWithHead } from './present.ts';
import { sessionListQuery } from './query.ts';
import type { Call, Route } from './route.ts';
import { session, sessionPage } from './schemas.ts';

const given = jsonSchemaOf(sessionInput, 'given');
const closed = (schema: JsonSchema): JsonSchema => ({ ...shownSchema(schema), additionalProperties: false });
const forkGiven = jsonSchemaOf(forkInput, 'given');

const tag = 'sessions';
const withSession = { schema: session };

export const sessionRoutes: Route[] = [
  {
    method: 'POST',
    path: '/sessions',
    action: 'createSession',
    operationId: 'createSession',
    summary: 'Create a session',
    description: 'A body may be left out.',
    tag,
    body: { schema: closed(given), required: false, examples: { titled: { title: 'The bakery', metadata: { customer: 7 } } } },
    answers: {
      201: { description: 'The new session.', ...withSession, headers: { Location: 'Where it is.' } },
    },
    problems: [429, 503],
    async handle(call) {
      const { lion, viewer, body } = call;
      const id = await renaming(given, () => lion.sessions.create(viewer.projectId, readInput(body, given), callerOf(viewer)));
      return { status: 201, body: await readSession(call, id), headers: { location: `/sessions/${id}` } };
    },
  },
  {
    method: 'GET',
    path: '/sessions',
    action: 'sessions',
    operationId: 'listSessions',
    summary: 'List the sessions of the project, newest first',
    tag,
    query: sessionListQuery,
    answers: { 200: { description: 'A page of them.', schema: sessionPage, headers: { Link: 'Where the next page is.' } } },
    problems: [429],
    async handle({ lion, viewer, db, query }) {
      const { limit, after, status, title_contains, created_after, created_before } = query as ListQuery;
      const filter = {
        status,
        titleContains: title_contains,
        createdAfter: dateOf(created_after),
        createdBefore: dateOf(created_before),
      };
      const of = { scope: viewer, now: lion.clock.now(), filter };
      const stretch = { before: undefined, after, limit: limit + 1, inverted: false };
      const found = (await listSessions(db, of, stretch, { include: { head: true } })) as SessionWithHead[];
      const sessions = found.slice(0, limit);
      const next = found.length > limit ? sessions.at(-1)!.id : null;
      return {
        status: 200,
        body: { sessions: sessions.map((each) => presentSession(each, lion.clock.now())), next },
        headers: next === null ? {} : linkTo('/sessions', { ...(query as ListQuery), after: next }),
      };
    },
  },
  {
    method: 'GET',
    path: '/sessions/{session_id}',
    action: 'session',
    operationId: 'getSession',
    summary: 'Read a session',
    tag,
    answers: { 200: { description: 'The session; also one that has expired.', ...withSession } },
    problems: [404, 429],
    handle: async (call) => ({ status: 200, body: await readSession(call, call.params['session_id']!) }),
  },
  {
    method: 'PATCH',
    path: '/sessions/{session_id}',
    action: 'updateSession',
    operationId: 'updateSession',
    summary: 'Change a session, and revive it when it has expired',
    description: 'What is left out stays as it is. Any change gives the session its full time again.',
    tag,
    body: { schema: closed(given), required: true, examples: { renamed: { title: 'The other bakery' } } },
    answers: { 200: { description: 'The session as it is now.', ...withSession } },
    problems: [404, 429, 503],
    async handle(call) {
      const { lion, viewer, body, params } = call;
      const id = await renaming(given, () =>
        lion.sessions.update(viewer, params['session_id']!, readInput(body, given), callerOf(viewer)),
      );
      return { status: 200, body: await readSession(call, id) };
    },
  },
  {
    method: 'POST',
    path: '/sessions/{session_id}/fork',
    action: 'forkSession',
    operationId: 'forkSession',
    summary: 'Make a session that shares the past of another',
    description:
      'Up to the event `at_seq`; from there it goes its own way. What is left out is as in the other. A body may be left out.',
    tag,
    body: { schema: closed(forkGiven), required: false, examples: { early: { at_seq: 1 } } },
    answers: { 201: { description: 'The new session.', ...withSession, headers: { Location: 'Where it is.' } } },
    problems: [404, 409, 429, 503],
    async handle(call) {
      const { lion, viewer, body, params } = call;
      const input = readInput(body, forkGiven);
      const id = await renaming(forkGiven, () =>
        lion.sessions.fork(viewer.projectId, params['session_id']!, input, callerOf(viewer)),
      );
      return { status: 201, body: await readSession(call, id), headers: { location: `/sessions/${id}` } };
    },
  },
  {
    method: 'DELETE',
    path: '/sessions/{session_id}',
    action: 'deleteSession',
    operationId: 'deleteSession',
    summary: 'Delete a session with all that belongs to it',
    description: 'What runs in it is stopped. Its forks keep the past that they share.',
    tag,
    answers: { 204: { description: 'It is gone.' } },
    problems: [404, 429, 503],
    async handle({ lion, viewer, params }) {
      await lion.sessions.delete(viewer, params['session_id']!, callerOf(viewer));
      return { status: 204 };
    },
  },
];

type ListQuery = z.infer<typeof sessionListQuery>;

export const dateOf = (text: string | undefined): Date | undefined => (text === undefined ? undefined : new Date(text));

/** Where the next page is. */
export function linkTo(path: string, query: object): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return {
    link: `<${path}?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()}>; rel="next"`,
  };
}

/** @throws SessionNotFoundError */
export async function findSession(db: PrismaClient, scope: Scope, id: string): Promise<SessionWithHead> {
  const found = await db.session.findUnique({ where: { id, ...sessionsIn(scope) }, include: { head: true } });
  if (!found) throw new SessionNotFoundError(id);
  return found;
}

const readSession = async ({ db, viewer, lion }: Call, id: string) =>
  presentSession(await findSession(db, viewer, id), lion.clock.now());

/** @throws InputInvalidError */
function readInput(body: unknown, schema: JsonSchema): CreateSessionInput & { atSeq?: number } {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InputInvalidError([{ path: '', message: 'The body must be a JSON object' }]);
  const issues: InputIssue[] = [];
  const input = taken(body, schema, issues) as CreateSessionInput;
  const names = Object.keys(shownSchema(schema).properties!);
  const told = issues.map(({ path, message }) => ({ path, message: path in body ? unknownField(path, names) : message }));
  if (told.length > 0) throw new InputInvalidError(told);
  return input;
}

/** Says what does not fit with the names that the client gave. */
export async function renaming<T>(schema: JsonSchema, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InputInvalidError)) throw error;
    throw new InputInvalidError(
      error.issues.map(({ path, message }) => ({ path: shownPath(path.replace(/^input\.?/, ''), schema), message })),
    );
  }
}
