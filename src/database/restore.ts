import { chmodSync, copyFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import SQLite from 'better-sqlite3';
import { unwritable } from './backup.ts';
import { databasePath, makeFolder, unusable } from './client.ts';
import {
  besideDatabase,
  copyDatabase,
  inspect,
  isSameFile,
  putInPlace,
  removeUnfinished,
  unfinishedName,
  type Contents,
} from './copy.ts';
import { BackupFailedError, DatabaseUnusableError, FileExistsError } from './errors.ts';
import { lockDatabase } from './lock.ts';

export interface RestoreOptions {
  /** Whether a database that is there may be replaced. @default false */
  overwrite?: boolean;
  /** Told what is done now, in words. */
  onProgress?: (doing: string) => void;
}

/**
 * Puts the database of a backup in the place of the one that is configured. It is looked through first; whatever happens, what is
 * there afterwards is all of the one or all of the other.
 *
 * @param url of the database, as it is configured
 * @returns what it holds, and where it is
 * @throws DatabaseHeldError while a Lion works with the database; FileExistsError, BackupFailedError, DatabaseUnusableError
 */
export async function restore(
  file: string,
  url: string,
  { overwrite = false, onProgress = () => {} }: RestoreOptions = {},
): Promise<Contents & { path: string }> {
  const backup = resolve(file);
  const path = databasePath(url);
  if (!statSync(backup, { throwIfNoEntry: false })?.isFile()) throw new BackupFailedError(backup, 'there is no such file.');
  if (isSameFile(backup, path)) throw new BackupFailedError(backup, 'it is the database itself.');
  makeFolder(path);
  const lock = lockDatabase(path);
  const unfinished = unfinishedName(path);
  try {
    if (!overwrite && existsSync(path)) throw new FileExistsError(path);
    onProgress('copying');
    await copy(backup, unfinished).catch((error: unknown) => {
      throw unwritable(backup, error);
    });
    onProgress('looking through the copy');
    const contents = lookedThrough(backup, unfinished);
    onProgress('putting it in place');
    makeRoom(path);
    putInPlace(unfinished, path, overwrite);
    return { ...contents, path };
  } finally {
    removeUnfinished(unfinished);
    lock.release();
  }
}

async function copy(backup: string, to: string): Promise<void> {
  // With a log beside it, it is a database that was or is worked with: what is in the log belongs to it.
  if (existsSync(`${backup}-wal`)) return copyDatabase(backup, to);
  copyFileSync(backup, to);
  chmodSync(to, 0o600);
}

function lookedThrough(backup: string, copied: string): Contents {
  try {
    return inspect(copied, backup);
  } catch (error) {
    if (error instanceof BackupFailedError) throw error;
    if (error instanceof DatabaseUnusableError) throw new BackupFailedError(backup, error.why, { cause: error });
    throw new BackupFailedError(backup, 'it is damaged, or no SQLite database.', { cause: error });
  }
}

/**
 * Brings the database that is to be replaced into one file, so that a single rename replaces it: what was left of its log would be
 * taken for the new one's.
 */
function makeRoom(path: string): void {
  if (existsSync(path)) {
    let old: SQLite.Database | undefined;
    try {
      old = new SQLite(path);
      const [result] = old.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (result?.busy === 1)
        throw new DatabaseUnusableError(path, 'somebody reads it, such as lion backup. Try again when that is done.');
      old.pragma('journal_mode = DELETE');
    } catch (error) {
      // A damaged one is to be replaced as it is.
      if (error instanceof DatabaseUnusableError) throw error;
      const { code = '' } = error as { code?: string };
      if (!/^SQLITE_(?:NOTADB|CORRUPT)/.test(code)) throw unusable(path, error);
    } finally {
      old?.close();
    }
  }
  for (const end of besideDatabase) rmSync(path + end, { force: true });
}
