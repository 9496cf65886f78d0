import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type SQLite from 'better-sqlite3';
import { messageOf } from '../errors.ts';
import { DatabaseUnusableError, MigrationFailedError } from './errors.ts';

/** Where the migrations for SQLite lie: `<time>_<name>/migration.sql`. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations/sqlite', import.meta.url));

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, in hexadecimal: what Prisma records. */
  checksum: string;
}

export interface MigrateOptions {
  /** Where the migrations lie. */
  folder?: string;
  /** Told of each before it is applied. */
  onMigration?: (name: string) => void;
}

/** Prisma's own table, as `prisma migrate` makes it. */
const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
);`;

/**
 * Brings a database to the newest migration: all that are missing, in one transaction, recorded as `prisma migrate deploy`
 * records them.
 *
 * @param database an open connection that nothing else uses meanwhile
 * @returns the names of the migrations that were applied
 * @throws MigrationFailedError with the database as it was before
 * @throws DatabaseUnusableError when it is of a newer Lion, or when a migration was edited after it was applied
 */
export function migrate(
  database: SQLite.Database,
  { folder = migrationsFolder, onMigration = () => {} }: MigrateOptions = {},
): string[] {
  const { pending } = migrationsOf(database, folder);
  if (pending.length > 0) apply(database, pending, onMigration);
  return pending.map(({ name }) => name);
}

/**
 * The migrations that a database has, and those that it lacks.
 *
 * @throws DatabaseUnusableError when it is of a newer Lion, of another program, or when a migration was edited after it was applied
 */
export function migrationsOf(database: SQLite.Database, folder = migrationsFolder): { applied: string[]; pending: Migration[] } {
  const path = database.name;
  const known = readMigrations(folder);
  const applied = readApplied(database);
  const unknown = [...applied.keys()].filter((name) => !known.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new DatabaseUnusableError(
      path,
      `it was last used by a newer Lion (this one does not know its migration ${unknown.at(-1)}). Use that version, or a backup from before.`,
    );
  }
  for (const { name, checksum } of known) {
    const recorded = applied.get(name);
    if (recorded !== undefined && recorded !== checksum) {
      throw new DatabaseUnusableError(
        path,
        `its migration ${name} is not the one that this Lion has; the file was changed after it was applied.`,
      );
    }
  }
  return { applied: [...applied.keys()], pending: known.filter(({ name }) => !applied.has(name)) };
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(`${folder}/${name}/migration.sql`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** @returns the checksum of each migration that is recorded, by name */
function readApplied(database: SQLite.Database): Map<string, string> {
  const tables = database
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
    .pluck()
    .all();
  if (tables.length > 0 && !tables.includes('_prisma_migrations')) {
    throw new DatabaseUnusableError(
      database.name,
      'it holds tables of another program. Set LION_DATABASE_URL to a file of its own.',
    );
  }
  if (tables.length === 0) return new Map();
  const rows = database
    .prepare(
      `SELECT migration_name AS name, checksum, finished_at AS finishedAt FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
    )
    .all() as { name: string; checksum: string; finishedAt: unknown }[];
  const unfinished = rows.find(({ finishedAt }) => finishedAt === null);
  if (unfinished) {
    throw new DatabaseUnusableError(
      database.name,
      `its migration ${unfinished.name} was begun by another tool and did not finish. Restore a backup, or settle it with \`prisma migrate resolve\`.`,
    );
  }
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function apply(database: SQLite.Database, pending: readonly Migration[], onMigration: (name: string) => void): void {
  // Tables are remade under other names and renamed: keys are checked once, at the end.
  database.pragma('foreign_keys = OFF');
  let current = pending[0]!.name;
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(migrationsTable);
    const record = database.prepare(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)`,
    );
    for (const { name, sql, checksum } of pending) {
      current = name;
      onMigration(name);
      const startedAt = Date.now();
      database.exec(sql);
      record.run(randomUUID(), checksum, name, startedAt, Date.now());
    }
    const violations = database.pragma('foreign_key_check') as { table: string }[];
    if (violations.length > 0) throw new Error(`rows of ${violations[0]!.table} would point to nothing`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw new MigrationFailedError(database.name, current, messageOf(error), { cause: error });
  } finally {
    database.pragma('foreign_keys = ON');
  }
}
