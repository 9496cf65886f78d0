import type { InterfaceRef } from '@pothos/core';
import type { EventType, StoredEvent } from '../history/event.ts';
import type { Builder } from './builder.ts';
import { eventDescriptions } from './event-descriptions.ts';
import type { OperationTypes } from './operations.ts';
import type { OutputParts } from './outputs.ts';

/** One object type for each type of event of a step: how its tries go, and what they propose. */
export function addStepEventTypes(
  builder: Builder,
  Event: InterfaceRef<Builder['$inferSchemaTypes'], StoredEvent>,
  { OperationError, Usage }: OperationTypes,
  { Idea, PlanStep, Choice }: OutputParts,
) {
  const WaitReason = builder.enumType('WaitReason', {
    description: 'What is waited for.',
    values: {
      PERSON: { description: "A person's answer." },
      TIME: { description: 'A time.' },
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
  return { WaitReason };
}

export type StepEventTypes = ReturnType<typeof addStepEventTypes>;
