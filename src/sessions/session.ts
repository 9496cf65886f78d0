import { z } from 'zod';
import { nothingBefore, sessionBudgets, setSessionBudgetsIn, type SessionBudgets } from '../access/budget-limits.ts';
import type { Limits } from '../access/limits.ts';
import { hasRoomForSession } from '../access/room.ts';
import { InputInvalidError } from '../errors.ts';
import type { Caller } from '../history/audit.ts';
import type { Draft, SessionDetails, SessionSettings, SessionState } from '../history/draft.ts';
import { SessionNotFoundError } from '../history/errors.ts';
import type { Owner } from '../history/tally.ts';
import type { Journal } from '../history/journal.ts';
import { isSessionId, newSessionId, reaches, type Scope, type SessionId } from '../ids.ts';
import { jsonObject, parseInput } from '../input.ts';
import { defaultOnBusy, onBusyInput, type OnBusy } from './on-busy.ts';

/** A hundred years: anyone who wants more wants null. */
const longestTtlSeconds = 100 * 365 * 24 * 60 * 60;

export const longestTitle = 200;

export const title = z.string().trim().max(longestTitle, `must be at most ${longestTitle} characters`);
export const ttlSeconds = z
  .int()
  .min(1, 'must be at least 1')
  .max(longestTtlSeconds, `must be at most ${longestTtlSeconds}; null is for never`);
export const metadata = jsonObject(64 * 1024);

/** What a session is made or changed with, as a client says it. */
export const sessionInput = z.object({
  title: title.nullish().describe('What it is called.'),
  metadata: metadata.nullish().describe('What the client keeps with it: a JSON object of at most 64 KiB.'),
  ttlSeconds: ttlSeconds
    .nullish()
    .describe('How long it lives without use, in seconds; null for ever. Left out: what the server is configured for.'),
  onBusy: onBusyInput.nullish().describe('What an operation that says nothing of it does where the session is busy.'),
  budgets: sessionBudgets.nullish().describe('What its operations may use: at most one budget for each period.'),
});

export interface CreateSessionInput {
  title?: string | null | undefined;
  /** Anything that the client wants to keep with it: at most 64 KiB of JSON. */
  metadata?: unknown;
  /** How long it lives without use; null for ever. @default `LION_SESSION_TTL_SECONDS` */
  ttlSeconds?: number | null | undefined;
  /** What an operation that says nothing of it does where others of the session have not ended. @default PARALLEL */
  onBusy?: OnBusy | null | undefined;
  /** How much its operations may use. @default without a limit */
  budgets?: z.input<typeof sessionBudgets> | null | undefined;
}

/** What is left out stays as it is. */
export type UpdateSessionInput = CreateSessionInput;

/** The sessions of a project, as they are written. Reading is the API's. */
export interface Sessions {
  /** @param caller who makes it: it counts among the sessions of the key. @throws InputInvalidError, TooManySessionsError */
  create(projectId: string, input: CreateSessionInput, caller?: Caller): Promise<SessionId>;
  /** Changes what is given; an expired session is revived by it. @throws InputInvalidError, SessionNotFoundError */
  update(scope: Scope, id: string, input: UpdateSessionInput, caller?: Caller): Promise<SessionId>;
  /** Deletes the session and all that belongs to it; what runs in it is stopped. @throws SessionNotFoundError */
  delete(scope: Scope, id: string, caller?: Caller): Promise<SessionId>;
}

/** Of sessions that name none. */
export type SessionDefaults = { ttlSeconds: number };

/** Makes a session in a draft, with its first event. */
export function createSessionIn(draft: Draft, owner: Owner, details: SessionDetails, settings: SessionSettings): void {
  const session = draft.createSession(owner, details, settings);
  draft.append({
    type: 'SessionCreated',
    operation: null,
    payload: factsOf(session, details),
  });
}

const factsOf = ({ expiresAt, onBusy }: SessionState, details: SessionDetails) => ({
  ...details,
  expiresAt: expiresAt?.toISOString() ?? null,
  onBusy,
});

/** The session of a draft, if it is one of the project. @throws SessionNotFoundError alike for one that is not there and one of another project */
export function ownSession(draft: Draft, projectId: string): Draft['session'] {
  if (draft.session.projectId !== projectId) throw new SessionNotFoundError(draft.session.sessionId);
  return draft.session;
}

