import SQLite from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { Prisma } from './generated/client/client.ts';

/** What a row holds as the database keeps it: times as text, true and false as numbers. */
export type Stored<Row> = {
  [Column in keyof Row]: Row[Column] extends Date
    ? string
    : Row[Column] extends Date | null
      ? string | null
      : Row[Column] extends boolean
        ? number
        : Row[Column];
};

/** SQL as it is, inside of one transaction; each statement is prepared once. Values never become text of the SQL. */
export interface Statements {
  query<Row>(sql: Prisma.Sql): Stored<Row>[];
  /** @returns how many rows it changed */
  execute(sql: Prisma.Sql): number;
}

/** A connection of its own: the way to the database without an ORM in between. */
export interface StatementConnection extends Statements {
  /** Runs `work` in a transaction of its own: all of it is stored, durably, or, where it throws, nothing. */
  transaction<T>(work: (statements: Statements) => T): T;
  /** Gives at most `pages` free pages back to the file system. */
  giveBack(pages: number): void;
  close(): void;
}

/** Statements that are kept prepared: far more than there are. */
const mostPrepared = 200;

/** @param durability of what is written; undefined for a connection that only reads */
export function connectStatements(path: string, durability?: 'full' | 'normal'): StatementConnection {
  const database = new SQLite(path, { readonly: durability === undefined });
  if (durability) database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  const prepared = new LRUCache<string, SQLite.Statement>({ max: mostPrepared });
  const statementOf = ({ sql }: Prisma.Sql): SQLite.Statement => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  const statements: Statements = {
    query: <Row>(sql: Prisma.Sql) => statementOf(sql).all(...sql.values.map(storable)) as Stored<Row>[],
    execute: (sql) => statementOf(sql).run(...sql.values.map(storable)).changes,
  };
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  return {
    ...statements,
    transaction(work) {
      begin.run();
      try {
        const result = work(statements);
        commit.run();
        return result;
      } catch (error) {
        // A full disk, for one, has rolled back by itself.
        if (database.inTransaction) rollback.run();
        throw error;
      }
    },
    giveBack: (pages) => void database.pragma(`incremental_vacuum(${Math.trunc(pages)})`),
    close: () => void database.close(),
  };
}

const storable = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value);

/** The text that Prisma stores a time as. */
export const storedTime = (date: Date | null): string | null => date && date.toISOString().replace('Z', '+00:00');

/** Reads a time as it is stored. */
export const timeOf = <Text extends string | null>(text: Text): Text extends null ? null : Date =>
  (text === null ? null : new Date(text)) as Text extends null ? null : Date;
