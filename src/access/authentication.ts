import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { storedTime, timeOf } from '../database/statements.ts';
import type { Endings } from './endings.ts';
import { UnauthenticatedError } from './errors.ts';
import { keyColumns, type KeyRow } from './key-store.ts';
import type { LastUse } from './last-use.ts';
import { hashOf, longestSecret } from './secret.ts';
import { looksLikeToken, tokenLife, type TokenSigner } from './token.ts';
import type { Viewer } from './viewer.ts';

/** What authentication stands on. */
export interface Doorkeeping {
  database: Database;
  clock: Clock;
  signer: TokenSigner;
  endings: Endings;
  lastUse: LastUse;
  /** Whether keys that can be guessed are taken. */
  takesWeak: boolean;
}

interface Known {
  viewer: Viewer;
  /** The hash of the secret, where the key has another one by now. */
  former: string | undefined;
}

/** Tells who comes with a secret or a token. */
export function openAuthentication({ database, clock, signer, endings, lastUse, takesWeak }: Doorkeeping) {
  // By hash, as the table is. What of it has ended meanwhile is known to the endings.
  const known = new LRUCache<string, Known>({ max: 10_000, ttl: 60_000 });
  // By hash, too: those that were found since this process was started.
  const used = new LRUCache<string, true>({ max: 10_000 });

  async function find(hash: string): Promise<Known> {
    const [current] = await database.query<KeyRow>(Prisma.sql`SELECT ${keyColumns} FROM "Key" WHERE "hash" = ${hash}`);
    const [former] = current
      ? []
      : await database.query<KeyRow & { endsAt: Date }>(Prisma.sql`
          SELECT ${keyColumns}, "endsAt" FROM "FormerSecret" JOIN "Key" ON "Key"."id" = "keyId"
          WHERE "FormerSecret"."hash" = ${hash}`);
    const row = current ?? former;
    if (!row || (row.isWeak && !takesWeak)) throw new UnauthenticatedError('UNKNOWN');
    if (row.revokedAt !== null) throw new UnauthenticatedError('REVOKED');
    if (former && timeOf(former.endsAt) <= clock.now()) throw new UnauthenticatedError('ROTATED');
    const viewer: Viewer = {
      keyId: row.id,
      keyName: row.name,
      projectId: row.projectId,
      role: row.role,
      secretId: signer.secretIdOf(hash),
      expiresAt: timeOf(row.expiresAt) ?? undefined,
      isToken: false,
      onlySession: undefined,
    };
    return { viewer, former: former && hash };
  }

  function readToken(token: string): Known {
    const viewer = signer.read(token);
    if (!viewer) throw new UnauthenticatedError('UNKNOWN');
    return { viewer, former: undefined };
  }

  async function readSecret(secret: string, beforeLookUp?: () => Promise<void>): Promise<Known> {
    if (secret.length > longestSecret) throw new UnauthenticatedError('UNKNOWN');
    const hash = hashOf(secret);
    const cached = known.get(hash);
    if (cached) return cached;
    if (!used.has(hash)) await beforeLookUp?.();
    const found = await find(hash);
    known.set(hash, found);
    used.set(hash, true);
    return found;
  }

  return {
    /** @throws UnauthenticatedError, and what `beforeLookUp` throws */
    async authenticate(given: string | undefined, beforeLookUp?: () => Promise<void>): Promise<Viewer> {
      if (given === undefined || given === '') throw new UnauthenticatedError('MISSING');
      const { viewer, former } = looksLikeToken(given) ? readToken(given) : await readSecret(given, beforeLookUp);
      // Looked at each time: what is remembered may have ended.
      endings.refuseEnded(viewer);
      lastUse.note(viewer.keyId, former);
      return viewer;
    },

    /** A key has another secret: what is remembered of the former one is out of date. */
    forget: (hash: string): void => void known.delete(hash),
  };
}

/** A token lives no longer than this: what ended before concerns none. */
export const longAgo = (now: Date): Date => new Date(now.getTime() - 2 * tokenLife.longest * 1000);

/** Reads what has ended lately: tokens that were made with it do not ask the database. */
export async function readEndings({ database, clock, signer, endings, takesWeak }: Doorkeeping): Promise<void> {
  const now = clock.now();
  const since = storedTime(longAgo(now));
  const revoked = await database.query<{ id: string; revokedAt: Date }>(
    Prisma.sql`SELECT "id", "revokedAt" FROM "Key" WHERE "revokedAt" > ${since}`,
  );
  for (const { id, revokedAt } of revoked) endings.end(id, id, timeOf(revokedAt), 'REVOKED');
  const former = await database.query<{ keyId: string; hash: string; endsAt: Date }>(
    Prisma.sql`SELECT "keyId", "hash", "endsAt" FROM "FormerSecret" WHERE "endsAt" > ${since}`,
  );
  for (const { keyId, hash, endsAt } of former) endings.end(keyId, signer.secretIdOf(hash), timeOf(endsAt), 'ROTATED');
  if (takesWeak) return;
  const weak = await database.query<{ id: string }>(Prisma.sql`SELECT "id" FROM "Key" WHERE "isWeak"`);
  for (const { id } of weak) endings.end(id, id, now, 'REVOKED');
}
