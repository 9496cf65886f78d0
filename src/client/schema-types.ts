// Made from the schema by `npm run schema`.

/** Names the kind of an error that a client is expected to handle. */
export type ErrorCode =
  | 'SESSION_NOT_FOUND'
  | 'SESSION_EXPIRED'
  | 'SESSION_BUSY'
  | 'OPERATION_NOT_FOUND'
  | 'OPERATION_FINISHED'
  | 'OPERATION_NOT_RETRYABLE'
  | 'OPERATION_NOT_WAITING'
  | 'INPUT_ALREADY_RECEIVED'
  | 'ANSWER_INVALID'
  | 'OPERATION_OF_PAST'
  | 'FORK_TOO_DEEP'
  | 'FORK_BEYOND_END'
  | 'IDEMPOTENCY_CONFLICT'
  | 'MODEL_UNKNOWN'
  | 'KEY_NOT_FOUND'
  | 'KEY_NOT_ROTATABLE'
  | 'LAST_ADMIN_KEY'
  | 'TOO_MANY_OPERATIONS'
  | 'TOO_MANY_SESSIONS';

/** Whose a limit is. */
export type LimitScope = 'KEY' | 'PROJECT' | 'ADDRESS' | 'CONNECTION';

/** What a key is for. */
export type Role = 'VIEWER' | 'OPERATOR' | 'ADMIN';

/** Whether a key works. */
export type KeyStatus = 'ACTIVE' | 'EXPIRED' | 'REVOKED';

/** What usage is added up by. */
export type UsageGrouping = 'MODEL' | 'KIND' | 'KEY' | 'DAY';

/** What an operation does where its session is busy: where others that no operation started have not ended, be they queued, running, or waiting. Children make no session busy. */
export type OnBusy = 'PARALLEL' | 'QUEUE' | 'REJECT' | 'CANCEL_PREVIOUS';

/** Whose a budget is. */
export type BudgetScope = 'PROJECT' | 'KEY' | 'SESSION' | 'OPERATION';

/** How long a budget is to last. */
export type BudgetPeriod = 'DAY' | 'MONTH' | 'TOTAL';

/** What a limit counts. */
export type BudgetUnit = 'TOKENS' | 'MICRO_USD';

/** Whether a session takes new work. */
export type SessionStatus = 'ACTIVE' | 'EXPIRED';

/** How far a step of a plan is carried out. */
export type PlanStepStatus = 'PLANNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'SKIPPED';

/** Where an operation stands. SUCCEEDED, FAILED and CANCELLED are final. */
export type OperationStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** Who selects. */
export type Selector = 'MODEL' | 'PERSON';

/** What an event tells of: the name of its type. */
export type EventType =
  | 'SessionCreated'
  | 'SessionUpdated'
  | 'SessionExpired'
  | 'SessionForked'
  | 'OperationQueued'
  | 'OperationStarted'
  | 'OperationWaiting'
  | 'OperationResumed'
  | 'OperationRecovered'
  | 'OperationSucceeded'
  | 'OperationFailed'
  | 'OperationCancelled'
  | 'StepStarted'
  | 'StepWaiting'
  | 'StepRetrying'
  | 'StepSucceeded'
  | 'StepFailed'
  | 'TextDelta'
  | 'ReasoningDelta'
  | 'IdeaProposed'
  | 'PlanStepProposed'
  | 'ChoiceScored'
  | 'PlanStepChanged'
  | 'DataEmitted'
  | 'InputRequested'
  | 'InputReceived'
  | 'InputExpired'
  | 'EventsPruned';

/** What is waited for. */
export type WaitReason = 'PERSON' | 'TIME' | 'CONCURRENCY' | 'REQUESTS' | 'TOKENS' | 'PROVIDER';

/** How much a key may do: numbers up to 1000000000. What is left out stays as it is; null is for what all keys have. */
export interface SetKeyLimitsInput {
  /** The key. */
  keyId: string;
  /** Requests a minute. */
  requests?: number | null | undefined;
  /** Operations started a minute, without their children. */
  operations?: number | null | undefined;
  /** Operations that are queued or running at a time; neither their children nor those that wait for a person or a time count. */
  concurrent?: number | null | undefined;
  /** Subscriptions that are open at a time. */
  subscriptions?: number | null | undefined;
  /** WebSockets, and streams that several operations share, that are open at a time. */
  connections?: number | null | undefined;
  /** Sessions that are stored, expired ones included, until they are deleted. */
  sessions?: number | null | undefined;
}

