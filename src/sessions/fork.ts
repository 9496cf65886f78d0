import { z } from 'zod';
import type { Limits } from '../access/limits.ts';
import { hasRoomForSession } from '../access/room.ts';
import type { Database } from '../database/client.ts';
import type { Draft, NewFork } from '../history/draft.ts';
import type { Caller } from '../history/audit.ts';
import type { Journal } from '../history/journal.ts';
import { ownSegment, type Pasts, type Segment } from '../history/past.ts';
import type { JsonObject } from '../history/event.ts';
import { newSessionId, type SessionId } from '../ids.ts';
import { copyLimitsIn, nothingBefore, sessionBudgets, setSessionBudgetsIn } from '../access/budget-limits.ts';
import { parseInput } from '../input.ts';
import { readCutOff } from './cut-off.ts';
import { ForkBeyondEndError, ForkTooDeepError, SessionNotFoundError } from './errors.ts';
import { onBusyInput, type OnBusy } from './on-busy.ts';
import { metadata, parseSessionId, title, ttlSeconds } from './session.ts';

/** Of how many sessions' rows a history may consist: what reading it costs is bounded by that. */
export const deepestFork = 64;

/** What a fork is made with, as a client says it. */
export const forkInput = z.object({
  atSeq: z
    .int()
    .min(1, 'must be at least 1, the first event: where nothing is to be shared, createSession makes a session')
    .nullish()
    .describe('The last event that is shared. Left out: the last one that there is.'),
  title: title.nullish().describe('What it is called.'),
  metadata: metadata.nullish().describe('What the client keeps with it: a JSON object of at most 64 KiB.'),
  ttlSeconds: ttlSeconds.nullish().describe('How long it lives without use, in seconds; null for ever.'),
  onBusy: onBusyInput.nullish().describe('What an operation that says nothing of it does where the fork is busy.'),
  budgets: sessionBudgets
    .nullish()
    .describe('What the operations of the fork may use. Left out: the same limits, of which nothing is spent yet.'),
});

export interface ForkSessionInput {
  /** The last event that is shared. @default the last one that there is */
  atSeq?: number | null | undefined;
  /** @default that of the session, as are `metadata`, `ttlSeconds` and `onBusy` */
  title?: string | null | undefined;
  metadata?: unknown;
  ttlSeconds?: number | null | undefined;
  onBusy?: OnBusy | null | undefined;
  /** @default those of the session, of which nothing is spent yet */
  budgets?: z.input<typeof sessionBudgets> | null | undefined;
}

/** Sessions that share the past of another up to an event, and go their own way from there. */
export interface Forking {
  /**
   * Forks a session, also one that has expired. Nothing is copied: what is written is the same, however much is shared.
   *
   * @throws InputInvalidError, SessionNotFoundError, ForkBeyondEndError, ForkTooDeepError, TooManySessionsError
   */
  fork(projectId: string, id: string, input: ForkSessionInput, caller?: Caller): Promise<SessionId>;
}

export function openForking(database: Database, journal: Journal, pasts: Pasts, limits: Pick<Limits, 'stored'>): Forking {
  return {
    async fork(projectId, id, given, caller) {
      const source = parseSessionId(id);
      const input = parseInput(forkInput, given);
      const found = await database.reader.session.findUnique({ where: { id: source, projectId }, include: { head: true } });
      if (!found?.head) throw new SessionNotFoundError(id);
      const { lastSeq, unfinished } = found.head;
      const atSeq = input.atSeq ?? lastSeq;
      if (atSeq > lastSeq) throw new ForkBeyondEndError(source, atSeq, lastSeq);
      const past = await pasts.of(found);
      const segments: Segment[] = [...past, ownSegment(source, past)];
      // A fork of what is shared already is one of where that lies: it makes the chain no longer.
      const depth = segments.findIndex(({ through }) => atSeq <= through) + 1;
      if (depth > deepestFork - 1) throw new ForkTooDeepError(source, deepestFork);
      const segment = segments[depth - 1]!;
      const parentId = segment.storedIn;
      const { operation, cutOff } = await readCutOff(database, segment, atSeq, parentId === source && unfinished > 0);
      const shared = segments.slice(0, depth - 1).flatMap((earlier) => [...earlier.cutOff.keys()]);
      const details = {
        title: input.title === undefined ? found.title : input.title,
        metadata: input.metadata === undefined ? (found.metadata as JsonObject) : (input.metadata ?? {}),
      };
      const ttl = input.ttlSeconds === undefined ? found.head.ttlSeconds : input.ttlSeconds;
      const sessionId = newSessionId();
      const owner = { projectId, keyId: caller?.keyId ?? null };
      const allowance = await limits.stored(owner);
      await journal.append({
        sessionId,
        source,
        decide(draft: Draft) {
          // What the past consists of stays there as long as the session does: it may be gone since it was read.
          const origin = draft.source(source);
          if (origin?.projectId !== projectId) throw new SessionNotFoundError(id);
          const fork: NewFork = { source, parentId, seq: atSeq, operation, depth, cutOff };
          hasRoomForSession(draft, owner, allowance);
          const session = draft.createSession(owner, details, { ttlSeconds: ttl, onBusy: input.onBusy ?? origin.onBusy }, fork);
          const itself = { sessionId, operation: 0 };
          if (input.budgets) setSessionBudgetsIn(draft.ledger, itself, input.budgets, nothingBefore);
          else copyLimitsIn(draft.ledger, { sessionId: source, operation: 0 }, itself);
          draft.audit(caller, { action: 'forkSession', subject: sessionId, details: { from: source, atSeq } });
          draft.append({
            type: 'SessionForked',
            operation: null,
            payload: {
              ...details,
              expiresAt: session.expiresAt?.toISOString() ?? null,
              onBusy: session.onBusy,
              from: source,
              unfinished: [...shared, ...cutOff.map(({ number }) => number)],
            },
          });
        },
      });
      return sessionId;
    },
  };
}
