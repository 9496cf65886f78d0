import type { Statements } from '../database/statements.ts';
import { storedJson, storedTime } from '../database/statements.ts';
import { newAuditId } from '../ids.ts';
import type { JsonObject } from './event.ts';

/** Who asks, for what is kept of it. */
export interface Caller {
  /** The key; undefined where Lion itself asks. */
  keyId?: string | undefined;
  /** In words. */
  by: string;
}

/** Who does what nobody asked for. */
export const ofLion: Caller = { by: 'Lion' };

/** What somebody did. Never what is secret. */
export interface AuditEntry extends Caller {
  projectId: string;
  /** As the root field of the API is called. */
  action: string;
  /** The id of what it was done to. */
  subject: string;
  /** What is undefined of it is left out. */
  details?: Partial<JsonObject> | undefined;
}

/** Writes down who did what, in the transaction that does it. */
export function writeAudit(statements: Statements, entries: readonly AuditEntry[], now: Date): void {
  if (entries.length === 0) return;
  statements.executeEach(
    `INSERT INTO "AuditEntry" ("id", "projectId", "at", "action", "keyId", "by", "subject", "details") VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    entries.map(({ projectId, action, keyId = null, by, subject, details = {} }) => [
      newAuditId(),
      projectId,
      storedTime(now),
      action,
      keyId,
      by,
      subject,
      storedJson(details),
    ]),
  );
}
