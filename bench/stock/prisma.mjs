import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import SQLite from 'better-sqlite3';
import { PrismaClient } from '../../dist/database/generated/client/client.js';
import { migrate } from '../../dist/database/migrate.js';

/** Prisma as its documentation has it, on the tables that Lion has, as durable as Lion is. */
export async function openPrisma(path) {
  const database = new SQLite(path);
  database.pragma('journal_mode = WAL');
  migrate(database);
  database.close();
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${path}` }) });
  await prisma.$queryRawUnsafe('PRAGMA synchronous = FULL');
  return prisma;
}