/** A new key. */
export interface CreateKeyInput {
  /** What it is called, for people: at most 100 characters. */
  name: string;
  /** What it is for. */
  role: Role;
  /** How long it works, in seconds. Left out, or null: for ever. */
  expiresInSeconds?: number | null | undefined;
}

/** What a token is to be. */
export interface CreateTokenInput {
  /** The one session that there is to be for it: nothing else of the project exists then. Left out: all of the project. */
  sessionId?: string | null | undefined;
  /** No higher than that of who asks. Left out: VIEWER. */
  role?: Role | null | undefined;
  /** How long it works, in seconds: at most 3600, and no longer than what makes it. Left out: 600. */
  expiresInSeconds?: number | null | undefined;
}

/** Which entries: those for which all that is given holds. */
export interface AuditFilter {
  /** Of one of these actions. */
  action?: readonly string[] | null | undefined;
  /** Done to what has this id. */
  subject?: string | null | undefined;
  /** Asked with this key, or a token of it. */
  keyId?: string | null | undefined;
  /** After this time. */
  after?: string | null | undefined;
  /** Before this time. */
  before?: string | null | undefined;
}

/** How much an operation and its descendants may use: tokens, money, or both. */
export interface OperationBudgetInput {
  /** How many input and output tokens may be used. */
  tokens?: number | null | undefined;
  /** What calls may cost, in micro-US-dollars. A model whose price is not known is then not asked: `MODEL_PRICE_UNKNOWN`. */
  costMicroUsd?: number | null | undefined;
}

/** How much the operations of a session may use in a period: tokens, money, or both. */
export interface SessionBudgetInput {
  /** How long it is to last. @default "TOTAL" */
  period?: BudgetPeriod | undefined;
  /** How many input and output tokens may be used. */
  tokens?: number | null | undefined;
  /** What calls may cost, in micro-US-dollars. A model whose price is not known is then not asked: `MODEL_PRICE_UNKNOWN`. */
  costMicroUsd?: number | null | undefined;
}

/** What a project or a key may use in a period. A limit that is left out stays as it is; null takes it away. */
export interface SetBudgetInput {
  /** PROJECT or KEY. The budgets of a session are set with `createSession` and `updateSession`, that of an operation with its `options`. */
  scope: BudgetScope;
  /** Of the key. Left out: the project. */
  id?: string | null | undefined;
  /** How long it is to last. */
  period: BudgetPeriod;
  /** How many input and output tokens may be used. */
  tokens?: number | null | undefined;
  /** What calls may cost, in micro-US-dollars. A model whose price is not known is then not asked: `MODEL_PRICE_UNKNOWN`. */
  costMicroUsd?: number | null | undefined;
}

/** Which sessions: those for which all that is given holds. */
export interface SessionFilter {
  /** Of this status. */
  status?: SessionStatus | null | undefined;
  /** With this text in the title; ASCII letters match in either case. */
  titleContains?: string | null | undefined;
  /** Created after this time. */
  createdAfter?: string | null | undefined;
  /** Created before this time. */
  createdBefore?: string | null | undefined;
}

/** A new session. */
export interface CreateSessionInput {
  /** What it is called: at most 200 characters. */
  title?: string | null | undefined;
  /** Anything that the client wants to keep with it: a JSON object of at most 64 KiB. */
  metadata?: unknown;
  /** How long it lives without use, in seconds; null for ever. Left out: what the server is configured for, 24 hours by default. */
  ttlSeconds?: number | null | undefined;
  /** What an operation that says nothing of it does where the session is busy. Left out: PARALLEL. */
  onBusy?: OnBusy | null | undefined;
  /** What its operations may use: at most one budget for each period. Left out: as much as they like. */
  budgets?: readonly SessionBudgetInput[] | null | undefined;
}

/** What is to change; what is left out stays as it is. Any change gives the session its full time again. */
export interface UpdateSessionInput {
  /** As in `Session.id`. */
  id: string;
  /** What it is called: at most 200 characters; null for no title. */
  title?: string | null | undefined;
  /** Anything that the client wants to keep with it: a JSON object of at most 64 KiB. It replaces what there was. */
  metadata?: unknown;
  /** How long it lives without use, in seconds; null for ever. */
  ttlSeconds?: number | null | undefined;
  /** What an operation that says nothing of it does where the session is busy: of those that are started from then on. Null for PARALLEL. */
  onBusy?: OnBusy | null | undefined;
  /** What its operations may use: these take the place of all that there are. What was used in their periods before counts. */
  budgets?: readonly SessionBudgetInput[] | null | undefined;
}

