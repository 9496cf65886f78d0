/** `npm run migration <name>`: writes the next migration from prisma/schema.prisma, without a network. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { migrate, migrationsFolder } from '../src/database/migrate.ts';
import { migrationSql } from './schema-engine.ts';

const name = process.argv[2];
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Give the migration a name of small letters, digits and underscores: npm run migration add_titles');
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'lion-migration-'));
try {
  const path = join(scratch, 'lion.db');
  const database = new SQLite(path);
  mkdirSync(migrationsFolder, { recursive: true });
  migrate(database);
  database.close();
  const sql = await migrationSql(`file:${path}`);
  if (sql === '') {
    console.log('The migrations match prisma/schema.prisma; there is nothing to write.');
  } else {
    const time = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const folder = join(migrationsFolder, `${time}_${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'migration.sql'), sql);
    console.log(`Wrote ${folder}/migration.sql. Read it before you commit it: data may need a hand of yours.`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
