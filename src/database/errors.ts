import { LionError, messageOf } from '../errors.ts';

/** The database cannot be opened, or is not one that this Lion can work with. Nothing in it was changed. */
export class DatabaseUnusableError extends LionError {
  readonly code = 'DATABASE_UNUSABLE';
  readonly retryable = false;
  readonly why: string;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`The database ${path} cannot be used: ${why}`, options);
    this.why = why;
  }
}

/** Who holds a database, as far as it said so. */
export interface DatabaseOwner {
  pid: number;
  /** Where it listens, such as `http://127.0.0.1:8000`; null while it starts. */
  address: string | null;
}

/** Another Lion holds the database: on SQLite one process owns it. */
export class DatabaseHeldError extends LionError {
  readonly code = 'DATABASE_HELD';
  readonly retryable = true;
  readonly owner: DatabaseOwner | undefined;

  constructor(path: string, owner: DatabaseOwner | undefined) {
    const holder = owner
      ? `the Lion with process id ${owner.pid}${owner.address === null ? ', which is starting' : `, which listens on ${owner.address}`}`
      : 'another Lion';
    super(
      `The database ${path} is held by ${holder}. Use that one, stop it, or set LION_DATABASE_URL to another file for this one.`,
    );
    this.owner = owner;
  }
}

/** A migration could not be applied; the database is as it was before. */
export class MigrationFailedError extends LionError {
  readonly code = 'MIGRATION_FAILED';
  readonly retryable = false;

  constructor(path: string, migration: string, why: string, options?: ErrorOptions) {
    super(
      `Migration ${migration} failed on ${path}: ${why}. The database is as it was before; no migration was applied.`,
      options,
    );
  }
}

/** A backup could not be made, or cannot be used. No file was left, and none was changed. */
export class BackupFailedError extends LionError {
  readonly code = 'BACKUP_FAILED';
  readonly retryable = false;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`The backup ${path} cannot be used: ${why}`, options);
  }
}

/** What is there is not replaced unless that is asked for. */
export class FileExistsError extends LionError {
  readonly code = 'FILE_EXISTS';
  readonly retryable = false;

  constructor(path: string) {
    super(`${path} is there already. Give --force to replace it.`);
  }
}

/** The storage did not take a write: nothing of it was kept, and what was accepted before is safe. */
export class StorageError extends LionError {
  readonly code: 'STORAGE_FULL' | 'STORAGE_READ_ONLY' | 'STORAGE_LOCKED' | 'STORAGE_GONE' | 'STORAGE_FAILED';
  readonly retryable = true;

  constructor(code: StorageError['code'], options?: ErrorOptions) {
    super(
      {
        STORAGE_FULL:
          'The disk that holds the database is full; nothing of this request was kept. Free some space and try again.',
        STORAGE_READ_ONLY:
          'The database has become read-only; nothing of this request was kept. Make its file and folder writable and try again.',
        STORAGE_LOCKED:
          'Another program keeps the database locked; nothing of this request was kept. Try again once it has ended its transaction.',
        STORAGE_GONE:
          'The file of the database, or its -wal, was moved, deleted or replaced under the server; nothing of this request was kept. Put it back, or stop the server and restore a backup.',
        STORAGE_FAILED:
          'The database could not be read or written; nothing of this request was kept. The log of the server says more.',
      }[code],
      options,
    );
    this.code = code;
  }
}

const storageCodes: readonly [pattern: RegExp, code: StorageError['code']][] = [
  [/database or disk is full|SQLITE_FULL|no space left/i, 'STORAGE_FULL'],
  [/readonly database|SQLITE_READONLY/i, 'STORAGE_READ_ONLY'],
  [/SQLITE_BUSY|database is locked/i, 'STORAGE_LOCKED'],
  [/disk I\/O error|SQLITE_IOERR|SQLITE_CORRUPT|malformed|SQLITE_CANTOPEN|unable to open database/i, 'STORAGE_FAILED'],
];

/** @returns the error as people should see it, when the storage is at fault; what was thrown, otherwise */
export function storageFault(thrown: unknown): unknown {
  if (thrown instanceof LionError) return thrown;
  const text = `${messageOf(thrown)} ${JSON.stringify((thrown as { meta?: unknown } | null)?.meta ?? '')}`;
  const found = storageCodes.find(([pattern]) => pattern.test(text));
  return found ? new StorageError(found[1], { cause: thrown }) : thrown;
}
