import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { Prisma, type Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';
import { LionError } from '../errors.ts';
import { newKeyId } from '../ids.ts';

export type Role = 'viewer' | 'operator' | 'admin';

/** Who asks: a key, with its project and its role. */
export interface Viewer {
  keyId: string;
  keyName: string;
  projectId: string;
  role: Role;
}

/** Who asks, for the history. */
export const callerNamed = ({ keyName }: Viewer): string => `the key "${keyName}"`;

/** No key was given, or one that is not known. Says nothing of which keys there are. */
export class UnauthenticatedError extends LionError {
  readonly code = 'UNAUTHENTICATED';
  readonly retryable = false;
  /** Whether there was a key. */
  readonly isOfKey: boolean;

  constructor(given: boolean) {
    super(
      given
        ? 'The API key is not known here. Check it for typing errors; it may belong to another Lion or another database.'
        : 'An API key is missing. Send it as the header `X-API-Key: <key>` or `Authorization: Bearer <key>`, or in the payload of connection_init for WebSocket.',
    );
    this.isOfKey = given;
  }
}

/** What every secret begins with, so that leaked ones can be found. */
const secretPrefix = 'lion_';
const secretPattern = /^lion_[A-Za-z0-9_-]{43}$/;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The keys to the projects. */
export interface Keys {
  /** Makes a key of 256 random bits. Only its hash is kept. @returns the secret, which can never be shown again */
  create(projectId: string, role: Role, name: string): Promise<string>;
  /** Whether the project has any key. */
  exist(projectId: string): Promise<boolean>;
  /**
   * @param beforeLookUp asked before a key is looked for that was not used since Lion was started: what it throws refuses it
   * @throws UnauthenticatedError
   */
  authenticate(secret: string | undefined, beforeLookUp?: () => Promise<void>): Promise<Viewer>;
}

export function openKeys(database: Database): Keys {
  // By hash, as the table is. Keys do not change once they are made.
  const known = new LRUCache<string, Viewer>({ max: 10_000, ttl: 60_000 });
  // By hash, too: those that were found since this process was started.
  const used = new LRUCache<string, true>({ max: 10_000 });
  return {
    async create(projectId, role, name) {
      const secret = `${secretPrefix}${randomBytes(32).toString('base64url')}`;
      const prefix = secret.slice(0, secretPrefix.length + 6);
      await database.commit((statements) =>
        statements.execute(Prisma.sql`
          INSERT INTO "Key" ("id", "projectId", "role", "name", "prefix", "hash", "createdAt")
          VALUES (${newKeyId()}, ${projectId}, ${role}, ${name}, ${prefix}, ${hashOf(secret)}, ${storedTime(new Date())})`),
      );
      return secret;
    },

    async exist(projectId) {
      return (await database.query(Prisma.sql`SELECT 1 FROM "Key" WHERE "projectId" = ${projectId} LIMIT 1`)).length > 0;
    },

    async authenticate(secret, beforeLookUp) {
      if (secret === undefined || secret === '') throw new UnauthenticatedError(false);
      if (!secretPattern.test(secret)) throw new UnauthenticatedError(true);
      const hash = hashOf(secret);
      const cached = known.get(hash);
      if (cached) return cached;
      if (!used.has(hash)) await beforeLookUp?.();
      const [viewer] = await database.query<Viewer>(
        Prisma.sql`SELECT "id" AS "keyId", "name" AS "keyName", "projectId", "role" FROM "Key" WHERE "hash" = ${hash}`,
      );
      if (!viewer) throw new UnauthenticatedError(true);
      known.set(hash, viewer);
      used.set(hash, true);
      return viewer;
    },
  };
}
