import { callerNamed } from '../../access/key.ts';
import { startOf } from '../../access/permission.ts';
import { InputInvalidError } from '../../errors.ts';
import { operationId, type OperationRef } from '../../ids.ts';
import { readOperationRow } from '../../operations/reading.ts';
import type { StartOptions } from '../../operations/starting.ts';
import { isTerminal, type OperationStatus } from '../../operations/state-machine.ts';
import { SessionNotFoundError } from '../../sessions/errors.ts';
import { z } from 'zod';
import type { Kind, Kinds } from './kinds.ts';
import { shownSchema, type JsonSchema } from './naming.ts';
import { presentOutcome } from './present.ts';
import type { Answer, Call, Route } from './route.ts';
import { failure, refTo, status } from './schemas.ts';
import { bodySchema, readWanted } from './starting.ts';
import { longestWaitSeconds, wait, waitOf, type Wait } from './waiting.ts';

const examples: Record<string, Record<string, unknown>> = {
  brainstorm: { instruction: { topic: 'Names for a bakery' }, count: 3 },
  plan: { instruction: { goal: 'Open a bakery' } },
  select: { instruction: { criteria: 'The one that is remembered best' }, choices: ['Crumbs', 'The Daily Loaf', 'Oven & Co.'] },
  perform: { instruction: 'Write a slogan for a bakery', guidance: 'At most eight words' },
  run: { instruction: { task: 'Plan a web application for a village library' } },
};

export const waitQuery = z.object({
  wait: wait.describe(
    `Answer when the operation ends or after so many seconds, whichever is first: at most ${longestWaitSeconds}, which is the default.`,
  ),
});

/** What the headers of a request that waits are for. */
export const waitHeaders = {
  Prefer: '`respond-async`: answer at once with 202; `wait=<seconds>`: as the parameter `wait`, which goes before it.',
};

const idempotencyHeader =
  'A repeated request with the same key is answered with the operation of the first one; with another request, it is a conflict (409). At most 200 characters.';

export const startHeaders = { 'Idempotency-Key': idempotencyHeader, ...waitHeaders };

/** The answers of what starts an operation. */
export const startAnswers = (schema: JsonSchema): Route['answers'] => ({
  200: {
    description: 'The operation has ended, be it well or not: `status` says so.',
    schema,
  },
  202: {
    description: 'It goes on: `wait` is over, or `Prefer: respond-async` was given. `Location` has where to look for it.',
    schema,
    headers: { Location: 'Where the operation is: `GET` it, also with `wait`.' },
  },
});

/** What is answered of an operation of a kind. */
export const outcomeSchema = (result: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: {
    session_id: { type: 'string', description: 'The session that it belongs to.' },
    operation_id: { type: 'string' },
    status: refTo(status),
    result: { anyOf: [result, { type: 'null' }], description: 'What it produced; null until it has succeeded.' },
    error: { ...refTo(failure), description: 'Why it failed: there where it has.' },
    partial_result: {
      type: 'object',
      description: 'What there is of a result although it failed: there where there is something.',
    },
  },
  required: ['session_id', 'operation_id', 'status', 'result'],
  additionalProperties: false,
});

/** A route for each kind of operation, which starts one. */
export const agentRoutes = (kinds: Kinds): Route[] => [...kinds.values()].map(startRoute);

function startRoute(kind: Kind): Route {
  const { definition, isBuiltIn } = kind;
  const { kind: name, description } = definition;
  return {
    method: 'POST',
    path: `/agent/${name}`,
    action: startOf(name),
    operationId: name,
    summary: isBuiltIn ? summaries[name]! : description.split('\n', 1)[0]!,
    description: `${description} Without \`session_id\`, a session is made.`,
    tag: 'agent',
    query: waitQuery,
    headers: startHeaders,
    body: { schema: bodySchema(kind), required: true, examples: examples[name] ? { [name]: examples[name] } : {} },
    answers: startAnswers(outcomeSchema(shownSchema(kind.output))),
    problems: [404, 409, 410, 429, 503],
    async handle(call) {
      const { lion, viewer, body, request, query } = call;
      const wanted = readWanted(kind, body);
      const key = request.headers['idempotency-key'];
      const options = { ...wanted.options, ...(key !== undefined && { idempotencyKey: String(key) }) } as StartOptions;
      const pace = waitOf(request, (query as z.infer<typeof waitQuery>).wait);
      try {
        const started = await lion.agent.start({ ...viewer, by: callerNamed(viewer), definition, input: wanted.input, options });
        return await answerWhenEnded(call, started, pace, started.repeated);
      } catch (error) {
        throw error instanceof InputInvalidError ? wanted.rename(error) : error;
      }
    },
  };
}

const summaries: Record<string, string> = {
  brainstorm: 'Find ideas',
  plan: 'Make a plan',
  select: 'Select the best of given choices',
  perform: 'Carry out one instruction',
  run: 'Run the whole workflow: brainstorm, select, plan',
};

/** Answers when an operation has ended, or nobody wants to wait any longer. */
export async function answerWhenEnded(
  { lion, viewer, kinds, signal }: Call,
  { sessionId, number }: OperationRef,
  { ms, applied }: Wait,
  repeated = false,
): Promise<Answer> {
  if (ms > 0) await lion.agent.untilEnded({ sessionId, number }, ms, signal);
  const operation = await readOperationRow(lion.database, { sessionId, number }, viewer.projectId);
  if (!operation) throw new SessionNotFoundError(sessionId);
  const hasEnded = isTerminal(operation.status as OperationStatus);
  return {
    status: hasEnded ? 200 : 202,
    body: presentOutcome(operation, kinds),
    headers: {
      location: `/operations/${operationId(sessionId, number)}`,
      ...(applied.length > 0 && { 'preference-applied': applied.join(', ') }),
      ...(repeated && { 'idempotency-replayed': 'true' }),
    },
  };
}
