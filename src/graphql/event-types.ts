import type { InterfaceRef } from '@pothos/core';
import type { EventType, StoredEvent } from '../history/event.ts';
import type { Builder } from './builder.ts';
import type { OperationTypes } from './operations.ts';
import type { OutputParts } from './outputs.ts';

/** What each type of event tells of. */
export const eventDescriptions: Record<EventType, string> = {
  SessionCreated: 'The session was created.',
  SessionUpdated: 'The session was changed, or revived; these are its details from then on.',
  SessionExpired: 'The session has expired: it takes no new work until it is revived.',
  OperationQueued: 'An operation was started, and waits for a slot.',
  OperationStarted: 'An attempt at the operation began.',
  OperationRecovered:
    'An attempt was given up, as its process ended or could not go on; the operation is queued again, with all that it recorded.',
  OperationSucceeded: 'The operation has ended, with an output.',
  OperationFailed: 'The operation has ended, with an error.',
  OperationCancelled: 'The operation was cancelled.',
  StepStarted: 'A try of a step began.',
  StepWaiting: 'A model call waits for its turn at the provider.',
  StepRetrying: 'A try of a step failed, and another one is made.',
  StepSucceeded: 'A step is recorded: what its last try proposed is final.',
  StepFailed: 'The last try of a step failed.',
  TextDelta: 'A piece of the text that a step produces. Provisional until the step has succeeded.',
  ReasoningDelta:
    'A piece of what a model says of its reasoning, where `reasoning` asks for it. Provisional until the step has succeeded.',
  IdeaProposed: 'An idea is complete. Provisional until the step has succeeded.',
  PlanStepProposed: 'A step of a plan is complete. Provisional until the step has succeeded.',
  ChoiceScored: 'A choice was scored. Provisional until the step has succeeded.',
  PlanStepChanged: 'A step of a plan that is carried out has begun, has ended, or is skipped.',
  DataEmitted: 'A custom definition tells something.',
};

/** One object type for each type of event, with what it tells as typed fields. */
export function addEventTypes(
  builder: Builder,
  Event: InterfaceRef<Builder['$inferSchemaTypes'], StoredEvent>,
  { OperationError, OperationOutput, Usage }: OperationTypes,
  { Idea, PlanStep, Choice }: OutputParts,
): void {
  const WaitReason = builder.enumType('WaitReason', {
    description: 'What a model call waits for.',
    values: {
      CONCURRENCY: { description: 'As many calls are under way as may be at a time.' },
      REQUESTS: { description: 'As many requests were made in this minute as may be.' },
      TOKENS: { description: 'As many tokens were used in this minute as may be.' },
      PROVIDER: { description: 'The provider said that it is to be left alone until then.' },
    } as const,
  });
  const ref = <T extends EventType>(type: T) => builder.objectRef<StoredEvent<T>>(type);
  const interfaces = [Event];
  const step = 'The step that it is of.';
  const number = 'Which try of the step it is of. What a higher try proposes supersedes what this one did.';

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
      }),
    });
  }
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

  ref('StepStarted').implement({
    description: eventDescriptions.StepStarted,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      model: t.string({
        nullable: true,
        description: 'The model that is asked; null for a step that asks none.',
        resolve: ({ payload }) => payload.model,
      }),
      prompt: t.string({
        nullable: true,
        description: 'The prompt that it is asked with, and its version, as in `brainstorm.ideas@1`; null where none has a name.',
        resolve: ({ payload }) => payload.prompt,
      }),
    }),
  });
  ref('StepWaiting').implement({
    description: eventDescriptions.StepWaiting,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      provider: t.string({ description: 'The provider that is to be asked.', resolve: ({ payload }) => payload.provider }),
      waitingFor: t.field({ type: WaitReason, description: 'What it waits for.', resolve: ({ payload }) => payload.reason }),
      until: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When that is over at the latest; null where it is not known.',
        resolve: ({ payload }) => payload.until,
      }),
    }),
  });
  ref('StepRetrying').implement({
    description: eventDescriptions.StepRetrying,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: 'The try that failed.', resolve: ({ payload }) => payload.try }),
      error: t.field({ type: OperationError, description: 'Why it failed.', resolve: ({ payload }) => payload.error }),
      when: t.field({ type: 'DateTime', description: 'When the next try begins.', resolve: ({ payload }) => payload.when }),
      model: t.string({ nullable: true, description: 'The model that failed.', resolve: ({ payload }) => payload.model }),
      nextModel: t.string({
        nullable: true,
        description: 'The model that is asked next: another one where a fallback chain goes on.',
        resolve: ({ payload }) => payload.nextModel,
      }),
      usage: t.field({
        type: Usage,
        description: 'What the try is known to have used.',
        resolve: ({ payload }) => payload.usage,
      }),
    }),
  });
  ref('StepFailed').implement({
    description: eventDescriptions.StepFailed,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: 'The try that failed.', resolve: ({ payload }) => payload.try }),
      error: t.field({ type: OperationError, description: 'Why it failed.', resolve: ({ payload }) => payload.error }),
      model: t.string({ nullable: true, description: 'The model that failed.', resolve: ({ payload }) => payload.model }),
      usage: t.field({
        type: Usage,
        description: 'What the try is known to have used.',
        resolve: ({ payload }) => payload.usage,
      }),
    }),
  });
  ref('StepSucceeded').implement({
    description: eventDescriptions.StepSucceeded,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: 'The try that succeeded.', resolve: ({ payload }) => payload.try }),
      usage: t.field({ type: Usage, description: 'What it used.', resolve: ({ payload }) => payload.usage }),
      model: t.string({
        nullable: true,
        description: 'The model that answered; null for a step that asked none.',
        resolve: ({ payload }) => payload.model,
      }),
      mends: t.stringList({
        description: 'What was mended in the answer, in sentences.',
        resolve: ({ payload }) => payload.mends,
      }),
    }),
  });

  ref('TextDelta').implement({
    description: eventDescriptions.TextDelta,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      text: t.string({
        description: 'What follows on the text so far: prose, never raw JSON.',
        resolve: ({ payload }) => payload.text,
      }),
    }),
  });
  ref('ReasoningDelta').implement({
    description: eventDescriptions.ReasoningDelta,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      text: t.string({ description: 'What follows on the reasoning so far.', resolve: ({ payload }) => payload.text }),
    }),
  });
  ref('IdeaProposed').implement({
    description: eventDescriptions.IdeaProposed,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      idea: t.field({
        type: Idea,
        description: 'The idea.',
        resolve: ({ payload, sessionId }) => ({ ...payload.idea, sessionId }),
      }),
    }),
  });
  ref('PlanStepProposed').implement({
    description: eventDescriptions.PlanStepProposed,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      planStep: t.field({
        type: PlanStep,
        description: 'The step of the plan, or a part of one.',
        resolve: ({ payload, sessionId }) => ({ ...payload.planStep, sessionId }),
      }),
    }),
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
  ref('ChoiceScored').implement({
    description: eventDescriptions.ChoiceScored,
    interfaces,
    fields: (t) => ({
      step: t.string({ description: step, resolve: ({ payload }) => payload.step }),
      try: t.int({ description: number, resolve: ({ payload }) => payload.try }),
      choice: t.field({ type: Choice, description: 'The choice, as it was given.', resolve: ({ payload }) => payload.choice }),
      score: t.float({
        nullable: true,
        description: 'From 0, does not fit, to 1, fits perfectly.',
        resolve: ({ payload }) => payload.score,
      }),
      rationale: t.string({ nullable: true, description: 'Why.', resolve: ({ payload }) => payload.rationale }),
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
}
