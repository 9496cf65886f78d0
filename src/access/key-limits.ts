import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { ofLion, writeAudit, type Caller } from '../history/audit.ts';
import { parseInput } from '../input.ts';
import { KeyNotFoundError } from './errors.ts';
import { largestLimit, type Allowance } from './limit-settings.ts';

/** What is set for one key: null where it has what keys have by default. */
export type OwnLimits = { [Limit in keyof Allowance]: number | null };

const most = z.int().min(0, 'must not be negative').max(largestLimit, `must be at most ${largestLimit}`).nullish();

const limitsInput = z.object({
  requests: most,
  operations: most,
  concurrent: most,
  subscriptions: most,
  connections: most,
  sessions: most,
});

/** What is left out stays as it is; null is for the default. */
export type KeyLimitsInput = z.input<typeof limitsInput>;

/** The limits that are set for single keys. */
export interface KeyLimits {
  of(keyId: string): Promise<OwnLimits>;
  /** @returns undefined where the project has no such key */
  find(projectId: string, keyId: string): Promise<OwnLimits | undefined>;
  /** In force at once. @throws InputInvalidError, KeyNotFoundError */
  set(projectId: string, keyId: string, input: KeyLimitsInput, caller?: Caller): Promise<OwnLimits>;
}

const names = ['requests', 'operations', 'concurrent', 'subscriptions', 'connections', 'sessions'] as const;
const nothingSet: OwnLimits = {
  requests: null,
  operations: null,
  concurrent: null,
  subscriptions: null,
  connections: null,
  sessions: null,
};

export function openKeyLimits(database: Database, clock: Clock): KeyLimits {
  const known = new LRUCache<string, OwnLimits>({ max: 10_000 });
  // What was read before a change is not kept after it.
  let changes = 0;
  const select = (keyId: string): Prisma.Sql => Prisma.sql`
    SELECT "requests", "operations", "concurrent", "subscriptions", "connections", "sessions"
    FROM "KeyLimits" WHERE "keyId" = ${keyId}`;
  const isOfProject = (projectId: string, keyId: string): Prisma.Sql =>
    Prisma.sql`SELECT 1 FROM "Key" WHERE "id" = ${keyId} AND "projectId" = ${projectId}`;
  const keyLimits: KeyLimits = {
    async of(keyId) {
      const cached = known.get(keyId);
      if (cached) return cached;
      const before = changes;
      const [row] = await database.query<OwnLimits>(select(keyId));
      const limits = row ?? nothingSet;
      if (before === changes) known.set(keyId, limits);
      return limits;
    },

    async find(projectId, keyId) {
      const found = await database.query(isOfProject(projectId, keyId));
      return found.length === 0 ? undefined : keyLimits.of(keyId);
    },

    async set(projectId, keyId, given, caller = ofLion) {
      const input = parseInput(limitsInput, given);
      const limits = await database.commit((statements) => {
        if (statements.query(isOfProject(projectId, keyId)).length === 0) throw new KeyNotFoundError(keyId);
        const [before = nothingSet] = statements.query<OwnLimits>(select(keyId));
        const after = { ...before };
        for (const name of names) if (input[name] !== undefined) after[name] = input[name];
        const { requests, operations, concurrent, subscriptions, connections, sessions } = after;
        statements.execute(Prisma.sql`
          INSERT OR REPLACE INTO "KeyLimits" ("keyId", "requests", "operations", "concurrent", "subscriptions", "connections", "sessions")
          VALUES (${keyId}, ${requests}, ${operations}, ${concurrent}, ${subscriptions}, ${connections}, ${sessions})`);
        writeAudit(statements, [{ ...caller, projectId, action: 'setKeyLimits', subject: keyId, details: input }], clock.now());
        return after;
      });
      changes++;
      known.set(keyId, limits);
      return limits;
    },
  };
  return keyLimits;
}
