import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { MigrationFailedError } from '../../src/database/errors.ts';
import { migrate, migrationsFolder } from '../../src/database/migrate.ts';
import { appliedByPrisma, migrationSql, schemaDrift } from '../../scripts/schema-engine.ts';
import { scratchFolder } from '../support/scratch.ts';

/** The migrations, in a folder to which more can be added. */
function copyOfMigrations(folder: string): { path: string; add(name: string, sql: string): void } {
  const path = join(folder, 'migrations');
  cpSync(migrationsFolder, path, { recursive: true });
  return {
    path,
    add(name, sql) {
      mkdirSync(join(path, name));
      writeFileSync(join(path, name, 'migration.sql'), sql);
    },
  };
}

const tablesOf = (database: SQLite.Database): unknown[] =>
  database.prepare(`SELECT name, sql FROM sqlite_schema ORDER BY name`).all();

describe('migrations', () => {
  it('lead to the tables of prisma/schema.prisma', async () => {
    using scratch = scratchFolder();
    const database = new SQLite(join(scratch.path, 'lion.db'));
    migrate(database);
    database.close();
    expect(await migrationSql(`file:${join(scratch.path, 'lion.db')}`)).toBe('');
  });

  it('are recorded so that Prisma takes them for its own', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'lion.db');
    const database = new SQLite(path);
    const applied = migrate(database);
    database.close();
    expect(applied).toEqual(readdirSync(migrationsFolder).filter((name) => !name.includes('.')));
    expect(await schemaDrift(`file:${path}`, migrationsFolder)).toEqual({ edited: [], failed: [], missing: [], unknown: [] });
    expect(await appliedByPrisma(`file:${path}`, migrationsFolder)).toEqual([]);
  });

  it('find a database that Prisma has migrated up to date', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'lion.db');
    expect((await appliedByPrisma(`file:${path}`, migrationsFolder)).length).toBeGreaterThan(0);
    const database = new SQLite(path);
    expect(migrate(database)).toEqual([]);
    database.close();
  });

  it('that are edited after they were applied are noticed by Prisma and by Lion alike', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'lion.db');
    const database = new SQLite(path);
    migrate(database);
    const { path: folder } = copyOfMigrations(scratch.path);
    const [first] = readdirSync(folder).toSorted();
    writeFileSync(join(folder, first!, 'migration.sql'), '-- something else');
    expect(() => migrate(database, { folder })).toThrow(/was changed after it was applied/);
    database.close();
    expect((await schemaDrift(`file:${path}`, folder)).edited).toEqual([first]);
  });

  it('that fail leave the database as it was, and say which and why', () => {
    using scratch = scratchFolder();
    const database = new SQLite(join(scratch.path, 'lion.db'));
    migrate(database);
    const before = tablesOf(database);
    const migrations = copyOfMigrations(scratch.path);
    migrations.add('29990101000000_good', 'CREATE TABLE "Good" ("id" TEXT PRIMARY KEY);');
    migrations.add('29990101000001_bad', 'CREATE TABLE "Half" ("id" TEXT PRIMARY KEY); INSERT INTO "Nowhere" VALUES (1);');
    expect(() => migrate(database, { folder: migrations.path })).toThrow(MigrationFailedError);
    expect(() => migrate(database, { folder: migrations.path })).toThrow(/29990101000001_bad failed .*no such table: Nowhere/);
    expect(tablesOf(database)).toEqual(before);
    database.close();
  });

  it('that leave rows pointing to nothing fail', () => {
    using scratch = scratchFolder();
    const database = new SQLite(join(scratch.path, 'lion.db'));
    migrate(database);
    const migrations = copyOfMigrations(scratch.path);
    migrations.add(
      '29990101000000_dangling',
      `INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished") VALUES ('ses_gone', 0, 0, 0);`,
    );
    expect(() => migrate(database, { folder: migrations.path })).toThrow(/rows of SessionHead would point to nothing/);
    expect(database.prepare('SELECT count(*) FROM "SessionHead"').pluck().get()).toBe(0);
    database.close();
  });

  it('refuse a database from a newer Lion', () => {
    using scratch = scratchFolder();
    const database = new SQLite(join(scratch.path, 'lion.db'));
    const migrations = copyOfMigrations(scratch.path);
    migrations.add('29990101000000_future', 'CREATE TABLE "Future" ("id" TEXT PRIMARY KEY);');
    migrate(database, { folder: migrations.path });
    expect(() => migrate(database)).toThrow(/newer Lion .*29990101000000_future/);
    database.close();
  });

  it('refuse a database of another program', () => {
    using scratch = scratchFolder();
    const database = new SQLite(join(scratch.path, 'lion.db'));
    database.exec('CREATE TABLE "Recipe" ("id" TEXT)');
    expect(() => migrate(database)).toThrow(/tables of another program/);
    database.close();
  });
});