/** A session that is to share the past of another. What is left out is as in that one. */
export interface ForkSessionInput {
  /** The session to fork, as in `Session.id`; also one that has expired. */
  id: string;
  /** The `seq` of the last event that is shared: 1 or more. Left out: the last one that there is. */
  atSeq?: number | null | undefined;
  /** What it is called: at most 200 characters; null for no title. */
  title?: string | null | undefined;
  /** Anything that the client wants to keep with it: a JSON object of at most 64 KiB. */
  metadata?: unknown;
  /** How long it lives without use, in seconds; null for ever. */
  ttlSeconds?: number | null | undefined;
  /** What an operation that says nothing of it does where the fork is busy. */
  onBusy?: OnBusy | null | undefined;
  /** What the operations of the fork may use. Left out: the same limits, of which nothing is spent yet. */
  budgets?: readonly SessionBudgetInput[] | null | undefined;
}

/** Which operations: those for which all that is given holds. */
export interface OperationFilter {
  /** Of one of these statuses. */
  status?: readonly OperationStatus[] | null | undefined;
  /** Of one of these kinds, such as `brainstorm`. */
  kind?: readonly string[] | null | undefined;
  /** True: only those that no other operation started. False: only children. */
  topLevel?: boolean | null | undefined;
  /** Created after this time. */
  createdAfter?: string | null | undefined;
  /** Created before this time. */
  createdBefore?: string | null | undefined;
}

/** An answer to what an operation asks. */
export interface AnswerOperationInput {
  /** As in `Operation.id`. */
  operationId: string;
  /** Which request it answers, as in `InputRequest.name`: no answer that comes late is taken for another question. */
  name: string;
  /** What `InputRequest.schema` describes: at most 256 KiB. Left out, it is null. */
  answer?: unknown;
}

/** How an operation is to be started. */
export interface OperationOptions {
  /** The session that it belongs to; without it, one is created. */
  sessionId?: string | null | undefined;
  /** A repeated request with the same key returns the operation of the first one; with another request, it is a conflict. A key is kept for 24 hours, unless the server is configured otherwise, and while its operation has not ended; or until its session is deleted. At most 200 characters. */
  idempotencyKey?: string | null | undefined;
  /** The model to ask: `provider/name`, or `builtin`; or a fallback chain of these with commas between them, each asked when those before it have failed. Left out: what the server is configured for. */
  model?: string | null | undefined;
  /** Whether what models say of their reasoning is kept in the history, as `ReasoningDelta`s. @default false */
  reasoning?: boolean | undefined;
  /** The operation fails unless it ends within this time: at most a week. It counts from the start request on; what is spent waiting for a slot or for its turn is part of it. */
  timeoutMs?: number | null | undefined;
  /** What it does where its session is busy. Left out: what the session says, `Session.onBusy`. */
  onBusy?: OnBusy | null | undefined;
  /** What it and its descendants may use. A model call that may need more than is left is not made: the operation fails with `BUDGET_EXCEEDED`. */
  budget?: OperationBudgetInput | null | undefined;
  /** Answer when the operation ends or this is over, whichever is first: at most 60,000. The operation goes on regardless. @default 0 */
  waitMs?: number | undefined;
}

/** One of the choices. */
export interface ChoiceInput {
  /** Names it; `choice-<n>` for the nth where it is left out. */
  id?: string | null | undefined;
  /** What it is called: at most 2,000 characters. */
  label: string;
  /** What there is to know of it: JSON of at most 64 KiB. */
  content?: unknown;
}

/** What to find ideas for. */
export interface BrainstormInput {
  /** What the user wants: at most 100,000 characters. */
  instruction: string;
  /** How to go about it: at most 20,000 characters. */
  guidance?: string | null | undefined;
  /** What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep. */
  context?: unknown;
  /** How many ideas: 1 to 100. @default 3 */
  count?: number | undefined;
  /** Whether each idea is developed, in an operation of its own. @default false */
  explore?: boolean | undefined;
  /** How many operations at a time: 1 to 100. Left out: 4. */
  concurrency?: number | null | undefined;
}

/** What to plan. */
export interface PlanInput {
  /** What the user wants: at most 100,000 characters. */
  instruction: string;
  /** How to go about it: at most 20,000 characters. */
  guidance?: string | null | undefined;
  /** What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep. */
  context?: unknown;
  /** How many steps: 1 to 100. Left out: as many as it takes. */
  steps?: number | null | undefined;
  /** Whether each step is broken down once more. @default false */
  expand?: boolean | undefined;
  /** Whether the steps are carried out, each in an operation of its own, as soon as what it depends on is done. @default false */
  execute?: boolean | undefined;
  /** How many operations at a time: 1 to 100. Left out: 4. */
  concurrency?: number | null | undefined;
}

