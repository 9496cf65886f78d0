import { readFileSync, writeFileSync } from 'node:fs';
import { UnauthenticatedError } from '../access/key.ts';
import type { Lion } from '../lion.ts';

/** Where the key of this machine's user is kept, beside the database. */
export const keyPathOf = (databasePath: string): string => `${databasePath}.key`;

/** Makes the first key, when there is none yet, and keeps it in a file that only its user can read. @returns it, the first time */
export async function ensureFirstKey(lion: Lion): Promise<string | undefined> {
  if (await lion.keys.exist(lion.defaultProjectId)) return undefined;
  return makeKey(lion, 'first key');
}

/** Sees to it that the key file holds a key to the database: whoever may open the database may have one. */
export async function localKey(lion: Lion): Promise<void> {
  // That of a deployment is not to lie about in a file.
  if (lion.config.apiKey !== undefined) return;
  try {
    await lion.keys.authenticate(readKey(lion.database.path));
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    await makeKey(lion, 'key of this machine');
  }
}

async function makeKey(lion: Lion, name: string): Promise<string> {
  const { secret: key } = await lion.keys.create(lion.defaultProjectId, { role: 'admin', name });
  writeFileSync(keyPathOf(lion.database.path), `${key}\n`, { mode: 0o600 });
  return key;
}

/** The key that is kept beside a database; undefined when there is none that can be read. */
export function readKey(databasePath: string): string | undefined {
  try {
    return readFileSync(keyPathOf(databasePath), 'utf8').trim();
  } catch {
    return undefined;
  }
}
