import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import SQLite from 'better-sqlite3';
import { LionError, messageOf } from '../errors.ts';
import { activeSpan, traced } from '../origin.ts';
import { DatabaseUnusableError, StorageError, storageFault } from './errors.ts';
import { Prisma, PrismaClient } from './generated/client/client.ts';
import { lockDatabase } from './lock.ts';
import { migrate } from './migrate.ts';
import { openReader } from './reader.ts';
import { openStorage } from './storage.ts';
import { commitAttributes, tracedStatement } from './statement-spans.ts';
import { connectStatements, type Statements, type Stored } from './statements.ts';

export { Prisma, PrismaClient };
export type { Operation as OperationRow, Session as SessionRow } from './generated/client/client.ts';

/** What reads: on its own, or on one snapshot. */
export type Transaction = Prisma.TransactionClient;

export interface DatabaseSettings {
  /** `file:<path>`; folders that are missing are made. */
  url: string;
  /** `full`: a commit survives power loss. `normal`: it survives the end of the process, and is faster. */
  durability: 'full' | 'normal';
}

export interface Database {
  /** The file, as an absolute path. */
  readonly path: string;
  /** The migrations that were applied when it was opened. */
  readonly migrated: readonly string[];
  /** Reads only; never sees what is not committed. */
  readonly reader: PrismaClient;
  /**
   * Reads with SQL as it is, and never sees what is not committed: for what is asked often, and for the start, as the ORM takes time
   * and memory.
   *
   * @throws StorageError when the storage is at fault
   */
  query<Row>(sql: Prisma.Sql): Promise<Stored<Row>[]>;
  /**
   * Runs `work` in a transaction, after all that were asked for before it: a process writes through this one queue. `work` is
   * synchronous, so that nothing else happens in this process between its first statement and its commit.
   *
   * @throws StorageError when the storage is at fault; what `work` throws, otherwise. Either way nothing was written.
   */
  commit<T>(work: (statements: Statements) => T): Promise<T>;
  /** What keeps writes from the database at this time; undefined where nothing is known that does. */
  fault(): StorageError | undefined;
  /** Runs `read` on one snapshot: all that it reads is of the same moment. */
  snapshot<T>(read: (snapshot: Transaction) => Promise<T>): Promise<T>;
  /** Brings what was committed into the database file, which thereby takes its size. */
  checkpoint(): Promise<void>;
  /** Lets others know where this process listens. */
  announce(address: string): void;
  close(): Promise<void>;
}

/** Far beyond any honest transaction: its queue has one at a time, and each is short. */
const patience = { maxWait: 60_000, timeout: 60_000 };

/**
 * Opens the SQLite database, alone: takes its lock, applies the migrations that are missing.
 *
 * @throws DatabaseHeldError, DatabaseUnusableError, MigrationFailedError
 */
