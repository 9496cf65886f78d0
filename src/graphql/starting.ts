import { whileKeyWorks } from '../access/while-key-works.ts';
import { TooManyOperationsError, TooManySessionsError } from '../access/limit-errors.ts';
import { callerOf } from '../access/viewer.ts';
import { ModelUnknownError } from '../models/errors.ts';
import type { AnyDefinition } from '../operations/definition.ts';
import { IdempotencyConflictError, SessionBusyError } from '../operations/errors.ts';
import { SessionExpiredError, SessionNotFoundError } from '../sessions/errors.ts';
import type { BudgetTypes } from './budgets.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { addCustomInput, capitalized } from './custom-types.ts';
import type { OnBusyRef } from './on-busy.ts';
import { readOperation, type OperationTypes } from './operations.ts';

/** A mutation for each kind of operation, which starts one. */
export function addStarting(
  builder: Builder,
  { Operation }: OperationTypes,
  OnBusy: OnBusyRef,
  { OperationBudgetInput }: BudgetTypes,
  builtIn: readonly AnyDefinition[],
  custom: readonly AnyDefinition[],
): void {
  const OperationOptions = builder.inputType('OperationOptions', {
    description: 'How an operation is to be started.',
    fields: (t) => ({
      sessionId: t.id({ description: 'The session that it belongs to; without it, one is created.' }),
      idempotencyKey: t.string({
        description:
          'A repeated request with the same key returns the operation of the first one; with another request, it is a conflict. A key is kept for 24 hours, unless the server is configured otherwise, and while its operation has not ended; or until its session is deleted. At most 200 characters.',
      }),
      model: t.string({
        description:
          'The model to ask: `provider/name`, or `builtin`; or a fallback chain of these with commas between them, each asked when those before it have failed. Left out: what the server is configured for.',
      }),
      reasoning: t.boolean({
        required: true,
        defaultValue: false,
        description: 'Whether what models say of their reasoning is kept in the history, as `ReasoningDelta`s.',
      }),
      timeoutMs: t.int({
        description:
          'The operation fails unless it ends within this time: at most a week. It counts from the start request on; what is spent waiting for a slot or for its turn is part of it.',
      }),
      onBusy: t.field({
        type: OnBusy,
        description: 'What it does where its session is busy. Left out: what the session says, `Session.onBusy`.',
      }),
      budget: t.field({
        type: OperationBudgetInput,
        description:
          'What it and its descendants may use. A model call that may need more than is left is not made: the operation fails with `BUDGET_EXCEEDED`.',
      }),
      waitMs: t.int({
        required: true,
        defaultValue: 0,
        description:
          'Answer when the operation ends or this is over, whichever is first: at most 60,000. The operation goes on regardless.',
      }),
    }),
  });

  const inputs: Record<string, ReturnType<typeof addCustomInput>> = {
    ...addBuiltInInputs(builder),
    ...Object.fromEntries(custom.map((definition) => [definition.kind, addCustomInput(builder, definition)])),
  };

  builder.mutationFields((t) =>
    Object.fromEntries(
      [...builtIn, ...custom].map((definition) => {
        const { kind, description } = definition;
        const field = t.prismaField({
          type: Operation,
          description,
          args: {
            input: t.arg({ type: inputs[kind]!, required: true, description: 'What is wanted.' }),
            options: t.arg({ type: OperationOptions, description: 'How it is to be started.' }),
          },
          errors: {
            types: [
              SessionNotFoundError,
              SessionExpiredError,
              SessionBusyError,
              IdempotencyConflictError,
              ModelUnknownError,
              TooManyOperationsError,
              TooManySessionsError,
            ],
            union: { name: `${capitalized(kind)}Result`, description: 'The operation, or why it was not started.' },
          },
          resolve: async (query, _root, { input, options }, context) => {
            const viewer = viewerOf(context);
            const request = { ...viewer, ...callerOf(viewer), definition, input, options: options ?? {} };
            const start = (signal?: AbortSignal) => context.lion.agent.start(request, signal);
            const waits = (options?.waitMs ?? 0) > 0;
            const started = waits ? await whileKeyWorks(context.lion.keys, viewer, context.signal, start) : await start();
            return readOperation(query, started, context);
          },
        });
        return [kind, field];
      }),
    ),
  );
}