/** What to select from, and by what. */
export interface SelectInput {
  /** What the user wants: at most 100,000 characters. */
  instruction: string;
  /** How to go about it: at most 20,000 characters. */
  guidance?: string | null | undefined;
  /** What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep. */
  context?: unknown;
  /** 1 to 500 distinct choices. */
  choices: readonly ChoiceInput[];
  /** What to select by, beside the instruction. */
  criteria?: string | null | undefined;
  /** How many to select at most: no more than there are choices. @default 1 */
  max?: number | undefined;
  /** Who selects. A person is asked by `inputRequest`, and answers by `answerOperation`. @default "MODEL" */
  by?: Selector | undefined;
  /** How long a person may take, by PERSON: else the operation fails with `INPUT_TIMED_OUT`. Left out: for ever. */
  withinMs?: number | null | undefined;
}

/** What to carry out. */
export interface PerformInput {
  /** What the user wants: at most 100,000 characters. */
  instruction: string;
  /** How to go about it: at most 20,000 characters. */
  guidance?: string | null | undefined;
  /** What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep. */
  context?: unknown;
}

/** What to take through the whole workflow. */
export interface RunInput {
  /** What the user wants: at most 100,000 characters. */
  instruction: string;
  /** How to go about it: at most 20,000 characters. */
  guidance?: string | null | undefined;
  /** What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep. */
  context?: unknown;
  /** How many ideas: 1 to 100. @default 3 */
  count?: number | undefined;
  /** How many steps: 1 to 100. Left out: as many as it takes. */
  steps?: number | null | undefined;
  /** Whether the steps are carried out, each in an operation of its own, as soon as what it depends on is done. @default false */
  execute?: boolean | undefined;
  /** How many operations at a time: 1 to 100. Left out: 4. */
  concurrency?: number | null | undefined;
}

/** The kinds of operation that every Lion has, with what each takes. */
export interface Inputs {
  /** Finds distinct ideas for an instruction: exactly as many as asked for. With `explore`, each is developed by an operation of its own. */
  brainstorm: BrainstormInput;
  /** Breaks an instruction down into steps that depend on each other, each with how to tell that it is done. With `expand`, breaks each step down once more; with `execute`, carries the steps out, each in an operation of its own. */
  plan: PlanInput;
  /** Selects the best of the given choices, each with a score and a rationale. Only what was given can be selected, by a model or by a person. More than one look can take in is looked at in batches, whose best are compared. */
  select: SelectInput;
  /** Carries out one instruction and answers in text, which streams. */
  perform: PerformInput;
  /** The whole workflow: brainstorms on the instruction, selects the best idea, and plans it; with `execute`, carries the plan out. The stages are children. */
  run: RunInput;
}

/** Who created, changed, deleted, revoked, cancelled or answered something. It is stored along with what it tells of, never changes, and outlives it. */
export type AuditEntry = {
  /** Prefixed with `aud_`, and ordered by time. */
  id: string;
  /** When. */
  at: string;
  /** What: the name of the mutation, as in `revokeKey`. */
  action: string;
  /** The key that asked, or whose token did; null where Lion itself did. */
  keyId: string | null;
  /** Who, in words. */
  by: string;
  /** The id of what it was done to. */
  subject: string;
  /** More of it, by the action. Nothing that is secret. */
  details: unknown;
};

/** How much the model calls of something may use in a period. A call counts in all budgets that apply to it. */
export type Budget = {
  /** Whose it is. */
  scope: BudgetScope;
  /** The id of the project, the key, the session or the operation. */
  subjectId: string;
  /** How long it is to last. */
  period: BudgetPeriod;
  /** When it begins anew; null where it never does. */
  resetsAt: string | null;
  /** Input and output tokens; null where they have no limit. */
  tokens: BudgetAmount | null;
  /** What calls cost, in micro-US-dollars; null where that has no limit. */
  costMicroUsd: BudgetAmount | null;
};

/** What there is of one limit: tokens, or micro-US-dollars. */
export type BudgetAmount = {
  /** What may be used. */
  limit: number;
  /** What was used, `assumed` among it. */
  spent: number;
  /** The part of `spent` that nobody counted: calls that were broken off, or lost in a crash, count with what was reserved for them. */
  assumed: number;
  /** What the calls that are under way may use at most. */
  reserved: number;
  /** What is left: a call that may need more is not made. */
  remaining: number;
};

/** A key with its secret, which is shown this once. */
export type CreatedKey = {
  /** What is sent as `X-API-Key`: `lion_` and 256 random bits. It can never be shown again. */
  secret: string;
  /** The key. */
  key: Key;
};