/** @throws SessionNotFoundError for what cannot be the id of a session */
export function parseSessionId(id: string): SessionId {
  if (!isSessionId(id)) throw new SessionNotFoundError(id);
  return id;
}

/** @throws SessionNotFoundError for what is no session that there can be for who asks */
function reachedSession(scope: Scope, id: string): SessionId {
  const sessionId = parseSessionId(id);
  if (!reaches(scope, sessionId)) throw new SessionNotFoundError(id);
  return sessionId;
}

/** What the session used before counts in budgets that are new. */
function budgetIn({ ledger, session }: Draft, budgets: SessionBudgets): void {
  const { sessionId, inputTokens, outputTokens, cost } = session;
  setSessionBudgetsIn(ledger, { sessionId, operation: 0 }, budgets, (period, periodStart) => ({
    used:
      period === 'TOTAL' && cost !== null ? { tokens: inputTokens + outputTokens, cost } : ledger.usedIn(sessionId, periodStart),
    reserved: ledger.reservedIn(sessionId),
  }));
}

export function openSessions(journal: Journal, limits: Pick<Limits, 'stored'>, defaults: SessionDefaults): Sessions {
  return {
    async create(projectId, given, caller) {
      const input = parseInput(sessionInput, given);
      const sessionId = newSessionId();
      const settings = {
        ttlSeconds: input.ttlSeconds === undefined ? defaults.ttlSeconds : input.ttlSeconds,
        onBusy: input.onBusy ?? defaultOnBusy,
      };
      const details = { title: input.title ?? null, metadata: input.metadata ?? {} };
      const owner = { projectId, keyId: caller?.keyId ?? null };
      const allowance = await limits.stored(owner);
      await journal.append({
        sessionId,
        decide(draft) {
          hasRoomForSession(draft, owner, allowance);
          createSessionIn(draft, owner, details, settings);
          draft.audit(caller, { action: 'createSession', subject: sessionId, details: { title: details.title } });
          setSessionBudgetsIn(draft.ledger, { sessionId, operation: 0 }, input.budgets ?? [], nothingBefore);
        },
      });
      return sessionId;
    },

    async update(scope, id, given, caller) {
      const sessionId = reachedSession(scope, id);
      const input = parseInput(sessionInput, given);
      if (Object.values(input).every((value) => value === undefined)) {
        throw new InputInvalidError([
          { path: 'input', message: 'give at least one of title, metadata, ttlSeconds, onBusy, budgets' },
        ]);
      }
      await journal.append({
        sessionId,
        details: true,
        decide(draft) {
          const session = ownSession(draft, scope.projectId);
          const details = {
            title: input.title === undefined ? draft.details.title : input.title,
            metadata: input.metadata === undefined ? draft.details.metadata : (input.metadata ?? {}),
          };
          if (input.ttlSeconds !== undefined) session.ttlSeconds = input.ttlSeconds;
          if (input.onBusy !== undefined) session.onBusy = input.onBusy ?? defaultOnBusy;
          // Whatever is changed is a use, and gives the session its full time again.
          session.expiresAt = session.ttlSeconds === null ? null : new Date(draft.now.getTime() + session.ttlSeconds * 1000);
          session.expiredAt = null;
          draft.details = details;
          if (input.budgets !== undefined) budgetIn(draft, input.budgets ?? []);
          const changed = Object.entries(input).flatMap(([field, value]) => (value === undefined ? [] : [field]));
          draft.audit(caller, { action: 'updateSession', subject: sessionId, details: { changed } });
          draft.append({
            type: 'SessionUpdated',
            operation: null,
            payload: factsOf(session, details),
          });
        },
      });
      return sessionId;
    },

    async delete(scope, id, caller) {
      const sessionId = reachedSession(scope, id);
      const isOwn = (draft: Draft): boolean => ownSession(draft, scope.projectId) !== undefined;
      const deleted = await journal.deleteSession(sessionId, isOwn, caller);
      if (!deleted) throw new SessionNotFoundError(id);
      return sessionId;
    },
  };
}
