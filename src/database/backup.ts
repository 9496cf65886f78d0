import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { LionError, messageOf } from '../errors.ts';
import { unusable } from './client.ts';
import { copyDatabase, inspect, isSameFile, putInPlace, removeUnfinished, unfinishedName, type Contents } from './copy.ts';
import { BackupFailedError, DatabaseUnusableError, FileExistsError, StorageError, storageFault } from './errors.ts';

export interface BackupOptions {
  /** Whether a file that is there may be replaced. @default false */
  overwrite?: boolean;
  /** Whether rows that point to nothing are copied as well, and are no reason to refuse. @default false */
  acceptsDangling?: boolean;
  /** Ends it with its reason; nothing is left then. */
  signal?: AbortSignal;
  /** Told what is done now, in words. */
  onProgress?: (doing: string) => void;
}

/**
 * Writes all that a database holds at this moment into one file, whether or not a Lion works with it, which goes on meanwhile. The
 * file is there once it is complete, looked through and durable, and not before.
 *
 * @returns what it holds, and where it is
 * @throws DatabaseUnusableError, BackupFailedError, FileExistsError
 */
export async function backUp(
  database: string,
  file: string,
  { overwrite = false, acceptsDangling = false, signal, onProgress = () => {} }: BackupOptions = {},
): Promise<Contents & { path: string }> {
  const path = resolve(file);
  if (!existsSync(database))
    throw new DatabaseUnusableError(database, 'there is none. Set LION_DATABASE_URL to the one that is meant.');
  if (isSameFile(path, database)) throw new BackupFailedError(path, 'it is the database itself. Give it another name.');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new BackupFailedError(path, 'it is a folder. Name a file in it.');
  if (!overwrite && existsSync(path)) throw new FileExistsError(path);
  const unfinished = unfinishedName(path);
  try {
    await copyDatabase(database, unfinished, {
      ...(signal && { signal }),
      onProgress: (share) => onProgress(`copying: ${Math.floor(share * 100)} %`),
    }).catch((error: unknown) => {
      throw isDamage(error) ? unusable(database, error) : error;
    });
    onProgress('looking through the copy');
    const contents = inspect(unfinished, path, acceptsDangling);
    putInPlace(unfinished, path, overwrite);
    return { ...contents, path };
  } catch (error) {
    throw unwritable(path, error, signal);
  } finally {
    removeUnfinished(unfinished);
  }
}

const isDamage = (error: unknown): boolean => /^SQLITE_(?:NOTADB|CORRUPT)/.test((error as { code?: string }).code ?? '');

/** Why a file could not be written, for people. @returns what was thrown, where it says that itself */
export function unwritable(path: string, error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof LionError) return error;
  const fault = storageFault(error);
  const isFull =
    (fault instanceof StorageError && fault.code === 'STORAGE_FULL') || (error as { code?: string }).code === 'ENOSPC';
  const why = isFull ? 'its disk is full. Free some space.' : `it cannot be written (${messageOf(error)}).`;
  return new BackupFailedError(path, why, { cause: error });
}