function addBuiltInInputs(builder: Builder) {
  const descriptions = {
    instruction: 'What the user wants: at most 100,000 characters.',
    guidance: 'How to go about it: at most 20,000 characters.',
    context: 'What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep.',
    count: 'How many ideas: 1 to 100.',
    steps: 'How many steps: 1 to 100. Left out: as many as it takes.',
    execute: 'Whether the steps are carried out, each in an operation of its own, as soon as what it depends on is done.',
    concurrency: 'How many operations at a time: 1 to 100. Left out: 4.',
  };

  const ChoiceInput = builder.inputType('ChoiceInput', {
    description: 'One of the choices.',
    fields: (t) => ({
      id: t.id({ description: 'Names it; `choice-<n>` for the nth where it is left out.' }),
      label: t.string({ required: true, description: 'What it is called: at most 2,000 characters.' }),
      content: t.field({ type: 'JSON', description: 'What there is to know of it: JSON of at most 64 KiB.' }),
    }),
  });

  const Selector = builder.enumType('Selector', {
    description: 'Who selects.',
    values: { MODEL: { description: 'A model.' }, PERSON: { description: 'A person.' } } as const,
  });

  return {
    brainstorm: builder.inputType('BrainstormInput', {
      description: 'What to find ideas for.',
      fields: (t) => ({
        instruction: t.string({ required: true, description: descriptions.instruction }),
        guidance: t.string({ description: descriptions.guidance }),
        context: t.field({ type: 'JSON', description: descriptions.context }),
        count: t.int({ required: true, defaultValue: 3, description: descriptions.count }),
        explore: t.boolean({
          required: true,
          defaultValue: false,
          description: 'Whether each idea is developed, in an operation of its own.',
        }),
        concurrency: t.int({ description: descriptions.concurrency }),
      }),
    }),
    plan: builder.inputType('PlanInput', {
      description: 'What to plan.',
      fields: (t) => ({
        instruction: t.string({ required: true, description: descriptions.instruction }),
        guidance: t.string({ description: descriptions.guidance }),
        context: t.field({ type: 'JSON', description: descriptions.context }),
        steps: t.int({ description: descriptions.steps }),
        expand: t.boolean({ required: true, defaultValue: false, description: 'Whether each step is broken down once more.' }),
        execute: t.boolean({ required: true, defaultValue: false, description: descriptions.execute }),
        concurrency: t.int({ description: descriptions.concurrency }),
      }),
    }),
    select: builder.inputType('SelectInput', {
      description: 'What to select from, and by what.',
      fields: (t) => ({
        instruction: t.string({ required: true, description: descriptions.instruction }),
        guidance: t.string({ description: descriptions.guidance }),
        context: t.field({ type: 'JSON', description: descriptions.context }),
        choices: t.field({ type: [ChoiceInput], required: true, description: '1 to 500 distinct choices.' }),
        criteria: t.string({ description: 'What to select by, beside the instruction.' }),
        max: t.int({
          required: true,
          defaultValue: 1,
          description: 'How many to select at most: no more than there are choices.',
        }),
        by: t.field({
          type: Selector,
          required: true,
          defaultValue: 'MODEL',
          description: 'Who selects. A person is asked by `inputRequest`, and answers by `answerOperation`.',
        }),
        withinMs: t.int({
          description:
            'How long a person may take, by PERSON: else the operation fails with `INPUT_TIMED_OUT`. Left out: for ever.',
        }),
      }),
    }),
    perform: builder.inputType('PerformInput', {
      description: 'What to carry out.',
      fields: (t) => ({
        instruction: t.string({ required: true, description: descriptions.instruction }),
        guidance: t.string({ description: descriptions.guidance }),
        context: t.field({ type: 'JSON', description: descriptions.context }),
      }),
    }),
    run: builder.inputType('RunInput', {
      description: 'What to take through the whole workflow.',
      fields: (t) => ({
        instruction: t.string({ required: true, description: descriptions.instruction }),
        guidance: t.string({ description: descriptions.guidance }),
        context: t.field({ type: 'JSON', description: descriptions.context }),
        count: t.int({ required: true, defaultValue: 3, description: descriptions.count }),
        steps: t.int({ description: descriptions.steps }),
        execute: t.boolean({ required: true, defaultValue: false, description: descriptions.execute }),
        concurrency: t.int({ description: descriptions.concurrency }),
      }),
    }),
  };
}