export async function openDatabase({ url, durability }: DatabaseSettings): Promise<Database> {
  makeFile(databasePath(url));
  // Once it is there, it has a name of its own, whatever links led to it.
  const path = databasePath(url);
  const lock = lockDatabase(path);
  try {
    const migrated = prepare(path);
    const reader = openReader(path);
    const writer = connectStatements(path, durability);
    const storage = openStorage(path, writer);
    const queries = connectStatements(path);
    const writing = inTurn();
    const snapshotting = inTurn();
    return {
      path,
      migrated,
      reader,
      // oxlint-disable-next-line typescript/require-await -- what it throws is a rejection
      query: async <Row>(sql: Prisma.Sql) => {
        try {
          return tracedStatement(sql.sql, () => queries.query<Row>(sql));
        } catch (error) {
          throw storageFault(error);
        }
      },
      commit(work) {
        const write = (): ReturnType<typeof storage.write<ReturnType<typeof work>>> => writing(() => storage.write(work));
        return activeSpan() ? traced('COMMIT', { kind: 'CLIENT', attributes: commitAttributes }, write) : write();
      },
      fault: () => storage.fault(),
      snapshot: (read) => snapshotting(() => reader.$transaction(read, patience)).catch(rethrowFault),
      // oxlint-disable-next-line typescript/require-await -- what it throws is a rejection
      checkpoint: () => writing(async () => writer.checkpoint()).catch(rethrowFault),
      announce: lock.announce,
      async close() {
        await writing(async () => {});
        await reader.$disconnect();
        queries.close();
        // The last to close brings the write-ahead log into the file, which one that only reads could not.
        writer.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * The absolute path in a `file:` URL, by its own name where it is a link: the lock goes by it.
 *
 * @throws DatabaseUnusableError for any other URL
 */
export function databasePath(url: string): string {
  const match = /^file:(?:\/\/(?=\/))?([^?]+)$/.exec(url);
  if (!match) throw new DatabaseUnusableError(url, 'LION_DATABASE_URL must be the path of a file, as in file:.lion/lion.db');
  const path = resolve(match[1]!);
  try {
    return realpathSync(path);
  } catch {
    // Not there yet.
    return path;
  }
}

/** Makes the folder of a file. @throws DatabaseUnusableError */
export function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DatabaseUnusableError(path, `its folder cannot be made (${messageOf(error)})`, { cause: error });
  }
}

/** Makes the file, which only its user can read; refuses one that goes by several names, as its lock could be passed by. */
export function makeFile(path: string): void {
  makeFolder(path);
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // It may be there to be read only; whoever opens it says so.
  }
  const { nlink = 1 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  if (nlink > 1)
    throw new DatabaseUnusableError(
      path,
      'the file has another name, too (a hard link), by which another Lion could work on it. Remove the other name.',
    );
}

/** Makes the file ready for its clients: settings that stay with it, and the migrations. */
export function prepare(path: string, onMigration?: (name: string) => void): string[] {
  let database: SQLite.Database | undefined;
  try {
    if (existsSync(path)) accessSync(path, constants.W_OK);
    database = new SQLite(path);
    // Takes effect while the file is still empty: freed pages can later be given back without rewriting it.
    database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma('journal_mode = WAL');
    // Some file systems only show that they are read-only at the first write.
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    const migrated = migrate(database, { ...(onMigration && { onMigration }) });
    refuseDamaged(database);
    return migrated;
  } catch (error) {
    throw unusable(path, error);
  } finally {
    database?.close();
  }
}

/** Looks at the beginning of each table: damage there would else be met by the first who needs it. */
function refuseDamaged(database: SQLite.Database): void {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all() as string[];
  for (const table of tables) database.prepare(`SELECT * FROM "${table}" LIMIT 1`).get();
}

/** Why a database cannot be opened, for people. @returns what was thrown, when that is not the database's fault */
export function unusable(path: string, error: unknown): unknown {
  if (error instanceof LionError && !(error instanceof StorageError)) return error;
  const code = (error as { code?: string }).code;
  if (code === 'SQLITE_NOTADB')
    return new DatabaseUnusableError(
      path,
      `${basename(path)} is not a SQLite database. Move it away, or set LION_DATABASE_URL to another file.`,
      { cause: error },
    );
  if (code === 'SQLITE_CANTOPEN')
    return new DatabaseUnusableError(
      path,
      `it cannot be opened. Check that ${join(dirname(path), '/')} is a folder that this user can write to.`,
      { cause: error },
    );
  if (code?.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EROFS')
    return new DatabaseUnusableError(path, 'it is read-only. Make the file and its folder writable for this user.', {
      cause: error,
    });
  const fault = storageFault(error);
  if (!(fault instanceof StorageError)) return error;
  const why = {
    STORAGE_FULL: 'the disk that holds it is full. Free some space.',
    STORAGE_LOCKED: 'another program has been writing to it for some time. End that, or wait for it.',
    STORAGE_GONE: 'its file was moved, deleted or replaced.',
    STORAGE_READ_ONLY: 'it is read-only. Make the file and its folder writable for this user.',
    STORAGE_FAILED: 'it is damaged, or its disk is. Restore a backup, or move it away to begin with a new one.',
  }[fault.code];
  return new DatabaseUnusableError(path, why, { cause: error });
}

function rethrowFault(thrown: unknown): never {
  throw storageFault(thrown);
}

/** @returns a function that runs what it is given one after another, in order, whatever becomes of those before */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
}
