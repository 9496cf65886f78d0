import { Prisma } from '../database/client.ts';
import { timeOf, type Statements } from '../database/statements.ts';
import { writeAudit, type AuditEntry, type Caller } from '../history/audit.ts';
import { KeyNotFoundError } from './errors.ts';
import { hashOf, shownPrefixOf } from './secret.ts';
import type { Role } from './viewer.ts';

/** A key, as it is stored. */
export interface KeyRow {
  id: string;
  name: string;
  projectId: string;
  role: Role;
  expiresAt: Date | null;
  revokedAt: Date | null;
  isOfDeployment: boolean;
  isWeak: boolean;
}

export const keyColumns = Prisma.raw(
  `"Key"."id", "name", "projectId", "role", "expiresAt", "revokedAt", "isOfDeployment", "isWeak"`,
);

/** The key of a project. @throws KeyNotFoundError alike for none and for one of another project */
export function readKey({ query }: Statements, projectId: string, id: string) {
  const [key] = query<KeyRow>(Prisma.sql`SELECT ${keyColumns} FROM "Key" WHERE "id" = ${id} AND "projectId" = ${projectId}`);
  if (!key) throw new KeyNotFoundError(id);
  return { ...key, expiresAt: timeOf(key.expiresAt) };
}

export function insertKey(
  statements: Statements,
  key: Omit<KeyRow, 'revokedAt'> & { secret: string },
  now: Date,
  caller: Caller,
): void {
  const { id, projectId, role, name, secret, expiresAt, isOfDeployment, isWeak } = key;
  statements.execute(Prisma.sql`
    INSERT INTO "Key" ("id", "projectId", "role", "name", "prefix", "hash", "createdAt", "expiresAt", "isOfDeployment", "isWeak")
    VALUES (${id}, ${projectId}, ${role}, ${name}, ${shownPrefixOf(secret)}, ${hashOf(secret)}, ${now}, ${expiresAt},
      ${isOfDeployment}, ${isWeak})`);
  const details = { name, role, expiresAt: expiresAt?.toISOString() ?? null };
  tell(statements, { ...caller, projectId, action: 'createKey', subject: id, details }, now);
}

/** The secret that a key has from now on. @returns the hashes of the former ones that work at `now`, each with its end */
export function replaceSecret(
  { execute, query }: Statements,
  id: string,
  { secret, endsAt, now }: { secret: string; endsAt: Date; now: Date },
) {
  // An overlap that is shorter than one before holds for all that came before.
  execute(Prisma.sql`UPDATE "FormerSecret" SET "endsAt" = ${endsAt} WHERE "keyId" = ${id} AND "endsAt" > ${endsAt}`);
  execute(Prisma.sql`
    INSERT INTO "FormerSecret" ("hash", "keyId", "prefix", "endsAt", "lastUsedAt")
    SELECT "hash", "id", "prefix", ${endsAt}, "lastUsedAt" FROM "Key" WHERE "id" = ${id}`);
  execute(Prisma.sql`UPDATE "Key" SET "hash" = ${hashOf(secret)}, "prefix" = ${shownPrefixOf(secret)} WHERE "id" = ${id}`);
  return query<{ hash: string; endsAt: Date }>(
    Prisma.sql`SELECT "hash", "endsAt" FROM "FormerSecret" WHERE "keyId" = ${id} AND "endsAt" >= ${now}`,
  ).map((former) => ({ hash: former.hash, endsAt: timeOf(former.endsAt) }));
}

export function revokeKey(
  statements: Statements,
  { id, projectId, name }: Pick<KeyRow, 'id' | 'projectId' | 'name'>,
  now: Date,
  caller: Caller,
): void {
  statements.execute(Prisma.sql`UPDATE "Key" SET "revokedAt" = ${now} WHERE "id" = ${id}`);
  tell(statements, { ...caller, projectId, action: 'revokeKey', subject: id, details: { name } }, now);
}

/** Whether a project has a living admin key besides this one, and besides what works under development only. */
export const othersAdminister = ({ query }: Statements, projectId: string, id: string, now: Date): boolean =>
  query(Prisma.sql`
    SELECT 1 FROM "Key" WHERE "projectId" = ${projectId} AND "id" <> ${id} AND "role" = 'admin' AND NOT "isWeak"
      AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > ${now}) LIMIT 1`).length > 0;

export const tell = (statements: Statements, entry: AuditEntry, now: Date): void => writeAudit(statements, [entry], now);
