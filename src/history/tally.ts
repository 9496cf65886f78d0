import type { Statements } from '../database/statements.ts';
import type { OperationState } from './draft.ts';

/** Whose operations and sessions are counted. */
export interface Owner {
  projectId: string;
  keyId: string | null;
}

/** What is counted of a key or a project. */
export interface Tally {
  /** Operations that no other one started, queued or running. */
  concurrent: number;
  /** Sessions that are stored. */
  sessions: number;
}

/** Whether an operation counts as being under way: one that waits for a person or a time takes up nothing. */
export const isConcurrent = ({ parent, status }: Pick<OperationState, 'parent' | 'status'>): boolean =>
  parent === null && (status === 'QUEUED' || status === 'RUNNING');

/** What there is of the projects and the keys that a batch asks for; kept up with what the batch does. */
export class Tallies {
  readonly #ofProject = new Map<string, Tally>();
  readonly #ofKey = new Map<string, Tally>();

  load(statements: Statements, owners: readonly Owner[]): void {
    for (const { projectId, keyId } of owners) {
      if (!this.#ofProject.has(projectId)) this.#ofProject.set(projectId, read(statements, ofProject, [projectId]));
      if (keyId !== null && !this.#ofKey.has(keyId)) this.#ofKey.set(keyId, read(statements, ofKey, [projectId, keyId]));
    }
  }

  /** @throws Error where the append has not asked for it */
  of({ projectId, keyId }: Owner): { project: Readonly<Tally>; key: Readonly<Tally> | undefined } {
    const project = this.#ofProject.get(projectId);
    if (!project) throw new Error('An append looks at a tally that it has not asked for');
    return { project, key: keyId === null ? undefined : this.#ofKey.get(keyId) };
  }

  add({ projectId, keyId }: Owner, what: keyof Tally, change: number): void {
    for (const tally of [this.#ofProject.get(projectId), keyId === null ? undefined : this.#ofKey.get(keyId)])
      if (tally) tally[what] += change;
  }
}

function read(statements: Statements, sql: { concurrent: string; sessions: string }, key: readonly string[]): Tally {
  const count = (one: string): number => statements.queryEach<{ count: number }>(one, [key])[0]!.count;
  return { concurrent: count(sql.concurrent), sessions: count(sql.sessions) };
}

/** In the words of the index "Operation_concurrent", so that SQLite takes it: as many entries are looked at as are under way. */
const concurrent = `SELECT COUNT(*) AS "count" FROM "Operation" WHERE "status" IN ('QUEUED', 'RUNNING') AND "parent" IS NULL`;
const sessions = `SELECT COALESCE(SUM("sessions"), 0) AS "count" FROM "SessionCount"`;
const ofProject = { concurrent: `${concurrent} AND "projectId" = ?`, sessions: `${sessions} WHERE "projectId" = ?` };
const ofKey = {
  concurrent: `${concurrent} AND "projectId" = ? AND "keyId" = ?`,
  sessions: `${sessions} WHERE "projectId" = ? AND "keyId" = ?`,
};

/** Counts sessions that are made, or, with -1, one that is deleted. */
export function countSessions(statements: Statements, change: 1 | -1, owners: readonly Owner[]): void {
  statements.executeEach(
    `INSERT INTO "SessionCount" ("projectId", "keyId", "sessions") VALUES (?, ?, ?)
      ON CONFLICT ("projectId", "keyId") DO UPDATE SET "sessions" = "sessions" + excluded."sessions"`,
    owners.map(({ projectId, keyId }) => [projectId, keyId ?? '', change]),
  );
}