/** A token: what a browser is given in place of a key. It is sent wherever a key is, and ends with the key that made it. */
export type CreatedToken = {
  /** What is sent. Lion does not keep it. */
  token: string;
  /** What it is for. */
  role: Role;
  /** The one session that there is for it; null for all of the project. */
  sessionId: string | null;
  /** When it ends. */
  expiresAt: string;
};

/** A kind of operation: what can be started, by the mutation of its name. */
export type Definition = {
  /** Its name. */
  kind: string;
  /** Counted up when it changes in a way that older operations cannot go on with. */
  version: number;
  /** What it does. */
  description: string;
  /** What it takes, as JSON Schema. */
  inputSchema: unknown;
  /** What it produces, as JSON Schema. */
  outputSchema: unknown;
};

/** An entry of a session's history. */
export type Event =
  | {
      type: 'SessionCreated';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** What it is called. */
      title: string | null;
      /** What an operation that says nothing of it does where the session is busy. */
      onBusy: OnBusy;
    }
  | {
      type: 'SessionUpdated';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** What it is called. */
      title: string | null;
      /** What an operation that says nothing of it does where the session is busy. */
      onBusy: OnBusy;
    }
  | {
      type: 'SessionForked';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** What the fork is called. */
      title: string | null;
      /** What an operation that says nothing of it does where the fork is busy. */
      onBusy: OnBusy;
      /** The id of the session that it was forked from, which may be deleted since. */
      forkedFromId: string;
      /** The operations that had not ended at that point, as they stood then: they do not go on here. */
      unfinished: {
        id: string;
      }[];
    }
  | {
      type: 'SessionExpired';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
    }
  | {
      type: 'OperationQueued';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
        parent: {
          id: string;
        } | null;
      } | null;
      /** What it does. */
      kind: string;
      /** What it was started with. */
      input: unknown;
      /** What its parent calls it, such as the id of the plan step that it carries out. */
      childName: string | null;
    }
  | {
      type: 'OperationStarted';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** Which one: 1, 2, ... */
      attempt: number;
      /** The model that was chosen for it. */
      model: string | null;
    }
  | {
      type: 'OperationRecovered';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The attempt that goes on. */
      attempt: number;
      /** The steps that are recorded, and not done again. */
      stepsReused: string[];
      /** The steps that had begun, and are done again. */
      stepsRepeated: string[];
    }
  | {
      type: 'OperationSucceeded';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** What it produced. */
      output: OperationOutput;
    }
  | {
      type: 'OperationFailed';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** Why. */
      error: OperationError;
      /** What there is of an output all the same; null where there is nothing. */
      partialOutput: OperationOutput | null;
    }
  | {
      type: 'OperationCancelled';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** By whom. */
      by: string;
    }
  | {
      type: 'PlanStepChanged';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step of the plan, or a part of one, as it was then. */
      planStep: PlanStep;
      /** Why it was not done: what it depends on was not, or it failed. */
      reason: string | null;
    }
  | {
      type: 'DataEmitted';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** What it is called by the definition. */
      name: string;
      /** What it tells. */
      data: unknown;
    }
  | {
      type: 'EventsPruned';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The `seq` of the last event that was pruned: the cursor to go on from. */
      through: number;
    }
  | {
      type: 'StepStarted';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** The model that is asked; null for a step that asks none. */
      model: string | null;
      /** The prompt that it is asked with, and its version, as in `brainstorm.ideas@1`; null where none has a name. */
      prompt: string | null;
    }
  | {
      type: 'StepWaiting';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** The provider that is to be asked. */
      provider: string;
      /** What it waits for. */
      waitingFor: WaitReason;
      /** When that is over at the latest; null where it is not known. */
      until: string | null;
    }
  | {
      type: 'StepRetrying';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** The try that failed. */
      try: number;
      /** Why it failed. */
      error: OperationError;
      /** When the next try begins. */
      when: string;
      /** The model that failed. */
      model: string | null;
      /** The model that is asked next: another one where a fallback chain goes on. */
      nextModel: string | null;
      /** What the try is known to have used. */
      usage: Usage;
    }
  | {
      type: 'StepFailed';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** The try that failed. */
      try: number;
      /** Why it failed. */
      error: OperationError;
      /** The model that failed. */
      model: string | null;
      /** What the try is known to have used. */
      usage: Usage;
    }
  | {
      type: 'StepSucceeded';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** The try that succeeded. */
      try: number;
      /** The model that answered; null for a step that asked none. */
      model: string | null;
      /** What was mended in the answer, in sentences. */
      mends: string[];
      /** What it used. */
      usage: Usage;
    }
  | {
      type: 'TextDelta';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** What follows on the text so far: prose, never raw JSON. */
      text: string;
    }
  | {
      type: 'ReasoningDelta';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** What follows on the reasoning so far. */
      text: string;
    }
  | {
      type: 'IdeaProposed';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** The idea. */
      idea: Idea;
    }
  | {
      type: 'PlanStepProposed';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** The step of the plan, or a part of one. */
      planStep: PlanStep;
    }
  | {
      type: 'ChoiceScored';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The step that it is of. */
      step: string;
      /** Which try of the step it is of. What a higher try proposes supersedes what this one did. */
      try: number;
      /** The choice, as it was given. */
      choice: {
        id: string;
        label: string;
      };
      /** From 0, does not fit, to 1, fits perfectly. */
      score: number | null;
      /** Why. */
      rationale: string | null;
    }
  | {
      type: 'OperationWaiting';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** PERSON or TIME; PERSON where it waits for both. */
      waitingFor: WaitReason;
      /** The names of all that it waits for. */
      names: string[];
      /** When the soonest of that is over at the latest; null where it is not known. */
      until: string | null;
    }
  | {
      type: 'OperationResumed';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** The name of what it waited for. */
      name: string;
    }
  | {
      type: 'InputRequested';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** Names what is asked within the operation, as in `InputRequest.name`. */
      name: string;
      /** What is asked. */
      question: string;
      /** What there is to know for an answer. */
      context: unknown;
      /** The shape of the answer: JSON Schema. */
      schema: unknown;
      /** What was wrong with the answer before, where the operation asks again. */
      complaint: string | null;
      /** By when it has to be answered; null for no such time. */
      until: string | null;
    }
  | {
      type: 'InputReceived';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** Names what is asked within the operation, as in `InputRequest.name`. */
      name: string;
      /** The answer. */
      answer: unknown;
      /** By whom. */
      by: string;
      /** The id of the key. */
      keyId: string | null;
    }
  | {
      type: 'InputExpired';
      /** Its place in the history: 1, 2, 3, ... without gaps, but for those that an `EventsPruned` stands for. It is the cursor to go on from. */
      seq: number;
      /** When it was stored. */
      at: string;
      /** The operation that it tells of, as that is now; null for events of the session itself. */
      operation: {
        id: string;
        kind: string;
      } | null;
      /** Names what is asked within the operation, as in `InputRequest.name`. */
      name: string;
    };

