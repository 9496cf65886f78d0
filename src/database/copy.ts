import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { BackupFailedError, FileExistsError } from './errors.ts';
import { migrationsOf } from './migrate.ts';

/** What a database holds. */
export interface Contents {
  bytes: number;
  sessions: number;
  operations: number;
  events: number;
}

/** How many pages are copied at a time. */
const unit = 500;

export interface CopyOptions {
  /** Ends it with its reason. */
  signal?: AbortSignal;
  /** Told which share of it is copied, from 0 to 1. */
  onProgress?: (share: number) => void;
}

/** Copies a database as it is at this moment, whoever works with it. */
export async function copyDatabase(from: string, to: string, { signal, onProgress }: CopyOptions = {}): Promise<void> {
  const source = new SQLite(from, { readonly: true, fileMustExist: true });
  try {
    // One snapshot for all of the copy: it would else begin anew with each commit of another process.
    source.exec('BEGIN');
    source.prepare('SELECT COUNT(*) FROM sqlite_schema').get();
    await source.backup(to, {
      progress({ totalPages, remainingPages }) {
        signal?.throwIfAborted();
        onProgress?.(1 - remainingPages / totalPages);
        return unit;
      },
    });
    chmodSync(to, 0o600);
  } finally {
    source.close();
  }
}

/**
 * Looks at all of a copy, and leaves it in one file.
 *
 * @param named what people call it
 * @param acceptsDangling whether rows may point to nothing
 * @throws BackupFailedError for one that is damaged; DatabaseUnusableError for one of a newer Lion
 */
export function inspect(path: string, named: string, acceptsDangling = false): Contents {
  const database = new SQLite(path, { fileMustExist: true });
  try {
    const fault = database.pragma('integrity_check(1)', { simple: true });
    if (fault !== 'ok') throw new BackupFailedError(named, `it is damaged (${String(fault)}).`);
    if (migrationsOf(database).applied.length === 0) throw new BackupFailedError(named, 'it is not a database of Lion.');
    const [dangling] = acceptsDangling ? [] : (database.pragma('foreign_key_check') as { table: string }[]);
    if (dangling) throw new BackupFailedError(named, `it is damaged: rows of ${dangling.table} point to nothing.`);
    const count = (table: string): number => database.prepare(`SELECT COUNT(*) FROM "${table}"`).pluck().get() as number;
    const counts = { sessions: count('Session'), operations: count('Operation'), events: count('Event') };
    // Without a log of its own, it can be read where nothing can be written.
    database.pragma('journal_mode = DELETE');
    return { ...counts, bytes: statSync(path).size };
  } finally {
    database.close();
  }
}

/** A name for what is not finished: in the same folder, from where it can be renamed. */
export const unfinishedName = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.unfinished`);

/** What SQLite keeps beside a database. */
export const besideDatabase = ['-journal', '-wal', '-shm'];

export function removeUnfinished(path: string): void {
  for (const end of ['', ...besideDatabase]) rmSync(path + end, { force: true });
}

/** Gives a finished file its name, durably and in one go. @throws FileExistsError where one is there that may not be replaced */
export function putInPlace(unfinished: string, path: string, overwrite: boolean): void {
  sync(unfinished);
  if (!overwrite) {
    try {
      // Unlike a rename, it replaces nothing, whoever was faster.
      linkSync(unfinished, path);
      rmSync(unfinished);
      return sync(dirname(path));
    } catch {
      // Not all file systems know links.
      if (existsSync(path)) throw new FileExistsError(path);
    }
  }
  renameSync(unfinished, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    // Not all systems can do that with a folder.
    if (!statSync(path).isDirectory()) throw error;
  } finally {
    closeSync(handle);
  }
}

/** Whether two paths lead to the same file. */
export function isSameFile(a: string, b: string): boolean {
  const [first, second] = [statSync(a, { throwIfNoEntry: false }), statSync(b, { throwIfNoEntry: false })];
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}
