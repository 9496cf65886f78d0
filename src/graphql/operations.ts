import { callerOf } from '../access/viewer.ts';
import { TooManyOperationsError } from '../access/limit-errors.ts';
import { Prisma } from '../database/client.ts';
import type { Failure, JsonObject } from '../history/event.ts';
import { operationId, parseOperationId, type OperationRef } from '../ids.ts';
import type { AnyDefinition } from '../operations/definition.ts';
import {
  OperationFinishedError,
  OperationNotFoundError,
  OperationNotRetryableError,
  OperationOfPastError,
  SessionBusyError,
} from '../operations/errors.ts';
import { readPlanSteps } from '../operations/plan-progress.ts';
import { readOperationRow } from '../operations/reading.ts';
import { operationsIn } from '../sessions/scope.ts';
import { SessionExpiredError, SessionNotFoundError } from '../sessions/errors.ts';
import { parseSessionId } from '../sessions/session.ts';
import type { BudgetTypes } from './budgets.ts';
import type { Builder } from './builder.ts';
import { viewerOf, type Context } from './context.ts';
import { addCustomOutput } from './custom-types.ts';
import { connectOperations } from './lists.ts';
import type { OnBusyRef } from './on-busy.ts';
import { findBeside, findChildren, findOperation, type ShownOperation } from '../operations/shown-operation.ts';
import { addBuiltInOutputs, type KindOutput, type OutputParts } from './outputs.ts';
import type { SessionRef } from './sessions.ts';
import type { UsageRef } from './usage.ts';

