import type { AuditEntry, Caller } from './audit.ts';
import type { SessionId } from '../ids.ts';
import { SessionNotFoundError } from './errors.ts';
import { isTerminalEvent } from './event.ts';
import type { Failure, InputRequest, Json, JsonObject, NewEvent, OnBusy, StoredEvent, UsagePayload } from './event.ts';
import { LedgerDraft, type Ledger } from './ledger.ts';
import type { CutOff } from './past.ts';
import { isConcurrent, type Counted, type Owner, type Tallies } from './tally.ts';

/** What an append reads and writes of a session. The usage is that of all its operations. */
export interface SessionState extends UsagePayload {
  sessionId: SessionId;
  projectId: string;
  lastSeq: number;
  lastOperation: number;
  unfinished: number;
  ttlSeconds: number | null;
  expiresAt: Date | null;
  expiredAt: Date | null;
  /** What an operation does, unless it says otherwise, where others of the session have not ended. */
  onBusy: OnBusy;
}

/** What an append reads and writes of an operation. The usage is its own and that of its children that have ended. */
export interface OperationState extends UsagePayload {
  readonly sessionId: SessionId;
  readonly number: number;
  readonly projectId: string;
  readonly kind: string;
  readonly version: number;
  status: string;
  attempt: number;
  crashes: number;
  suspicion: number;
  nodeId: string | null;
  readonly parent: number | null;
  readonly position: number | null;
  readonly name: string | null;
  readonly retryOf: number | null;
  readonly keyId: string | null;
  model: string | null;
  readonly onBusy: OnBusy | null;
  readonly reasoning: boolean;
  emits: number;
  /** The `seq` of its first event. */
  queuedSeq: number;
  /** The `seq` of its last event, once it has ended. */
  endedSeq: number | null;
  readonly createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  readonly timeoutMs: number | null;
  deadlineAt: Date | null;
  waitingFor: 'PERSON' | 'TIME' | null;
  openWaits: number;
  personWaits: number;
  personSince: Date | null;
  /** Since when it may be claimed; null while it waits for its turn in the session, and once it has ended. */
  readyAt: Date | null;
  /** The operation whose budget it uses: itself, or the one that it descends from. */
  budgetOf: number | null;
  readonly requestId: string | null;
  readonly traceparent: string | null;
}

/** What is only ever written by an append. */
export interface OperationResult {
  output?: JsonObject;
  partialOutput?: JsonObject;
  error?: Failure;
}

/** What one model call used, and on whose account. */
export interface Spending {
  projectId: string;
  model: string;
  kind: string;
  keyId: string | null;
  usage: UsagePayload;
}

export interface StepState {
  operation: number;
  name: string;
  try: number;
  /** Set once the step is recorded. */
  recorded?: { value: unknown };
}

/** What an operation waits for. */
export interface WaitState {
  readonly operation: number;
  readonly name: string;
  readonly reason: 'PERSON' | 'TIME';
  startedAt: Date;
  until: Date | null;
  isCalendar: boolean;
  endedAt: Date | null;
  answeredBy: string | null;
}

export interface SessionDetails {
  title: string | null;
  metadata: JsonObject;
}

/** What a session is to be like from its beginning. */
export type SessionSettings = Pick<SessionState, 'ttlSeconds' | 'onBusy'>;

/** Where the past of a new fork lies. */
export interface NewFork {
  /** The session that it was forked from. */
  source: SessionId;
  /** The session in whose rows the last event of the past lies. */
  parentId: SessionId;
  seq: number;
  operation: number;
  depth: number;
  cutOff: readonly CutOff[];
}

export interface UsedKey {
  projectId: string;
  key: string;
  payloadHash: string;
  sessionId: SessionId;
  operation: number;
}

export type WaitChange =
  | { change: 'open'; wait: WaitState; request: InputRequest | null }
  | { change: 'end'; wait: WaitState; answer?: { value: Json } }
  /** Those that are not over. */
  | { change: 'drop'; operation: number };

