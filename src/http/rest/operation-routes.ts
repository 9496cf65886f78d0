import { callerOf } from '../../access/viewer.ts';
import { operationsIn } from '../../sessions/scope.ts';
import { z } from 'zod';
import { operationBudget } from '../../access/budget-limits.ts';
import { callerNamed } from '../../access/key.ts';
import type { OperationRow } from '../../database/client.ts';
import { InputInvalidError, type InputIssue } from '../../errors.ts';
import { parseInput } from '../../input.ts';
import { parseOperationId } from '../../ids.ts';
import { OperationNotFoundError } from '../../operations/errors.ts';
import { readInputRequest } from '../../operations/input-request.ts';
import { listOperations, operationCursor, type OperationScope } from '../../operations/operation-list.ts';
import { findOperation, type ShownOperation } from '../../operations/shown-operation.ts';
import { onBusyInput } from '../../sessions/on-busy.ts';
import { answerWhenEnded, outcomeSchema, startAnswers, waitHeaders, waitQuery } from './agent-routes.ts';
import { jsonSchemaOf, shownSchema, taken, type JsonSchema } from './naming.ts';
import { presentOperation } from './present.ts';
import { operationListQuery } from './query.ts';
import type { Answer, Call, Route } from './route.ts';
import { operation, operationPage } from './schemas.ts';
import { dateOf, findSession, linkTo, renaming } from './session-routes.ts';
import { waitOf } from './waiting.ts';

const tag = 'operations';
const withOperation = { schema: operation };
const anyOutcome = outcomeSchema({ type: 'object' });

const retryOptions = z.object({
  onBusy: onBusyInput
    .nullish()
    .describe('What it does where its session is busy. Left out: what the first was told; else what the session says.'),
  budget: operationBudget
    .nullish()
    .describe('What it may use with its descendants. Left out: as much as the first was given, of which nothing is spent yet.'),
});
const retryInput = jsonSchemaOf(retryOptions, 'given');
const answerInput = jsonSchemaOf(
  z.object({
    name: z.string().describe('Which request it answers: `input_request.name` of the operation.'),
    answer: z.unknown().describe('What `input_request.schema` describes: at most 256 KiB. Left out, it is null.').optional(),
  }),
  'given',
);

