import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Database } from '../database/client.ts';
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

/** No key was given, or one that is not known. Says nothing of which keys there are. */
export class UnauthenticatedError extends LionError {
  readonly code = 'UNAUTHENTICATED';
  readonly retryable = false;

  constructor(given: boolean) {
    super(
      given
        ? 'The API key is not known here. Check it for typing errors; it may belong to another Lion or another database.'
        : 'An API key is missing. Send it as the header `X-API-Key: <key>` or `Authorization: Bearer <key>`, or in the payload of connection_init for WebSocket.',
    );
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
  /** @throws UnauthenticatedError */
  authenticate(secret: string | undefined): Promise<Viewer>;
}

export function openKeys(database: Database): Keys {
  // By hash, as the table is. Keys do not change once they are made.
  const known = new LRUCache<string, Viewer>({ max: 10_000, ttl: 60_000 });
  return {
    async create(projectId, role, name) {
      const secret = `${secretPrefix}${randomBytes(32).toString('base64url')}`;
      const data = {
        id: newKeyId(),
        projectId,
        role,
        name,
        prefix: secret.slice(0, secretPrefix.length + 6),
        hash: hashOf(secret),
        createdAt: new Date(),
      };
      await database.write((transaction) => transaction.key.create({ data }));
      return secret;
    },

    async exist(projectId) {
      return (await database.reader.key.count({ where: { projectId } })) > 0;
    },

    async authenticate(secret) {
      if (secret === undefined || secret === '') throw new UnauthenticatedError(false);
      if (!secretPattern.test(secret)) throw new UnauthenticatedError(true);
      const hash = hashOf(secret);
      const cached = known.get(hash);
      if (cached) return cached;
      const key = await database.reader.key.findUnique({ where: { hash } });
      if (!key) throw new UnauthenticatedError(true);
      const viewer: Viewer = { keyId: key.id, keyName: key.name, projectId: key.projectId, role: key.role as Role };
      known.set(hash, viewer);
      return viewer;
    },
  };
}
