import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { ofLion, type Caller } from '../history/audit.ts';
import { InputInvalidError } from '../errors.ts';
import { newKeyId } from '../ids.ts';
import { parseInput } from '../input.ts';
import { longAgo, openAuthentication, readEndings } from './authentication.ts';
import type { DeployedKey } from './deployed-key.ts';
import { Endings } from './endings.ts';
import { KeyNotRotatableError, LastAdminKeyError, UnauthenticatedError } from './errors.ts';
import { insertKey, keyColumns, othersAdminister, readKey, replaceSecret, revokeKey, tell, type KeyRow } from './key-store.ts';
import { LastUse } from './last-use.ts';
import { hashOf, newSecret } from './secret.ts';
import { openTokenSigner, type TokenSigner } from './token.ts';
import type { Role, Viewer } from './viewer.ts';

export { UnauthenticatedError };
export { callerNamed } from './viewer.ts';
export type { Role, Viewer };

const hundredYears = 100 * 365 * 24 * 60 * 60;
const longestOverlap = 30 * 24 * 60 * 60;

const keyInput = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(100, 'must be at most 100 characters'),
  role: z.enum(['viewer', 'operator', 'admin']),
  expiresInSeconds: z
    .int()
    .min(1, 'must be at least 1')
    .max(hundredYears, `must be at most ${hundredYears}; null is for never`)
    .nullish(),
});

const overlapInput = z.object({
  overlapSeconds: z.int().min(0, 'must not be negative').max(longestOverlap, `must be at most ${longestOverlap}, thirty days`),
});

export interface NewKey {
  /** What it is called: at most 100 characters. */
  name: string;
  role: Role;
  /** How long it works; null for ever. @default null */
  expiresInSeconds?: number | null | undefined;
}

/** A key with what can never be shown again. */
export interface KeyWithSecret {
  id: string;
  secret: string;
}

/** The keys to the projects. What is done is written to the audit in the same commit; where nobody is named, Lion did it. */
export interface Keys {
  /** Makes a key of 256 random bits. Only its hash is kept. @throws InputInvalidError */
  create(projectId: string, key: NewKey, caller?: Caller): Promise<KeyWithSecret>;
  /**
   * Gives a key a new secret; the former ones work until the overlap, in seconds, is over.
   *
   * @throws InputInvalidError, KeyNotFoundError, KeyNotRotatableError
   */
  rotate(projectId: string, id: string, overlapSeconds: number, caller?: Caller): Promise<KeyWithSecret>;
  /**
   * Ends a key at once, with all tokens that were made with it, and all that follow something by it. One that is revoked stays so.
   *
   * @param force also where nobody could administer the project afterwards
   * @throws KeyNotFoundError, LastAdminKeyError
   */
  revoke(projectId: string, id: string, force: boolean, caller?: Caller): Promise<string>;
  /**
   * Sees to it that the secret of the configuration's is an admin key. It takes the place of the one that was there before.
   *
   * @throws InputInvalidError where it was revoked, or replaced by another
   */
  deploy(projectId: string, key: DeployedKey): Promise<void>;
  /** Whether the project has any key. */
  exist(projectId: string): Promise<boolean>;
  /**
   * Who comes with a secret or a token: of these, without a look at the database.
   *
   * @param beforeLookUp asked before a key is looked for that was not used since Lion was started: what it throws refuses it
   * @throws UnauthenticatedError
   */
  authenticate(given: string | undefined, beforeLookUp?: () => Promise<void>): Promise<Viewer>;
  /** Looks once more at who was let in. @throws UnauthenticatedError for what has ended since */
  refuseEnded(viewer: Viewer): void;
  /** Calls back once, as soon as what was let in has ended. @returns what stops watching */
  watch(viewer: Viewer, onEnd: (error: UnauthenticatedError) => void): () => void;
  /** What makes tokens. */
  readonly signer: TokenSigner;
  /** What is known of uses that are not stored yet. */
  readonly lastUse: Pick<LastUse, 'of' | 'ofSecret'>;
  /** Stores what is left to be stored. */
  close(): Promise<void>;
}

const ofConfiguration: Caller = { by: 'the configuration (LION_API_KEY)' };

