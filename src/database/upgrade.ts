import { existsSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { databasePath, makeFile, prepare, unusable } from './client.ts';
import { lockDatabase } from './lock.ts';
import { migrationsOf } from './migrate.ts';

/** The migrations of a database, by name, in their order. */
export interface Migrations {
  /** The file, as an absolute path. */
  path: string;
  /** Those that it had. */
  applied: string[];
  /** Those that it lacks. */
  pending: string[];
}

/**
 * Looks which migrations a database has, and changes nothing, whoever works with it.
 *
 * @throws DatabaseUnusableError for one that is no database of Lion's, or of a newer Lion
 */
export function lookAtMigrations(url: string): Migrations {
  const path = databasePath(url);
  const isThere = existsSync(path);
  let database: SQLite.Database | undefined;
  try {
    database = isThere ? new SQLite(path, { readonly: true }) : new SQLite(':memory:');
    const { applied, pending } = migrationsOf(database);
    return { path, applied, pending: pending.map(({ name }) => name) };
  } catch (error) {
    throw unusable(path, error);
  } finally {
    database?.close();
  }
}

/**
 * Applies the migrations that a database lacks, as the start of a Lion does: all of them, or none. Where there is no database, it is made.
 *
 * @returns the migrations as they were before
 * @throws DatabaseHeldError while a Lion works with it; DatabaseUnusableError; MigrationFailedError, with the database as it was
 */
export function upgradeDatabase(url: string, onMigration: (name: string) => void): Migrations {
  makeFile(databasePath(url));
  // Once it is there, it has a name of its own.
  const path = databasePath(url);
  const lock = lockDatabase(path);
  try {
    const before = lookAtMigrations(url);
    prepare(path, onMigration);
    return before;
  } finally {
    lock.release();
  }
}
