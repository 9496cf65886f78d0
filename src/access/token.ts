import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Prisma, type Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';
import { isSessionId } from '../ids.ts';
import type { Viewer } from './viewer.ts';

/** What every token begins with, so that leaked ones can be found. */
const tokenPrefix = 'lion_token_';
const tokenPattern = /^lion_token_([A-Za-z0-9_-]{1,2000})\.([A-Za-z0-9_-]{43})$/;

/** How long a token lives, in seconds. */
export const tokenLife = { default: 10 * 60, longest: 60 * 60 };

const contents = z.object({
  k: z.string(),
  n: z.string(),
  p: z.string(),
  r: z.enum(['viewer', 'operator', 'admin']),
  s: z.string().refine(isSessionId).optional(),
  c: z.string(),
  e: z.number(),
});

/** Makes and reads tokens: signed by Lion, and understood without a look at the database. */
export interface TokenSigner {
  sign(viewer: Viewer & { expiresAt: Date }): string;
  /** @returns who it was made for; undefined where it is no token of this Lion. Whether it has ended is not looked at */
  read(token: string): Viewer | undefined;
  /** Names a secret of a key in tokens, and tells nothing of it. */
  secretIdOf(hash: string): string;
}

export const looksLikeToken = (secret: string): boolean => secret.startsWith(tokenPrefix) && secret.includes('.');

/** Opens what signs tokens, with the secret that is kept in the database; made where there is none yet. */
export async function openTokenSigner(database: Database): Promise<TokenSigner> {
  const key = Buffer.from(await readSecret(database), 'base64url');
  const macOf = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    sign({ keyId, keyName, projectId, role, onlySession, secretId, expiresAt }) {
      const said: z.input<typeof contents> = {
        k: keyId,
        n: keyName,
        p: projectId,
        r: role,
        ...(onlySession !== undefined && { s: onlySession }),
        c: secretId,
        e: expiresAt.getTime(),
      };
      const text = Buffer.from(JSON.stringify(said)).toString('base64url');
      return `${tokenPrefix}${text}.${macOf(text).toString('base64url')}`;
    },

    read(token) {
      const [, text, mac] = tokenPattern.exec(token) ?? [];
      if (text === undefined || mac === undefined) return undefined;
      if (!timingSafeEqual(macOf(text), Buffer.from(mac, 'base64url'))) return undefined;
      const { k, n, p, r, s, c, e } = contents.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
      return {
        keyId: k,
        keyName: n,
        projectId: p,
        role: r,
        onlySession: s,
        secretId: c,
        expiresAt: new Date(e),
        isToken: true,
      };
    },

    secretIdOf: (hash) => macOf(`secret ${hash}`).toString('base64url').slice(0, 16),
  };
}

async function readSecret(database: Database): Promise<string> {
  const [kept] = await database.query<{ secret: string }>(Prisma.sql`SELECT "secret" FROM "TokenSecret" WHERE "id" = 1`);
  if (kept) return kept.secret;
  const secret = randomBytes(32).toString('base64url');
  await database.commit(({ execute }) =>
    execute(Prisma.sql`INSERT INTO "TokenSecret" ("id", "secret", "createdAt") VALUES (1, ${secret}, ${storedTime(new Date())})`),
  );
  return secret;
}