/** The state that a batch of appends works on, loaded before and saved after. */
export class BatchState {
  readonly ledger: Ledger;
  readonly tallies: Tallies;
  /** The sessions as they were before. */
  readonly stored = new Map<string, Readonly<SessionState>>();
  readonly sessions = new Map<string, SessionState>();
  readonly operations = new Map<string, OperationState>();
  readonly usedKeys = new Map<string, UsedKey>();
  readonly newSessions = new Map<string, SessionDetails & { createdAt: Date; keyId: string | null; fork: NewFork | undefined }>();
  readonly details = new Map<string, SessionDetails>();
  readonly newDetails = new Map<string, SessionDetails>();
  readonly newOperations = new Map<string, OperationState & { input: JsonObject }>();
  readonly results = new Map<string, OperationResult>();
  readonly steps = new Map<string, StepState & { sessionId: SessionId }>();
  readonly waits = new Map<string, WaitState & { sessionId: SessionId }>();
  /** What is to be done to rows of waits, in order. */
  readonly waitChanges: (WaitChange & { sessionId: SessionId })[] = [];
  readonly copiedSteps: { sessionId: SessionId; from: number; to: number }[] = [];
  readonly newKeys: (UsedKey & { createdAt: Date })[] = [];
  readonly spendings: (Spending & { at: Date })[] = [];
  readonly changedSessions = new Set<string>();
  readonly changedOperations = new Set<string>();
  readonly events: StoredEvent[] = [];

  constructor(ledger: Ledger, tallies: Tallies) {
    this.ledger = ledger;
    this.tallies = tallies;
  }
  /** Who did what. */
  readonly audit: AuditEntry[] = [];
}

export const operationKey = (sessionId: string, number: number): string => `${sessionId}/${number}`;
export const waitKey = (sessionId: string, number: number, name: string): string => `${operationKey(sessionId, number)}/${name}`;
export const usedKeyKey = (projectId: string, key: string): string => `${projectId}/${key}`;

/**
 * What one append is about to do. It sees what the appends before it in the batch did, and touches nothing itself:
 * `commit` takes it into the batch, and an append that throws instead leaves no trace.
 */
export class Draft {
  readonly now: Date;
  readonly #sessionId: SessionId;
  readonly #batch: BatchState;
  readonly #events: NewEvent[] = [];
  readonly #operations = new Map<number, OperationState>();
  readonly #inputs = new Map<number, JsonObject>();
  readonly #results = new Map<number, OperationResult>();
  readonly #steps: StepState[] = [];
  readonly #waits = new Map<string, WaitState>();
  readonly #waitChanges: WaitChange[] = [];
  readonly #topics: string[] = [];
  readonly #copies: { from: number; to: number }[] = [];
  readonly #keys: Omit<UsedKey, 'sessionId'>[] = [];
  readonly #spendings: Spending[] = [];
  readonly #audit: AuditEntry[] = [];
  #ledger: LedgerDraft | undefined;
  #session: SessionState | undefined;
  /** Of a session that is new. */
  #owner: Owner | undefined;
  #fork: NewFork | undefined;
  #details: SessionDetails | undefined;

  constructor(batch: BatchState, sessionId: SessionId, now: Date) {
    this.#batch = batch;
    this.#sessionId = sessionId;
    this.now = now;
    const known = batch.sessions.get(sessionId);
    this.#session = known && { ...known };
  }

