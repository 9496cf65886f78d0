import type { SessionId } from '../ids.ts';
import { upcast } from './upcast.ts';

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Idea = {
  id: string;
  title: string;
  description: string;
  rationale: string;
  /** The number of the operation that develops it; null where none does. */
  development: number | null;
};

export type PlanStep = {
  id: string;
  title: string;
  description: string;
  /** Ids of the steps that have to be done first. */
  dependsOn: string[];
  /** How to tell that it is done. */
  doneWhen: string;
  /** The id of the step that this is a part of; null for a step of the plan itself. */
  partOf: string | null;
  status: PlanStepStatus;
  /** The number of the operation that carries it out, once there is one. */
  operation: number | null;
};

/** How far a step of a plan is carried out. PLANNED: not yet, or not at all. SKIPPED: what it depends on was not done. */
export type PlanStepStatus = 'PLANNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED';

export type Choice = {
  id: string;
  label: string;
  content: Json;
};

/** Why something went wrong, as it is stored and shown. */
export interface Failure {
  code: string;
  message: string;
  /** Whether trying again can help. */
  retryable: boolean;
  /** Of `BUDGET_EXCEEDED`: which budget, and its figures. */
  budget?: ExceededBudget;
}

/** A budget into which a call did not fit, as it stood then. Amounts are whole numbers of its unit. */
export interface ExceededBudget {
  scope: 'PROJECT' | 'KEY' | 'SESSION' | 'OPERATION';
  /** Of the project, the key, the session or the operation. */
  id: string;
  period: 'DAY' | 'MONTH' | 'TOTAL';
  unit: 'TOKENS' | 'MICRO_USD';
  limit: number;
  spent: number;
  /** What other calls may still use. */
  reserved: number;
  /** What this one might have used, with the shortest answer that is worth it. */
  needed: number;
  /** ISO 8601: when it begins anew; null where it never does. */
  resetsAt: string | null;
}

/** What model calls used. */
export interface UsagePayload {
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  reasoningTokens: number;
  /** Micro-US-dollars; null where a price is not known. */
  cost: number | null;
}

/** What an operation does where its session has others that no operation started and that have not ended. */
export type OnBusy = 'PARALLEL' | 'QUEUE' | 'REJECT' | 'CANCEL_PREVIOUS';

interface SessionFacts {
  title: string | null;
  metadata: JsonObject;
  /** ISO 8601; null for never. */
  expiresAt: string | null;
  /** What an operation does, unless it says otherwise, where others of the session have not ended. */
  onBusy: OnBusy;
}

interface StepTry {
  step: string;
  /** 1 for the first; a higher one supersedes what the earlier ones proposed. */
  try: number;
}

/** What each type of event tells, in its newest version. */
export interface EventPayloads {
  SessionCreated: SessionFacts;
  SessionUpdated: SessionFacts;
  SessionExpired: { expiresAt: string };
  /** The first event of a fork's own: what is before it is shared. */
  SessionForked: SessionFacts & {
    /** The session that it was forked from. */
    from: string;
    /** The numbers of the operations that had not ended by then: they do not go on in it. */
    unfinished: number[];
  };
  OperationQueued: { kind: string; input: JsonObject; parent: number | null; name: string | null; retryOf: number | null };
  OperationStarted: { attempt: number; model: string | null };
  /** It has given its claim up until a person or a time comes. */
  OperationWaiting: {
    reason: 'PERSON' | 'TIME';
    /** What is waited for. */
    names: string[];
    /** ISO 8601: when the soonest of them is over; null where that is not known. */ until: string | null;
  };
  /** A wait is over, and it is queued to go on. */
  OperationResumed: { name: string };
  OperationRecovered: { attempt: number; stepsReused: string[]; stepsRepeated: string[] };
  OperationSucceeded: { kind: string; output: JsonObject };
  OperationFailed: { kind: string | null; error: Failure; partialOutput: JsonObject | null };
  OperationCancelled: { by: string };
  StepStarted: StepTry & {
    /** The model that is asked; null for a step that asks none. */
    model: string | null;
    /** The prompt that it is asked with, and its version: `brainstorm.ideas@1`. */
    prompt: string | null;
  };
  /** The call waits for its turn at the provider. */
  StepWaiting: StepTry & {
    provider: string;
    reason: WaitReason;
    /** ISO 8601; null where that is not known. */ until: string | null;
  };
  StepRetrying: StepTry & {
    error: Failure;
    /** ISO 8601: when the next try begins. */
    when: string;
    /** The model that failed. */
    model: string | null;
    /** The model that is asked next. */
    nextModel: string | null;
    usage: UsagePayload;
  };
  StepSucceeded: StepTry & {
    model: string | null;
    usage: UsagePayload;
    /** What was mended in the answer, in sentences. */ mends: string[];
  };
  StepFailed: StepTry & { error: Failure; model: string | null; usage: UsagePayload };
  TextDelta: StepTry & { text: string };
  ReasoningDelta: StepTry & { text: string };
  IdeaProposed: StepTry & { idea: Idea };
  PlanStepProposed: StepTry & { planStep: PlanStep };
  ChoiceScored: StepTry & { choice: Choice; score: number | null; rationale: string | null };
  PlanStepChanged: {
    planStep: PlanStep;
    /** Why it was not done; null where there is nothing to explain. */ reason: string | null;
  };
  DataEmitted: { name: string; data: Json };
  InputRequested: { name: string } & InputRequest & {
      /** ISO 8601; null where there is time for ever. */ until: string | null;
    };
  InputReceived: { name: string; answer: Json; by: string; /** The key. */ keyId: string | null };
  /** Nobody answered in time. */
  InputExpired: { name: string };
  /** The events from this one on through `through` were pruned; the next one is `through + 1`. */
  EventsPruned: { through: number };
}

