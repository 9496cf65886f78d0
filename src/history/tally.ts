import type { Statements } from '../database/statements.ts';
import type { OperationState } from './draft.ts';

/** Whose operations and sessions are counted: those of a project, or, where there is a key, of that alone. */
export interface Owner {
  projectId: string;
  keyId: string | null;
}

/** CONCURRENT: operations that no other one started, queued or running. SESSIONS: those that are stored. */
export type Counted = 'CONCURRENT' | 'SESSIONS';

/** Whether an operation is counted: one that waits for a person or a time takes up nothing, and a child is its parent's. */
export const isConcurrent = ({ parent, status }: Pick<OperationState, 'parent' | 'status'>): boolean =>
  parent === null && (status === 'QUEUED' || status === 'RUNNING');

/** How much there is of what is limited: what is stored, and what the batch has changed so far. */
export class Tallies {
  readonly #statements: Pick<Statements, 'queryEach'>;
  readonly #stored = new Map<string, number>();
  readonly #changes = new Map<string, number>();

  constructor(statements: Pick<Statements, 'queryEach'>) {
    this.#statements = statements;
  }

  count(counted: Counted, { projectId, keyId }: Owner): number {
    const key = keyOf(counted, projectId, keyId);
    let stored = this.#stored.get(key);
    if (stored === undefined) {
      const each = keyId === null ? [projectId] : [projectId, keyId];
      const sql = (keyId === null ? ofProject : ofKey)[counted];
      stored = this.#statements.queryEach<{ count: number }>(sql, [each])[0]!.count;
      this.#stored.set(key, stored);
    }
    return stored + (this.#changes.get(key) ?? 0);
  }

  add(counted: Counted, { projectId, keyId }: Owner, change: number): void {
    for (const of of keyId === null ? [null] : [null, keyId]) {
      const key = keyOf(counted, projectId, of);
      this.#changes.set(key, (this.#changes.get(key) ?? 0) + change);
    }
  }
}

const keyOf = (counted: Counted, projectId: string, keyId: string | null): string => `${counted}/${projectId}/${keyId ?? ''}`;

/** In the words of the index "Operation_concurrent", so that SQLite takes it: no more entries are looked at than are counted. */
const concurrent = `SELECT COUNT(*) AS "count" FROM "Operation"
  WHERE "status" IN ('QUEUED', 'RUNNING') AND "parent" IS NULL AND "projectId" = ?`;
const sessions = `SELECT COALESCE(SUM("sessions"), 0) AS "count" FROM "SessionCount" WHERE "projectId" = ?`;
const ofProject: Record<Counted, string> = { CONCURRENT: concurrent, SESSIONS: sessions };
const ofKey: Record<Counted, string> = {
  CONCURRENT: `${concurrent} AND "keyId" = ?`,
  SESSIONS: `${sessions} AND "keyId" = ?`,
};

const countOne = `INSERT INTO "SessionCount" ("projectId", "keyId", "sessions") VALUES (?, ?, 1)
  ON CONFLICT ("projectId", "keyId") DO UPDATE SET "sessions" = "sessions" + 1`;

/** Counts sessions that are made. They may be so many that nobody could count them each time. */
export function countNewSessions({ executeEach }: Statements, owners: readonly Owner[]): void {
  executeEach(
    countOne,
    owners.map(({ projectId, keyId }) => [projectId, keyId ?? '']),
  );
}

/** Counts a session off that is deleted; to be called while it is still somebody's. */
export function countOff({ executeEach }: Statements, sessionId: string): void {
  executeEach(
    `UPDATE "SessionCount" SET "sessions" = "sessions" - 1
      FROM (SELECT "projectId" AS "project", COALESCE("keyId", '') AS "key" FROM "Session" WHERE "id" = ?)
      WHERE "projectId" = "project" AND "keyId" = "key"`,
    [[sessionId]],
  );
}
