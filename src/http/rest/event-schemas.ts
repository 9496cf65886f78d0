import { z } from 'zod';
import { eventTypes, type EventType } from '../../history/event.ts';
import { anyJson, component, failure, operationIdText, planStep, sessionFields, sessionId, time, usage } from './schemas.ts';

const { session_id: _, ...facts } = sessionFields;
const step = {
  step: z.string().describe('The step that it is of.'),
  try: z.int().describe('Which try of the step it is of; a higher one supersedes what this one proposed.'),
};
const text = z.string();
const model = text.nullable().describe('The model that was asked; null for a step that asks none.');
const until = time.nullable().describe('When that is over at the latest; null where it is not known.');
const error = failure.describe('Why it failed.');
const used = usage.describe('What it is known to have used.');
const result = z.record(z.string(), anyJson);
const waitReasons = ['PERSON', 'TIME', 'CONCURRENCY', 'REQUESTS', 'TOKENS', 'PROVIDER'] as const;
const waitingFor = z.enum(waitReasons).describe('What is waited for.');
const idea = z
  .looseObject({ id: text, title: text, description: text, rationale: text, development_id: text.nullable() })
  .describe('The idea.');
const choice = z.object({ id: text, label: text, content: anyJson }).describe('The choice, as it was given.');

/** What each type of event tells, beside what all tell. */
const payloads: Record<EventType, z.ZodRawShape> = {
  SessionCreated: facts,
  SessionUpdated: facts,
  SessionExpired: { expires_at: time },
  SessionForked: {
    ...facts,
    forked_from: text.describe('The session that it was forked from.'),
    unfinished: z.array(operationIdText).describe('The operations that had not ended at that point: they do not go on here.'),
  },
  OperationQueued: {
    kind: text,
    input: result,
    parent_id: text.nullable(),
    name: text.nullable().describe('What its parent calls it.'),
    retry_of: text.nullable(),
  },
  OperationStarted: { attempt: z.int(), model },
  OperationWaiting: { waiting_for: waitingFor, names: z.array(text), until },
  OperationResumed: { name: text.describe('The name of what it waited for.') },
  OperationRecovered: { attempt: z.int(), steps_reused: z.array(text), steps_repeated: z.array(text) },
  OperationSucceeded: { kind: text, result },
  OperationFailed: { kind: text.nullable(), error, partial_result: result.nullable() },
  OperationCancelled: { by: text },
  StepStarted: { ...step, model, prompt: text.nullable().describe('The prompt that it is asked with, and its version.') },
  StepWaiting: { ...step, provider: text, waiting_for: waitingFor, until },
  StepRetrying: {
    ...step,
    error,
    when: time.describe('When the next try begins.'),
    model,
    next_model: text.nullable(),
    usage: used,
  },
  StepSucceeded: { ...step, model, usage: used, mends: z.array(text).describe('What was mended in the answer, in sentences.') },
  StepFailed: { ...step, error, model, usage: used },
  TextDelta: { ...step, text: text.describe('What follows on the text so far.') },
  ReasoningDelta: { ...step, text: text.describe('What follows on the reasoning so far.') },
  IdeaProposed: { ...step, idea },
  PlanStepProposed: { ...step, plan_step: planStep },
  ChoiceScored: { ...step, choice, score: z.number().nullable(), rationale: text.nullable() },
  PlanStepChanged: { plan_step: planStep, reason: text.nullable().describe('Why it was not done.') },
  DataEmitted: { name: text, data: anyJson },
  InputRequested: { name: text, question: text, context: anyJson, schema: result, complaint: text.nullable(), until },
  InputReceived: { name: text, answer: anyJson, by: text, key_id: text.nullable() },
  InputExpired: { name: text },
  EventsPruned: { through: z.int().describe('The `seq` of the last event that was pruned: the cursor to go on from.') },
};

const common = {
  session_id: sessionId,
  seq: z.int().describe('Its place in the history: 1, 2, 3, ...; the cursor to go on from.'),
  at: time.describe('When it was stored.'),
  operation_id: z.string().nullable().describe('The operation that it tells of; null for events of the session itself.'),
};

const event = component(
  'Event',
  z
    .discriminatedUnion(
      'type',
      eventTypes.map((type) =>
        component(`${type}Event`, z.object({ ...common, type: z.literal(type), ...payloads[type] })),
      ) as never,
    )
    .describe("An entry of a session's history: what it tells goes by its `type`."),
);

export { event };

export const eventPage = component(
  'History',
  z.object({
    session_id: sessionId,
    events: z.array(event).describe('In the order that was asked for.'),
    last_seq: z.int().describe('The `seq` of the last event of the session.'),
    next: z
      .int()
      .nullable()
      .describe('What `after` (`before`, where the newest come first) takes for the next page; null where there is none.'),
  }),
);