/** @param takesWeak whether keys that can be guessed are taken: under development, on this machine alone */
export async function openKeys(database: Database, clock: Clock, takesWeak = false): Promise<Keys> {
  const signer = await openTokenSigner(database);
  const endings = new Endings(clock);
  const lastUse = new LastUse(database, clock);
  const doorkeeping = { database, clock, signer, endings, lastUse, takesWeak };
  await readEndings(doorkeeping);
  const { authenticate, forget } = openAuthentication(doorkeeping);

  function endNow(id: string, now: Date): void {
    endings.forgetBefore(longAgo(now));
    endings.end(id, id, now, 'REVOKED');
  }

  return {
    async create(projectId, given, caller = ofLion) {
      const { name, role, expiresInSeconds } = parseInput(keyInput, given);
      const [id, secret, now] = [newKeyId(), newSecret(), clock.now()];
      const expiresAt = expiresInSeconds == null ? null : new Date(now.getTime() + expiresInSeconds * 1000);
      const key = { id, projectId, name, role, secret, expiresAt, isOfDeployment: false, isWeak: false };
      await database.commit((statements) => insertKey(statements, key, now, caller));
      return { id, secret };
    },

    async rotate(projectId, id, given, caller = ofLion) {
      const { overlapSeconds } = parseInput(overlapInput, { overlapSeconds: given });
      const secret = newSecret();
      const now = clock.now();
      const endsAt = new Date(now.getTime() + overlapSeconds * 1000);
      const former = await database.commit((statements) => {
        const { expiresAt, revokedAt, isOfDeployment } = readKey(statements, projectId, id);
        if (revokedAt !== null) throw new KeyNotRotatableError(id, 'REVOKED');
        if (expiresAt !== null && expiresAt <= now) throw new KeyNotRotatableError(id, 'EXPIRED');
        if (isOfDeployment) throw new KeyNotRotatableError(id, 'DEPLOYMENT');
        tell(statements, { ...caller, projectId, action: 'rotateKey', subject: id, details: { overlapSeconds } }, now);
        return replaceSecret(statements, id, { secret, endsAt, now });
      });
      endings.forgetBefore(longAgo(now));
      for (const { hash, endsAt: at } of former) {
        forget(hash);
        endings.end(id, signer.secretIdOf(hash), at, 'ROTATED');
      }
      return { id, secret };
    },

    async revoke(projectId, id, force, caller = ofLion) {
      const now = clock.now();
      await database.commit((statements) => {
        const key = readKey(statements, projectId, id);
        if (key.revokedAt !== null) return;
        const isLiving = key.expiresAt === null || key.expiresAt > now;
        if (!force && isLiving && key.role === 'admin' && !othersAdminister(statements, projectId, id, now))
          throw new LastAdminKeyError(id);
        revokeKey(statements, key, now, caller);
      });
      endNow(id, now);
      return id;
    },

    async deploy(projectId, { secret, isWeak }) {
      const now = clock.now();
      const replaced = await database.commit((statements) => {
        const { query } = statements;
        const [same] = query<KeyRow>(Prisma.sql`SELECT ${keyColumns} FROM "Key" WHERE "hash" = ${hashOf(secret)}`);
        if (same && same.revokedAt !== null)
          throw new InputInvalidError([{ path: 'LION_API_KEY', message: 'was revoked, or replaced by another; set a new one' }]);
        const former = query<KeyRow>(Prisma.sql`
          SELECT ${keyColumns} FROM "Key"
          WHERE "projectId" = ${projectId} AND "isOfDeployment" AND "revokedAt" IS NULL AND "id" <> ${same?.id ?? ''}`);
        for (const key of former) revokeKey(statements, key, now, ofConfiguration);
        const key = { id: newKeyId(), projectId, name: 'LION_API_KEY', role: 'admin', secret } as const;
        if (!same) insertKey(statements, { ...key, expiresAt: null, isOfDeployment: true, isWeak }, now, ofConfiguration);
        return former;
      });
      for (const { id } of replaced) endNow(id, now);
    },

    async exist(projectId) {
      return (await database.query(Prisma.sql`SELECT 1 FROM "Key" WHERE "projectId" = ${projectId} LIMIT 1`)).length > 0;
    },

    authenticate,
    refuseEnded(viewer) {
      endings.refuseEnded(viewer);
      lastUse.note(viewer.keyId);
    },
    watch: (viewer, onEnd) => endings.watch(viewer, onEnd),
    signer,
    lastUse,

    async close() {
      endings.close();
      await lastUse.close();
    },
  };
}
