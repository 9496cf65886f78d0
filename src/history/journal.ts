import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/client.ts';
import { inPieces, onePiece } from '../database/pieces.ts';
import { commitAttributes } from '../database/statement-spans.ts';
import type { SessionId } from '../ids.ts';
import { activeSpan, codeOf, inNoScene, type Span } from '../origin.ts';
import type { Append, Appended } from './append.ts';
import { writeAudit, type Caller } from './audit.ts';
import { Draft } from './draft.ts';
import type { StoredEvent } from './event.ts';
import { asStored, load, save } from './journal-statements.ts';
import { Ledger, type LedgerUse } from './ledger.ts';
import { queueTopic, type Nudges } from './nudge.ts';
import { hiding, removal, takeAway } from './removal.ts';
import { grantTurns, loadUnfinished } from './unfinished.ts';

/**
 * What appends events, and the state changes that they tell of, in one transaction.
 *
 * Appends that are ready together share a commit: while one is under way, those that come meanwhile gather for the next.
 */
export interface Journal {
  /** Whether there are budgets to be kept. */
  readonly ledgerUse: LedgerUse;
  /** Resolves when the append is durable. @throws what `decide` throws; StorageError when nothing could be stored */
  append<T>(append: Append<T>): Promise<Appended<T>>;
  /**
   * Deletes a session with all that belongs to it. Nobody sees it any more; where it is large, its rows are there until they
   * are removed, by `removal`. What its forks share stays, and only they find it. @returns whether there was one
   */
  deleteSession(sessionId: SessionId, mayDelete?: (draft: Draft) => boolean, caller?: Caller): Promise<boolean>;
  /**
   * Tells of each commit, once it is made: for those who measure. One that throws holds nothing up.
   *
   * @param onError told what the observer threw
   * @returns what ends it
   */
  observe(observer: (commit: Commit) => void, onError: (error: unknown) => void): () => void;
}

/** What was stored in one transaction. */
export interface Commit {
  events: readonly StoredEvent[];
  /** How many appends shared it. */
  appends: number;
  /** How long it took, from its first read to its durable end. */
  seconds: number;
}

interface Waiting {
  append: Append<unknown>;
  /** What it is a piece of. */
  span: Span | undefined;
  resolve(appended: Appended<unknown>): void;
  reject(error: unknown): void;
}

/** Bounds the time that one transaction takes, and the memory that it needs. */
const batchLimit = 256;

/** What wakes the feeds of a session. */
export const sessionTopic = (sessionId: string): string => `session/${sessionId}`;

/** What tells those who wait for something in a session that there is no such session any more. */
export const deletionTopic = (sessionId: string): string => `deleted/${sessionId}`;

/** How soon an expiry is renewed again: at most once a minute, and ten times in the life of a session that is short. */
const renewalMs = (ttlSeconds: number): number => Math.min(60_000, ttlSeconds * 100);