  /** The session, to be changed in place. @throws SessionNotFoundError */
  get session(): SessionState {
    if (!this.#session) throw new SessionNotFoundError(this.#sessionId);
    return this.#session;
  }

  /** Writes down who did this. @param caller nobody writes nothing */
  audit(caller: Caller | undefined, deed: Pick<AuditEntry, 'action' | 'subject' | 'details'>): void {
    if (caller) this.#audit.push({ ...caller, ...deed, projectId: this.session.projectId });
  }

  /** Whether there is a session: one that was just read may have been deleted. */
  get hasSession(): boolean {
    return this.#session !== undefined;
  }

  /** The session that the append makes a fork of. @returns undefined when it is not there (any more) */
  source(sessionId: SessionId): Readonly<SessionState> | undefined {
    return this.#batch.sessions.get(sessionId);
  }

  /** @param fork where its past lies, for one that does not begin by itself */
  createSession(owner: Owner, details: SessionDetails, { ttlSeconds, onBusy }: SessionSettings, fork?: NewFork): SessionState {
    if (this.#session) throw new Error(`Session ${this.#sessionId} exists already`);
    this.#session = {
      sessionId: this.#sessionId,
      projectId: owner.projectId,
      lastSeq: fork?.seq ?? 0,
      lastOperation: fork?.operation ?? 0,
      unfinished: 0,
      ttlSeconds,
      expiresAt: ttlSeconds === null ? null : new Date(this.now.getTime() + ttlSeconds * 1000),
      expiredAt: null,
      onBusy,
      inputTokens: 0,
      outputTokens: 0,
      cachedTokens: 0,
      reasoningTokens: 0,
      cost: 0,
    };
    this.#owner = owner;
    this.#fork = fork;
    this.#details = details;
    return this.#session;
  }

  /** Title and metadata, which the append has to have asked for. */
  get details(): SessionDetails {
    const details = this.#details ?? this.#batch.details.get(this.#sessionId);
    if (!details) throw new SessionNotFoundError(this.#sessionId);
    return details;
  }

  set details(details: SessionDetails) {
    this.#details = details;
  }

  /** The operation, to be changed in place. The append has to have asked for it. @returns undefined when there is none */
  operation(number: number): OperationState | undefined {
    const drafted = this.#operations.get(number);
    if (drafted) return drafted;
    const known = this.#batch.operations.get(operationKey(this.#sessionId, number));
    if (!known) return undefined;
    const copy = { ...known };
    this.#operations.set(number, copy);
    return copy;
  }

  /** All operations that the append asked for, and those made along the way. */
  operations(): OperationState[] {
    const known = [...this.#batch.operations.values()].filter(({ sessionId }) => sessionId === this.#sessionId);
    for (const { number } of known) this.operation(number);
    return [...this.#operations.values()].toSorted((a, b) => a.number - b.number);
  }

  /** @returns the number of the new operation */
  createOperation(operation: Omit<OperationState, 'sessionId' | 'number' | 'projectId'>, input: JsonObject): OperationState {
    const number = ++this.session.lastOperation;
    const created = { ...operation, sessionId: this.#sessionId, number, projectId: this.session.projectId };
    this.#operations.set(number, created);
    this.#inputs.set(number, input);
    return created;
  }

  setResult(number: number, result: OperationResult): void {
    this.#results.set(number, result);
  }

  putStep(step: StepState): void {
    this.#steps.push(step);
  }

  /** What `from` recorded is recorded of `to` as well. */
  copySteps(from: number, to: number): void {
    this.#copies.push({ from, to });
  }

  /** A wait, which the append has to have asked for. */
  wait(operation: number, name: string): WaitState | undefined {
    return this.#waits.get(name) ?? this.#batch.waits.get(waitKey(this.#sessionId, operation, name));
  }

  /** Begins a wait, also one of a name that is over. */
  openWait(wait: WaitState, request: InputRequest | null): void {
    this.#waits.set(wait.name, wait);
    this.#waitChanges.push({ change: 'open', wait, request });
  }

  endWait(wait: WaitState, answer?: { value: Json }): void {
    this.#waits.set(wait.name, wait);
    this.#waitChanges.push({ change: 'end', wait, ...(answer && { answer }) });
  }

  /** Takes the waits of an operation away that are not over. */
  dropWaits(operation: number): void {
    this.#waitChanges.push({ change: 'drop', operation });
  }

  /** Has a nudge follow the commit. */
  nudge(topic: string): void {
    this.#topics.push(topic);
  }

  /** What is to be nudged once the draft is stored. */
  get topics(): readonly string[] {
    return this.#topics;
  }

  usedKey(projectId: string, key: string): UsedKey | undefined {
    return this.#batch.usedKeys.get(usedKeyKey(projectId, key));
  }

  useKey(used: Omit<UsedKey, 'sessionId'>): void {
    this.#keys.push(used);
  }

  /** Books what a model call used on the account of its day. */
  spend(spending: Spending): void {
    this.#spendings.push(spending);
  }

  /** How much of what is limited there is, but for what this draft does. */
  count(counted: Counted, owner: Owner): number {
    return this.#batch.tallies.count(counted, owner);
  }

  /** The budgets, and what is reserved of them. */
  get ledger(): LedgerDraft {
    return (this.#ledger ??= new LedgerDraft(this.#batch.ledger));
  }

  append(...events: NewEvent[]): void {
    this.#events.push(...events);
  }

  get appends(): boolean {
    return this.#events.length > 0;
  }

  /** Takes the draft into the batch. @returns what was appended, with its place in the history */
  commit(): StoredEvent[] {
    if (!this.#session) return [];
    const { sessionId } = this.#session;
    const batch = this.#batch;
    const session = this.#session;
    const events = this.#events.map((event) => ({ ...event, sessionId, seq: ++session.lastSeq, at: this.now }));
    batch.events.push(...events);
    for (const { type, operation, seq } of events) {
      const told = operation === null ? undefined : this.operation(operation);
      if (!told) continue;
      if (type === 'OperationQueued') told.queuedSeq = seq;
      else if (isTerminalEvent(type)) told.endedSeq = seq;
    }
    batch.sessions.set(sessionId, session);
    batch.audit.push(...this.#audit);
    if (this.#details) batch.details.set(sessionId, this.#details);
    if (this.#owner) {
      const { keyId } = this.#owner;
      batch.newSessions.set(sessionId, { ...this.#details!, createdAt: this.now, keyId, fork: this.#fork });
      batch.tallies.add('SESSIONS', this.#owner, 1);
    } else {
      batch.changedSessions.add(sessionId);
      if (this.#details) batch.newDetails.set(sessionId, this.#details);
    }
    for (const [number, operation] of this.#operations) {
      const key = operationKey(sessionId, number);
      const input = this.#inputs.get(number);
      const before = batch.operations.get(key);
      if (before && isSame(before, operation)) continue;
      const more = Number(isConcurrent(operation)) - Number(before !== undefined && isConcurrent(before));
      if (more !== 0) batch.tallies.add('CONCURRENT', operation, more);
      batch.operations.set(key, operation);
      const created = batch.newOperations.get(key);
      if (input) batch.newOperations.set(key, { ...operation, input });
      else if (created) batch.newOperations.set(key, { ...operation, input: created.input });
      else batch.changedOperations.add(key);
    }
    for (const [number, result] of this.#results) batch.results.set(operationKey(sessionId, number), result);
    for (const step of this.#steps)
      batch.steps.set(`${operationKey(sessionId, step.operation)}/${step.name}`, { ...step, sessionId });
    for (const wait of this.#waits.values())
      batch.waits.set(waitKey(sessionId, wait.operation, wait.name), { ...wait, sessionId });
    for (const change of this.#waitChanges) batch.waitChanges.push({ ...change, sessionId });
    for (const copy of this.#copies) batch.copiedSteps.push({ ...copy, sessionId });
    for (const key of this.#keys) {
      const used = { ...key, sessionId, createdAt: this.now };
      batch.usedKeys.set(usedKeyKey(used.projectId, used.key), used);
      batch.newKeys.push(used);
    }
    for (const spending of this.#spendings) batch.spendings.push({ ...spending, at: this.now });
    this.#ledger?.commit();
    return events;
  }
}

const isSame = (a: OperationState, b: OperationState): boolean =>
  (Object.keys(a) as (keyof OperationState)[]).every((field) => a[field] === b[field]);