/** An idea of a brainstorm. */
export type Idea = {
  /** Names it within its brainstorm. */
  id: string;
  /** What it is called. */
  title: string;
  /** What it is. */
  description: string;
  /** Why it is worth doing. */
  rationale: string;
  /** The operation that develops it, with `explore`; null where none does, and in `IdeaProposed`. */
  development: {
    id: string;
  } | null;
};

/** What an operation asks of a person. `answerOperation` answers. */
export type InputRequest = {
  /** Names it within its operation, for `answerOperation`. */
  name: string;
  /** What is asked. */
  question: string;
  /** What there is to know for an answer. */
  context: unknown;
  /** The shape of the answer: JSON Schema. */
  schema: unknown;
  /** What was wrong with the answer before, where the operation asks again. */
  complaint: string | null;
  /** Since when it is asked. */
  requestedAt: string;
  /** By when it has to be answered; null for no such time. */
  until: string | null;
};

/** An API key. Its secret is known to whoever was shown it: only its SHA-256 is kept. */
export type Key = {
  /** Prefixed with `key_`. It stays when the key is rotated. */
  id: string;
  /** What it is called. */
  name: string;
  /** What it is for. */
  role: Role;
  /** How its secret begins, to tell keys apart. */
  prefix: string;
  /** Whether it works. */
  status: KeyStatus;
  /** When it was created. */
  createdAt: string;
  /** When it ends by itself; null for never. */
  expiresAt: string | null;
  /** When it was revoked; null unless it was. */
  revokedAt: string | null;
  /** When it, or a token of it, was last used; null for never. */
  lastUsedAt: string | null;
  /** The secrets that it had before it was rotated: those of the last ten times, the latest first. */
  formerSecrets: {
    prefix: string;
    endsAt: string;
    lastUsedAt: string | null;
  }[];
};

/** How much a key may do, where it has limits of its own: null where it has those that all keys have. */
export type KeyLimits = {
  /** The key. */
  keyId: string;
  /** Requests a minute. */
  requests: number | null;
  /** Operations started a minute, without their children. */
  operations: number | null;
  /** Operations that are queued or running at a time; neither their children nor those that wait for a person or a time count. */
  concurrent: number | null;
  /** Subscriptions that are open at a time. */
  subscriptions: number | null;
  /** WebSockets, and streams that several operations share, that are open at a time. */
  connections: number | null;
  /** Sessions that are stored, expired ones included, until they are deleted. */
  sessions: number | null;
};

