import SQLite from 'better-sqlite3';
import { unusable } from './client.ts';
import { DatabaseUnusableError } from './errors.ts';
import { migrationsOf } from './migrate.ts';

/** A connection that looks through a database, all of which is of one moment. It may make temporary tables, which are its own. */
export interface Examination {
  /** The rows that SQL finds, one after the other: they are not held in memory. Nothing else may be asked meanwhile. */
  each<Row>(sql: string): IterableIterator<Row>;
  all<Row>(sql: string, ...values: unknown[]): Row[];
  /** @returns how many rows it changed */
  run(sql: string, ...values: unknown[]): number;
  /** Keeps what was changed; undoes it where it was not called before `close`. */
  commit(): void;
  close(): void;
}

/**
 * Begins to look through a database. To read, it takes nobody's way, whoever works with it; to write, the lock has to be held.
 *
 * @throws DatabaseUnusableError for one that is no database of this version of Lion
 */
export function beginExamination(path: string, access: 'read' | 'write'): Examination {
  let database: SQLite.Database | undefined;
  try {
    database = new SQLite(path, { readonly: access === 'read', fileMustExist: true });
    if (access === 'write') {
      database.pragma('synchronous = FULL');
      // What is taken away is what the caller says, and nothing along with it.
      database.pragma('foreign_keys = OFF');
    }
    database.exec(access === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    refuseOtherVersions(database);
  } catch (error) {
    database?.close();
    throw unusable(path, error);
  }
  const connection = database;
  return {
    each: <Row>(sql: string) => connection.prepare(sql).iterate() as IterableIterator<Row>,
    all: <Row>(sql: string, ...values: unknown[]) => connection.prepare(sql).all(...values) as Row[],
    run: (sql, ...values) => connection.prepare(sql).run(...values).changes,
    commit: () => void connection.exec('COMMIT'),
    close: () => void connection.close(),
  };
}

function refuseOtherVersions(database: SQLite.Database): void {
  const { applied, pending } = migrationsOf(database);
  if (applied.length === 0) throw new DatabaseUnusableError(database.name, 'it is empty, or not a database of Lion.');
  if (pending.length > 0)
    throw new DatabaseUnusableError(
      database.name,
      `it is of an older Lion (its migration ${pending[0]!.name} is missing). Back it up, start this Lion with it once, which applies what is missing, and look again.`,
    );
}