export function openJournal(database: Database, nudges: Nudges, clock: Clock): Journal {
  const ledgerUse: LedgerUse = { isUsed: false };
  let waiting: Waiting[] = [];
  let draining = false;
  const observers = new Set<(commit: Commit) => void>();

  async function drain(): Promise<void> {
    draining = true;
    while (waiting.length > 0) {
      // Whoever appends in this turn of the event loop shares the commit; and who appends again and again keeps nobody from theirs.
      await setImmediate();
      const batch = waiting.slice(0, batchLimit);
      waiting = waiting.slice(batchLimit);
      await commit(batch);
    }
    draining = false;
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    let outcomes: (() => void)[] = [];
    const touched = new Set<string>();
    const appended = new Map<SessionId, StoredEvent[]>();
    let granted = false;
    const beganAt = performance.now();
    const spans = beginCommit(batch);
    try {
      await database.commit((statements) => {
        const now = clock.now();
        const state = load(
          statements,
          batch.map(({ append }) => append),
          new Ledger(statements, ledgerUse, now),
        );
        outcomes = batch.map(({ append, resolve, reject }) => {
          // Only now is it known how the appends before left the session.
          const session = state.sessions.get(append.sessionId);
          const unfinished = session && append.unfinished?.(session);
          if (unfinished) loadUnfinished(statements, state, append.sessionId, unfinished);
          try {
            const draft = new Draft(state, append.sessionId, now);
            const answer = append.decide(draft);
            if (draft.appends) slideExpiry(draft);
            const events = draft.commit();
            if (events.length > 0) appended.set(append.sessionId, [...(appended.get(append.sessionId) ?? []), ...events]);
            for (const topic of draft.topics) touched.add(topic);
            return () => resolve({ answer, events });
          } catch (error) {
            return () => reject(error);
          }
        });
        save(statements, state);
        writeAudit(statements, state.audit, now);
        granted = grantTurns(statements, state, now);
      });
    } catch (error) {
      for (const span of spans) span.end(codeOf(error));
      for (const { reject } of batch) reject(error);
      return;
    }
    const seconds = (performance.now() - beganAt) / 1000;
    for (const span of spans) {
      span.set({ 'lion.journal.events': [...appended.values()].reduce((sum, { length }) => sum + length, 0) });
      span.end();
    }
    for (const settle of outcomes) settle();
    // The nudge follows the commit: a reader that wakes early would find nothing and sleep again.
    for (const [sessionId, events] of appended) nudges.nudge(sessionTopic(sessionId), () => events.map(asItIsStored));
    for (const topic of touched) nudges.nudge(topic);
    if (granted) nudges.nudge(queueTopic);
    if (observers.size === 0) return;
    const commit = { events: [...appended.values()].flat(), appends: batch.length, seconds };
    for (const observe of observers) observe(commit);
  }

  return {
    ledgerUse,
    append: <T>(append: Append<T>) =>
      new Promise<Appended<T>>((resolve, reject) => {
        waiting.push({ append, span: activeSpan(), resolve: resolve as Waiting['resolve'], reject });
        // It writes for others, too.
        if (!draining) void inNoScene(drain);
      }),

    async deleteSession(sessionId, mayDelete = () => true, caller) {
      const deleted = await database.commit((statements) => {
        const now = clock.now();
        const ledger = new Ledger(statements, ledgerUse, now);
        const state = load(statements, [{ sessionId, decide: () => undefined }], ledger);
        if (!state.sessions.has(sessionId) || !mayDelete(new Draft(state, sessionId, now))) return false;
        const { projectId } = state.sessions.get(sessionId)!;
        if (caller) writeAudit(statements, [{ ...caller, projectId, action: 'deleteSession', subject: sessionId }], now);
        takeAway(statements, sessionId, now);
        onePiece(statements, (...piece) => hiding(sessionId)(...piece) || removal()(...piece));
        return true;
      });
      if (!deleted) return false;
      nudgeDeleted(nudges, sessionId);
      await inPieces(database, hiding(sessionId));
      return true;
    },

    observe(observer, onError) {
      const observe = (commit: Commit): void => {
        try {
          observer(commit);
        } catch (error) {
          onError(error);
        }
      };
      observers.add(observe);
      return () => void observers.delete(observe);
    },
  };
}

/** A commit is a piece of each trace of which it stores something; they are linked with the first. */
function beginCommit(batch: readonly Waiting[]): Span[] {
  const parents = new Map<string, Span>();
  for (const { span } of batch) if (span && !parents.has(span.traceId)) parents.set(span.traceId, span);
  const begun: Span[] = [];
  for (const parent of parents.values())
    begun.push(
      parent.begin('COMMIT', {
        kind: 'CLIENT',
        attributes: {
          ...commitAttributes,
          // One is no batch, as OpenTelemetry has it.
          ...(batch.length > 1 && { 'db.operation.batch.size': batch.length }),
          'lion.journal.appends': batch.length,
        },
        links: begun.slice(0, 1),
      }),
    );
  return begun;
}

/** An event as it would be read. */
const asItIsStored = (event: StoredEvent): StoredEvent => ({ ...event, payload: asStored(event.payload) }) as StoredEvent;

/** Tells all who follow a session, or wait for something in it, that it was deleted. */
export function nudgeDeleted(nudges: Nudges, sessionId: SessionId): void {
  nudges.nudge(sessionTopic(sessionId));
  nudges.nudge(deletionTopic(sessionId));
}

/** A session lives for its time to live after its last use. */
function slideExpiry({ session, now }: Draft): void {
  const { ttlSeconds, expiresAt, expiredAt } = session;
  if (ttlSeconds === null || expiresAt === null || expiredAt !== null) return;
  const renewed = now.getTime() + ttlSeconds * 1000;
  // Later than that it can only be where the system's clock was set back: it is not to live for longer than it should.
  if (Math.abs(renewed - expiresAt.getTime()) >= renewalMs(ttlSeconds)) session.expiresAt = new Date(renewed);
}