/** One execution of something that the agent can do: a durable state machine. It goes on whoever watches. */
export type Operation = {
  /** Prefixed with `op_`: the session and a number within it. */
  id: string;
  /** What it does: `brainstorm`, `plan`, `select`, `perform`, `run`, or the name of a custom definition. */
  kind: string;
  /** Where it stands. */
  status: OperationStatus;
  /** Whether it is queued behind others of its session that have not ended, as `onBusy: QUEUE` has it. */
  waitsForTurn: boolean;
  /** Which attempt at it is the latest: 1, 2, ...; 0 before the first. */
  attempt: number;
  /** The model that was chosen for it: `provider/name`, or `builtin` for the embedded one. */
  model: string | null;
  /** What the user wants; null where the kind has no instruction. */
  instruction: string | null;
  /** What its parent calls it: the id of the plan step that it carries out, or of the idea that it develops. */
  childName: string | null;
  /** The session that it belongs to; of one in the past of a fork that is looked at there, the fork. */
  session: {
    id: string;
  };
  /** The operation that started it and waits for it. */
  parent: {
    id: string;
  } | null;
  /** The operation whose recorded steps it goes on from. */
  retryOf: {
    id: string;
  } | null;
  /** What it produced; null until it has succeeded. */
  output: OperationOutput | null;
  /** What there is of an output although it failed; null unless it has failed with something in hand. */
  partialOutput: OperationOutput | null;
  /** The steps of its plan as they stand now, while it is carried out, too; null where there is no plan (yet). Of a `run`, those of its plan. */
  planSteps: PlanStepTree[] | null;
  /** Why it failed; null unless it has. */
  error: OperationError | null;
  /** What it asks of a person now; null unless it does. Where it asks for several things at once, the one that it has asked for longest. */
  inputRequest: InputRequest | null;
  /** What it used, and its children that have ended. */
  usage: Usage;
  /** When it was queued. */
  createdAt: string;
  /** When its first attempt began. */
  startedAt: string | null;
  /** When it ended. */
  finishedAt: string | null;
};

/** Why an operation, or one try of a step, failed. */
export type OperationError = {
  /** For programs, such as `MODEL_UNAUTHORIZED`. */
  code: string;
  /** For people: what went wrong, and what to do. */
  message: string;
  /** Whether trying again, as it is, can help. */
  retryable: boolean;
  /** Of `BUDGET_EXCEEDED`: the budget into which a call did not fit, with its figures. */
  budget: {
    scope: BudgetScope;
    subjectId: string;
    period: BudgetPeriod;
    unit: BudgetUnit;
    limit: number;
    spent: number;
    reserved: number;
    needed: number;
    resetsAt: string | null;
  } | null;
};

/** What an operation produced, by its kind. */
export type OperationOutput =
  | {
      __typename: 'BrainstormOutput';
      /** Exactly as many as were asked for. */
      ideas: Idea[];
    }
  | {
      __typename: 'PlanOutput';
      /** The steps, in a sensible order. */
      steps: PlanStepTree[];
    }
  | {
      __typename: 'SelectOutput';
      /** Best first. */
      selected: Selection[];
    }
  | {
      __typename: 'PerformOutput';
      /** The answer, as text. */
      text: string;
    }
  | {
      __typename: 'RunOutput';
      /** All ideas that were found. */
      ideas: Idea[];
      /** The one that was selected. */
      selectedIdea: Idea;
      /** The plan for it. */
      steps: PlanStepTree[];
    }
  | {
      __typename: 'UnknownOutput';
      /** The output as it was stored. */
      data: unknown;
    };

/** Where a page lies in its list. */
export type PageInfo = {
  /** Whether there are entries after the page. */
  hasNextPage: boolean;
  /** Whether there are entries before the page. */
  hasPreviousPage: boolean;
  /** The cursor of the first entry; null where there is none. */
  startCursor: string | null;
  /** The cursor of the last entry; null where there is none. */
  endCursor: string | null;
};

/** A step of a plan. */
export type PlanStep = {
  /** Names it within its plan. */
  id: string;
  /** What it is called. */
  title: string;
  /** What is to be done. */
  description: string;
  /** Ids of the steps that have to be done first. There are no cycles. */
  dependsOn: string[];
  /** How to tell that it is done. */
  doneWhen: string;
  /** The id of the step that it is a part of; null for a step of the plan itself. */
  partOf: string | null;
  /** How far it is carried out: in an event, as of then. */
  status: PlanStepStatus;
  /** The operation that carries it out; null where none does, or where its parts have theirs. */
  operation: {
    id: string;
  } | null;
};