/** What a person is asked. */
export interface InputRequest {
  question: string;
  /** What there is to know for an answer. */
  context: Json;
  /** JSON Schema of the answer. */
  schema: JsonObject;
  /** What was wrong with the answer that was given before, as the definition sees it; null where there was none. */
  complaint: string | null;
}

/** Why a call waits for its turn at a provider. */
export type WaitReason = 'CONCURRENCY' | 'REQUESTS' | 'TOKENS' | 'PROVIDER';

export type EventType = keyof EventPayloads;

/** Of each type: the version of its payload that is written today. */
const versions: Record<EventType, number> = {
  SessionCreated: 2,
  SessionUpdated: 2,
  SessionExpired: 1,
  SessionForked: 2,
  OperationQueued: 2,
  OperationStarted: 1,
  OperationWaiting: 1,
  OperationResumed: 1,
  OperationRecovered: 1,
  OperationSucceeded: 1,
  OperationFailed: 2,
  OperationCancelled: 1,
  StepStarted: 2,
  StepWaiting: 1,
  StepRetrying: 2,
  StepSucceeded: 2,
  StepFailed: 1,
  TextDelta: 1,
  ReasoningDelta: 1,
  IdeaProposed: 2,
  PlanStepProposed: 2,
  ChoiceScored: 1,
  PlanStepChanged: 1,
  DataEmitted: 1,
  InputRequested: 1,
  InputReceived: 1,
  InputExpired: 1,
  EventsPruned: 1,
};

export const eventTypes = Object.keys(versions) as EventType[];

/** What ends an operation. */
export const terminalEventTypes = ['OperationSucceeded', 'OperationFailed', 'OperationCancelled'] as const satisfies EventType[];

export const eventVersion = (type: EventType): number => versions[type];

export const isTerminalEvent = (type: EventType): boolean => (terminalEventTypes as readonly EventType[]).includes(type);

/** An event that is yet to be given its place in a history. */
export type NewEvent = { [T in EventType]: { type: T; operation: number | null; payload: EventPayloads[T] } }[EventType];

/** An entry of a history. */
export type StoredEvent<T extends EventType = EventType> = {
  [K in T]: { sessionId: SessionId; seq: number; type: K; at: Date; operation: number | null; payload: EventPayloads[K] };
}[T];

/** What is provisional until its step has succeeded: an event of one try of a step. */
export const provisionalTypes = [
  'TextDelta',
  'ReasoningDelta',
  'IdeaProposed',
  'PlanStepProposed',
  'ChoiceScored',
] as const satisfies EventType[];
export type ProvisionalType = (typeof provisionalTypes)[number];
export type Provisional = {
  [T in ProvisionalType]: { type: T } & Omit<EventPayloads[T], keyof StepTry>;
}[ProvisionalType];

/** The last `seq` that an event stands for: a reader goes on after it. */
export const lastSeqOf = (event: StoredEvent): number => (event.type === 'EventsPruned' ? event.payload.through : event.seq);

/** A row of the table `Event`. */
export interface EventRow {
  sessionId: string;
  seq: number;
  type: string;
  version: number;
  at: Date;
  operation: number | null;
  payload: unknown;
}

/**
 * Reads a row as an event, its payload brought to the newest version.
 *
 * @throws Error for a type or a version that only a newer Lion knows
 */
export function toEvent(row: EventRow): StoredEvent {
  const newest = versions[row.type as EventType] as number | undefined;
  if (newest === undefined || row.version > newest) {
    throw new Error(
      `Event ${row.seq} of ${row.sessionId} is a ${row.type} of version ${row.version}, which this Lion does not know`,
    );
  }
  const { sessionId, seq, type, at, operation, version } = row;
  const payload = upcast(type, version, row.payload);
  return { sessionId, seq, type, at, operation, payload } as StoredEvent;
}
