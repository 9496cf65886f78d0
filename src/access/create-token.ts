import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { writeAudit } from '../history/audit.ts';
import { SessionNotFoundError } from '../history/errors.ts';
import { reaches, type SessionId } from '../ids.ts';
import { parseInput } from '../input.ts';
import { ForbiddenError, includes } from './permission.ts';
import { tokenLife, type TokenSigner } from './token.ts';
import { callerOf, type Role, type Viewer } from './viewer.ts';

const tokenInput = z.object({
  sessionId: z.string().nullish(),
  role: z.enum(['viewer', 'operator', 'admin']).nullish(),
  expiresInSeconds: z
    .int()
    .min(1, 'must be at least 1')
    .max(tokenLife.longest, `must be at most ${tokenLife.longest}, an hour`)
    .nullish(),
});

/** What a token is to be. */
export type TokenInput = z.input<typeof tokenInput>;

export interface Token {
  token: string;
  role: Role;
  expiresAt: Date;
  sessionId: SessionId | null;
}

interface Parts {
  database: Database;
  clock: Clock;
  keys: { signer: TokenSigner };
}

/**
 * Makes a token: for one session or for all of the project, with a role that is no higher than that of who asks, and no longer a life.
 *
 * @throws InputInvalidError, ForbiddenError, SessionNotFoundError
 */
export async function createToken({ database, clock, keys }: Parts, viewer: Viewer, given: TokenInput): Promise<Token> {
  const input = parseInput(tokenInput, given);
  const role = input.role ?? 'viewer';
  if (!includes(viewer.role, role))
    throw new ForbiddenError(`A token cannot have the role ${role}, as who makes it has ${viewer.role}. Ask for that, or less.`);
  const wanted = input.sessionId ?? viewer.onlySession;
  const now = clock.now();
  const latest = now.getTime() + (input.expiresInSeconds ?? tokenLife.default) * 1000;
  const expiresAt = new Date(Math.min(latest, viewer.expiresAt?.getTime() ?? Infinity));
  await database.commit((statements) => {
    if (wanted !== undefined) {
      const { projectId } = viewer;
      const found = statements.query(Prisma.sql`SELECT 1 FROM "Session" WHERE "id" = ${wanted} AND "projectId" = ${projectId}`);
      if (!reaches(viewer, wanted) || found.length === 0) throw new SessionNotFoundError(wanted);
    }
    const details = { role, sessionId: wanted ?? null, expiresAt: expiresAt.toISOString() };
    const entry = { projectId: viewer.projectId, action: 'createToken', subject: viewer.keyId, details };
    writeAudit(statements, [{ ...callerOf(viewer), ...entry }], now);
  });
  const onlySession = wanted as SessionId | undefined;
  const token = keys.signer.sign({ ...viewer, role, onlySession, expiresAt });
  return { token, role, expiresAt, sessionId: onlySession ?? null };
}