/** A step of a plan. */
export type PlanStepTree = PlanStep & {
  /** The parts that it was broken down into, with `expand`; none in an event, which tells of each part on its own. */
  steps: PlanStep[];
};

/** A choice that was selected. */
export type Selection = {
  /** The choice, as it was given. */
  choice: {
    id: string;
    label: string;
  };
  /** From 0, does not fit, to 1, fits perfectly; null where none was given. */
  score: number | null;
  /** Why it was selected. */
  rationale: string | null;
  /** What decided between it and others that are as good; null where there is no tie. */
  tieBreak: string | null;
};

/** A durable context in which the agent works. It expires when it is not used, and owns an ordered history. */
export type Session = {
  /** Prefixed with `ses_`, and ordered by time. */
  id: string;
  /** What it is called. */
  title: string | null;
  /** What the client keeps with it: a JSON object. */
  metadata: unknown;
  /** Whether it takes new work. */
  status: SessionStatus;
  /** When it was created. */
  createdAt: string;
  /** When it expires unless it is used before; null for never. An operation that has not ended holds it open. */
  expiresAt: string | null;
  /** What an operation that says nothing of it does where the session is busy. */
  onBusy: OnBusy;
  /** The `seq` of its last event; in a query, of the same snapshot as the rest of the answer: what happens afterwards is what `sessionEvents(after:)` yields. */
  lastSeq: number;
  /** The last event that it shares, as a fork, with the session that it was forked from; 0 where it is none. */
  forkSeq: number;
  /** What all its operations have used so far; of a fork, those that were started in it. */
  usage: Usage;
};

/** How this Lion is at the moment, over all its projects. */
export type System = {
  /** The version of Lion. */
  version: string;
  /** When this process began. */
  startedAt: string;
  /** For how long this process has been there. */
  uptimeSeconds: number;
  /** How many operations are queued. */
  queued: number;
  /** How many operations are running. */
  running: number;
  /** How many operations wait for a person or a time. */
  waiting: number;
  /** Since when the first operation of the queue could have been worked on; null where none is in it. */
  oldestQueuedAt: string | null;
  /** When the oldest operation was started that has not ended; null where all have. */
  oldestUnfinishedAt: string | null;
  /** How many operations can be worked on at a time. */
  slots: number;
  /** How many subscriptions follow a history. */
  subscribers: number;
  /** How many events the slowest of them is behind. */
  largestLag: number;
  /** The size of the database file. */
  databaseBytes: number;
  /** The size of its write-ahead log. */
  walBytes: number;
  /** What is left of the disk that they are on. */
  freeDiskBytes: number;
  /** What is wrong, in sentences; empty where nothing is. */
  faults: string[];
};

/** What model calls used. */
export type Usage = {
  /** All input tokens, the cached ones among them. */
  inputTokens: number;
  /** All output tokens, reasoning among them. */
  outputTokens: number;
  /** Input tokens that the provider had in its cache. */
  cachedTokens: number;
  /** Output tokens that were reasoning. */
  reasoningTokens: number;
  /** In micro-US-dollars; null where the price of any of it is not known. */
  cost: number | null;
};

/** What the model calls of one group used. What it is not grouped by is null. */
export type UsageGroup = {
  /** `provider/name`, or `builtin`. */
  model: string | null;
  /** The kind of operation. */
  kind: string | null;
  /** The key that started the operation; null also where none did. */
  keyId: string | null;
  /** As in `2026-11-25`, in UTC. */
  day: string | null;
  /** How many calls: those that failed after they had used something, too. */
  calls: number;
  /** How many of them have no known price. */
  unpricedCalls: number;
  /** What they used. */
  usage: Usage;
};

/** Who asks: a key, or a token that was made with it. */
export type Viewer = {
  /** Prefixed with `key_`. */
  keyId: string;
  /** What the key is called. */
  keyName: string;
  /** What the key is for. */
  role: Role;
  /** Whether a token was given, and not the key itself. */
  isToken: boolean;
  /** The one session that there is for the token; null for all of the project. */
  sessionId: string | null;
  /** When the key or the token ends by itself; null for never. */
  expiresAt: string | null;
  /** The project of the key. */
  project: {
    id: string;
    name: string;
  };
  /** The model that is asked where an operation names none. */
  defaultModel: {
    name: string;
    reason: string;
  };
};