export const operationRoutes: Route[] = [
  {
    method: 'GET',
    path: '/operations',
    action: 'operations',
    operationId: 'listOperations',
    summary: 'List the operations of the project, newest first',
    tag,
    query: operationListQuery,
    answers: { 200: { description: 'A page of them.', schema: operationPage, headers: { Link: 'Where the next page is.' } } },
    problems: [429],
    handle: (call) => list(call, { where: operationsIn(call.viewer) }, '/operations'),
  },
  {
    method: 'GET',
    path: '/sessions/{session_id}/operations',
    action: 'session',
    operationId: 'listSessionOperations',
    summary: 'List what was started in a session, newest first',
    tag,
    query: operationListQuery,
    answers: { 200: { description: 'A page of them.', schema: operationPage, headers: { Link: 'Where the next page is.' } } },
    problems: [404, 429],
    async handle(call) {
      const { id, forkSeq } = await findSession(call.db, call.viewer, call.params['session_id']!);
      const past = await call.lion.pasts.of({ id, forkSeq });
      return list(call, { where: { sessionId: id }, past }, `/sessions/${id}/operations`);
    },
  },
  {
    method: 'GET',
    path: '/operations/{operation_id}',
    action: 'operation',
    operationId: 'getOperation',
    summary: 'Read an operation',
    description: 'With `wait`, the answer comes when it has ended, or that is over.',
    tag,
    query: waitQuery,
    headers: waitHeaders,
    answers: { 200: { description: 'The operation, as it stands.', ...withOperation } },
    problems: [404, 429],
    async handle(call) {
      const { lion, query, request, signal } = call;
      const found = await findOperationOf(call);
      const { ms, applied } = waitOf(request, (query as z.infer<typeof waitQuery>).wait, 0);
      const headers: Record<string, string> = applied.length > 0 ? { 'preference-applied': applied.join(', ') } : {};
      // What a fork shares goes on nowhere.
      if (ms === 0 || found.segment) return { ...(await presented(call, found)), headers };
      await lion.agent.untilEnded(parseOperationId(call.params['operation_id']!)!, ms, signal);
      return { ...(await presented(call, await findOperationOf(call))), headers };
    },
  },
  {
    method: 'POST',
    path: '/operations/{operation_id}/cancel',
    action: 'cancelOperation',
    operationId: 'cancelOperation',
    summary: 'Stop an operation with its children',
    description: 'Requests to the model are aborted. One that is cancelled already stays so.',
    tag,
    answers: { 200: { description: 'The operation, cancelled.', ...withOperation } },
    problems: [404, 409, 429, 503],
    async handle(call) {
      const { lion, viewer, params } = call;
      await lion.operations.cancel(viewer, params['operation_id']!, callerOf(viewer));
      return presented(call, await findOperationOf(call));
    },
  },
  {
    method: 'POST',
    path: '/operations/{operation_id}/retry',
    action: 'retryOperation',
    operationId: 'retryOperation',
    summary: 'Make a new operation of one that failed or was cancelled',
    description: 'It goes on from what that one recorded; nothing recorded is done again. A body may be left out.',
    tag,
    query: waitQuery,
    headers: waitHeaders,
    body: { schema: closed(retryInput), required: false, examples: { queued: { on_busy: 'QUEUE' } } },
    answers: startAnswers(anyOutcome),
    problems: [404, 409, 410, 429, 503],
    async handle(call) {
      const { lion, viewer, params, request, query, body } = call;
      const options = await renaming(retryInput, async () => parseInput(retryOptions, read(retryInput, body ?? {})));
      const wanted = { ...viewer, by: callerNamed(viewer), id: params['operation_id']!, ...options };
      const started = await lion.agent.retry(wanted);
      return answerWhenEnded(call, started, waitOf(request, (query as z.infer<typeof waitQuery>).wait));
    },
  },
  {
    method: 'POST',
    path: '/operations/{operation_id}/answer',
    action: 'answerOperation',
    operationId: 'answerOperation',
    summary: 'Answer what an operation asks',
    description: 'The first answer that fits counts; the operation then goes on.',
    tag,
    body: {
      schema: closed(answerInput),
      required: true,
      examples: { selection: { name: 'selection', answer: { selected: ['choice-2'] } } },
    },
    answers: { 200: { description: 'The operation, as it stands.', ...withOperation } },
    problems: [404, 409, 429, 503],
    async handle(call) {
      const { lion, viewer, params, body } = call;
      const { name, answer = null } = read(answerInput, body) as { name?: unknown; answer?: unknown };
      if (typeof name !== 'string') throw new InputInvalidError([{ path: 'name', message: 'must be a text' }]);
      const { projectId, keyId, onlySession } = viewer;
      const given = {
        projectId,
        keyId,
        onlySession,
        by: callerNamed(viewer),
        operationId: params['operation_id']!,
        name,
        answer,
      };
      await lion.operations.answer(given);
      return presented(call, await findOperationOf(call));
    },
  },
];

function closed(schema: JsonSchema): JsonSchema {
  return { ...shownSchema(schema), additionalProperties: false };
}

/** @throws InputInvalidError */
function read(schema: JsonSchema, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InputInvalidError([{ path: '', message: 'The body must be a JSON object' }]);
  const issues: InputIssue[] = [];
  const input = taken(body, schema, issues);
  if (issues.length > 0) throw new InputInvalidError(issues);
  return input;
}

/** The operation that a path names. @throws OperationNotFoundError */
export async function findOperationOf(call: Call): Promise<ShownOperation> {
  const id = call.params['operation_id']!;
  const ref = parseOperationId(id);
  const found = ref && (await findOperation({}, ref, call));
  if (!found) throw new OperationNotFoundError(id);
  return found;
}

async function presented({ db, kinds }: Call, found: ShownOperation): Promise<Answer> {
  const asked = found.segment ? null : await readInputRequest(db, found);
  return { status: 200, body: presentOperation(found, asked, kinds) };
}

type ListQuery = z.infer<typeof operationListQuery>;

async function list({ db, kinds, query }: Call, scope: Omit<OperationScope, 'filter'>, path: string): Promise<Answer> {
  const { limit, after, status, kind, top_level: topLevel, created_after, created_before } = query as ListQuery;
  const filter = { status, kind, topLevel, createdAfter: dateOf(created_after), createdBefore: dateOf(created_before) };
  const stretch = { before: undefined, after, limit: limit + 1, inverted: false };
  const found: ShownOperation[] = await listOperations(db, { ...scope, filter }, stretch);
  const page = found.slice(0, limit);
  const next = found.length > limit ? operationCursor(page.at(-1) as OperationRow) : null;
  const asked = await Promise.all(page.map(async (each) => (each.segment ? null : readInputRequest(db, each))));
  return {
    status: 200,
    body: { operations: page.map((each, index) => presentOperation(each, asked[index]!, kinds)), next },
    headers: next === null ? {} : linkTo(path, { ...(query as ListQuery), after: next }),
  };
}