/** The operation itself: what it is, how it stands, what became of it. */
export function addOperations(
  builder: Builder,
  Session: SessionRef,
  parts: OutputParts,
  Usage: UsageRef,
  OnBusy: OnBusyRef,
  { Budget, Exceeded, OperationBudgetInput }: BudgetTypes,
  customDefinitions: readonly AnyDefinition[],
) {
  const OperationStatus = builder.enumType('OperationStatus', {
    description: 'Where an operation stands. SUCCEEDED, FAILED and CANCELLED are final.',
    values: {
      QUEUED: { description: 'It waits for a slot, or for its turn in the session.' },
      RUNNING: { description: 'An attempt is under way.' },
      WAITING: { description: 'It waits for a person or for a time.' },
      SUCCEEDED: { description: 'It has ended, with an output.' },
      FAILED: { description: 'It has ended, with an error.' },
      CANCELLED: { description: 'It was cancelled.' },
    } as const,
  });

  const OperationError = builder.objectRef<Failure>('OperationError').implement({
    description: 'Why an operation, or one try of a step, failed.',
    fields: (t) => ({
      code: t.exposeString('code', { description: 'For programs, such as `MODEL_UNAUTHORIZED`.' }),
      message: t.exposeString('message', { description: 'For people: what went wrong, and what to do.' }),
      retryable: t.exposeBoolean('retryable', { description: 'Whether trying again, as it is, can help.' }),
      budget: t.field({
        type: Exceeded,
        nullable: true,
        description: 'Of `BUDGET_EXCEEDED`: the budget into which a call did not fit, with its figures.',
        resolve: ({ budget }) => budget ?? null,
      }),
    }),
  });

  const builtIn = addBuiltInOutputs(builder, parts);
  const outputs = new Map<string, { name: string }>(Object.entries(builtIn));
  for (const definition of customDefinitions) outputs.set(definition.kind, addCustomOutput(builder, definition));
  const UnknownOutput = builder.objectRef<KindOutput>('UnknownOutput').implement({
    description: 'What an operation produced whose definition this server does not have any more.',
    fields: (t) => ({
      data: t.field({ type: 'JSON', description: 'The output as it was stored.', resolve: ({ output }) => output }),
    }),
  });
  const OperationOutput = builder.unionType('OperationOutput', {
    description: 'What an operation produced, by its kind.',
    types: [...(outputs.values() as Iterable<never>), UnknownOutput],
    resolveType: (value) => (outputs.get(value.kind) ?? UnknownOutput) as never,
  });

  const Operation = builder.prismaNode('Operation', {
    description: 'One execution of something that the agent can do: a durable state machine. It goes on whoever watches.',
    id: {
      resolve: ({ sessionId, number }) => operationId(sessionId, number),
      description: 'Prefixed with `op_`: the session and a number within it.',
    },
    nullable: true,
    findUnique: (id, context) => ({
      sessionId_number: parseOperationId(id) ?? { sessionId: '', number: 0 },
      ...operationsIn(viewerOf(context)),
    }),
    fields: (t) => ({
      session: t.relation('session', {
        description: 'The session that it belongs to; of one in the past of a fork that is looked at there, the fork.',
        resolve: (query, { sessionId: id }, _args, { db }) => db.session.findUniqueOrThrow({ ...query, where: { id } }),
      }),
      kind: t.exposeString('kind', {
        description: 'What it does: `brainstorm`, `plan`, `select`, `perform`, `run`, or the name of a custom definition.',
      }),
      status: t.field({ type: OperationStatus, description: 'Where it stands.', resolve: ({ status }) => status as 'QUEUED' }),
      waitsForTurn: t.boolean({
        description: 'Whether it is queued behind others of its session that have not ended, as `onBusy: QUEUE` has it.',
        resolve: ({ status, readyAt }) => status === 'QUEUED' && readyAt === null,
      }),
      attempt: t.exposeInt('attempt', { description: 'Which attempt at it is the latest: 1, 2, ...; 0 before the first.' }),
      instruction: t.string({
        nullable: true,
        description: 'What the user wants; null where the kind has no instruction.',
        resolve: ({ input }) => textOf(input, 'instruction'),
      }),
      guidance: t.string({
        nullable: true,
        description: 'How to go about it.',
        resolve: ({ input }) => textOf(input, 'guidance'),
      }),
      context: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What there is to know.',
        resolve: ({ input }) => (input as JsonObject)['context'] ?? null,
      }),
      input: t.expose('input', { type: 'JSON', description: 'All that it was started with.' }),
      output: t.field({
        type: OperationOutput,
        nullable: true,
        description: 'What it produced; null until it has succeeded.',
        resolve: ({ kind, output, sessionId }) => (output === null ? null : ({ kind, output, sessionId } as never)),
      }),
      partialOutput: t.field({
        type: OperationOutput,
        nullable: true,
        description: 'What there is of an output although it failed; null unless it has failed with something in hand.',
        resolve: ({ kind, partialOutput: output, sessionId }) =>
          output === null ? null : ({ kind, output, sessionId } as never),
      }),
      planSteps: t.field({
        type: [parts.PlanStep],
        nullable: true,
        description:
          'The steps of its plan as they stand now, while it is carried out, too; null where there is no plan (yet). Of a `run`, those of its plan.',
        resolve: async ({ sessionId, number, kind, segment }: ShownOperation, _args, { db }) => {
          const ref = { sessionId: segment?.storedIn ?? parseSessionId(sessionId), number };
          const steps = await readPlanSteps(db, ref, kind, segment);
          return steps?.map((step) => ({ ...step, sessionId })) ?? null;
        },
      }),
      childName: t.exposeString('name', {
        nullable: true,
        description: 'What its parent calls it: the id of the plan step that it carries out, or of the idea that it develops.',
      }),
      error: t.field({
        type: OperationError,
        nullable: true,
        description: 'Why it failed; null unless it has.',
        resolve: ({ error }) => error as unknown as Failure | null,
      }),
      parent: t.relation('parentOperation', {
        nullable: true,
        description: 'The operation that started it and waits for it.',
        resolve: (query, operation, _args, context) => findBeside(query, operation, operation.parent, context),
      }),
      children: t.relation('children', {
        query: { orderBy: { number: 'asc' } },
        description: 'The operations that it started, in order.',
        resolve: (query, operation, _args, context) => findChildren(query, operation, context),
      }),
      retryOf: t.relation('retriedFrom', {
        nullable: true,
        description: 'The operation whose recorded steps it goes on from.',
        resolve: (query, operation, _args, context) => findBeside(query, operation, operation.retryOf, context),
      }),
      model: t.exposeString('model', {
        nullable: true,
        description: 'The model that was chosen for it: `provider/name`, or `builtin` for the embedded one.',
      }),
      usage: t.field({
        type: Usage,
        description: 'What it used, and its children that have ended.',
        resolve: (operation) => operation,
      }),
      budget: t.field({
        type: Budget,
        nullable: true,
        description: 'What it may use with its descendants, and what is left of it: that of the operation that was given it.',
        resolve: async ({ sessionId, budgetOf, segment }: ShownOperation, _args, { lion }) =>
          budgetOf === null || segment ? null : ((await lion.budgets.ofSession(parseSessionId(sessionId), budgetOf))[0] ?? null),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was queued.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When its first attempt began.' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it ended.' }),
    }),
  });

  const OperationFilter = builder.inputType('OperationFilter', {
    description: 'Which operations: those for which all that is given holds.',
    fields: (t) => ({
      status: t.field({ type: [OperationStatus], description: 'Of one of these statuses.' }),
      kind: t.stringList({ description: 'Of one of these kinds, such as `brainstorm`.' }),
      topLevel: t.boolean({ description: 'True: only those that no other operation started. False: only children.' }),
      createdAfter: t.field({ type: 'DateTime', description: 'Created after this time.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'Created before this time.' }),
    }),
  });

  const OperationConnection = builder.connectionObject(
    { type: Operation, name: 'OperationConnection', description: 'A page of operations.' },
    { name: 'OperationEdge', description: 'An operation with its cursor.' },
  );
  builder.prismaObjectField(Session, 'operations', (t) =>
    t.connection(
      {
        type: Operation,
        description: 'What was started in it, newest first.',
        args: { filter: t.arg({ type: OperationFilter, description: 'Only some of them.' }) },
        resolve: async (session, args, context, info) =>
          connectOperations(
            { where: { sessionId: session.id }, past: await context.lion.pasts.of(session) },
            args,
            context,
            info,
          ),
      },
      OperationConnection,
    ),
  );

  builder.queryFields((t) => ({
    operation: t.prismaField({
      type: Operation,
      nullable: true,
      description: 'The operation of this id; null where there is none that the viewer may see.',
      args: { id: t.arg.id({ required: true, description: 'As in `Operation.id`.' }) },
      resolve(query, _root, { id }, context) {
        const ref = parseOperationId(id);
        return ref ? findOperation(query, ref, context) : null;
      },
    }),
    operations: t.connection(
      {
        type: Operation,
        description: 'The operations of the project, newest first.',
        args: { filter: t.arg({ type: OperationFilter, description: 'Only some of them.' }) },
        resolve: (_root, args, context, info) =>
          connectOperations({ where: operationsIn(viewerOf(context)) }, args, context, info),
      },
      OperationConnection,
    ),
  }));

  builder.mutationFields((t) => ({
    cancelOperation: t.prismaField({
      type: Operation,
      description:
        'Stops an operation with its children: requests to the model are aborted. One that is cancelled already stays so.',
      args: { id: t.arg.id({ required: true, description: 'As in `Operation.id`.' }) },
      errors: {
        types: [OperationNotFoundError, OperationFinishedError, OperationOfPastError, SessionNotFoundError],
        union: { name: 'CancelOperationResult', description: 'The cancelled operation, or why it was not.' },
      },
      resolve: async (query, _root, { id }, context) => {
        const viewer = viewerOf(context);
        return readOperation(query, await context.lion.operations.cancel(viewer, id, callerOf(viewer)), context);
      },
    }),
    retryOperation: t.prismaField({
      type: Operation,
      description:
        'Makes a new operation of one that failed or was cancelled. It goes on from what that one recorded; nothing recorded is done again.',
      args: {
        id: t.arg.id({ required: true, description: 'As in `Operation.id`.' }),
        onBusy: t.arg({
          type: OnBusy,
          description: 'What it does where its session is busy. Left out: what the first was told; else what the session says.',
        }),
        budget: t.arg({
          type: OperationBudgetInput,
          description:
            'What it may use with its descendants. Left out: as much as the first was given, of which nothing is spent yet.',
        }),
      },
      errors: {
        types: [
          OperationNotFoundError,
          OperationNotRetryableError,
          OperationOfPastError,
          SessionExpiredError,
          SessionBusyError,
          SessionNotFoundError,
          TooManyOperationsError,
        ],
        union: { name: 'RetryOperationResult', description: 'The new operation, or why there is none.' },
      },
      resolve: async (query, _root, { id, onBusy, budget }, context) => {
        const viewer = viewerOf(context);
        const request = { ...viewer, ...callerOf(viewer), id, onBusy, budget };
        return readOperation(query, await context.lion.agent.retry(request), context);
      },
    }),
  }));

  return { Operation, OperationError, OperationOutput, Usage };
}

export type OperationTypes = ReturnType<typeof addOperations>;

function textOf(input: unknown, field: string): string | null {
  const text = (input as JsonObject)[field];
  return typeof text === 'string' ? text : null;
}

/**
 * Reads an operation that was there a moment ago.
 *
 * @param query what of it and of what belongs to it is asked for, as Prisma takes it
 * @throws SessionNotFoundError when its session was deleted since
 */
export async function readOperation(query: { include?: object; select?: object }, ref: OperationRef, context: Context) {
  const { db, lion } = context;
  const { projectId } = viewerOf(context);
  const { sessionId, number } = ref;
  const isAlone =
    query.include === undefined && Object.keys(query.select ?? {}).every((part) => part in Prisma.OperationScalarFieldEnum);
  const operation = isAlone
    ? await readOperationRow(lion.database, ref, projectId)
    : await db.operation.findUnique({ ...query, where: { sessionId_number: { sessionId, number }, projectId } });
  if (!operation) throw new SessionNotFoundError(sessionId);
  return operation;
}
