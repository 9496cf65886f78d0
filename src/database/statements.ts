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
  /** Asks once for each row of values, which take the places of the question marks. @returns all rows that were found */
  queryEach<Row>(sql: string, rows: Iterable<readonly unknown[]>): Stored<Row>[];
  /** @returns how many rows it changed */
  execute(sql: Prisma.Sql): number;
  /** Executes one statement for each row of values, which take the places of its question marks. @returns how many rows it changed */
  executeEach(sql: string, rows: Iterable<readonly unknown[]>): number;
  /** Takes at most `pages` free pages out of the file, which shrinks with the next checkpoint. @returns how many are left */
  giveBack(pages: number): number;
}

/** A connection of its own: the way to the database without an ORM in between. */
export interface StatementConnection extends Statements {
  /** Runs `work` in a transaction of its own: all of it is stored, durably, or, where it throws, nothing. */
  transaction<T>(work: (statements: Statements) => T): T;
  /** Writes what is there already, to see whether something can be written. */
  probe(): void;
  /** Brings what was committed into the database file, as far as no reader is in the way; the file takes its size. */
  checkpoint(): void;
  close(): void;
}

/** Statements that are kept prepared: far more than there are. */
const mostPrepared = 200;

/** What the write-ahead log keeps on the disk once it is in the database, in bytes: four times what usually gathers. */
const largestIdleLog = 16 * 1024 * 1024;

/** @param durability of what is written; undefined for a connection that only reads */
export function connectStatements(path: string, durability?: 'full' | 'normal'): StatementConnection {
  // A writer that waits for another program's lock would hold up all of this process: whoever asked it tries again.
  const database = new SQLite(path, durability === undefined ? { readonly: true } : { timeout: 0 });
  if (durability) {
    database.pragma(`synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
    // What one great deletion made of the write-ahead log does not stay.
    database.pragma(`journal_size_limit = ${largestIdleLog}`);
  }
  const prepared = new LRUCache<string, SQLite.Statement>({ max: mostPrepared });
  const statementOf = (sql: string): SQLite.Statement => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  const statements: Statements = {
    query: <Row>({ sql, values }: Prisma.Sql) => statementOf(sql).all(...values.map(storable)) as Stored<Row>[],
    queryEach<Row>(sql: string, rows: Iterable<readonly unknown[]>) {
      const statement = statementOf(sql);
      const found: unknown[] = [];
      for (const values of rows) found.push(...statement.all(...values.map(storable)));
      return found as Stored<Row>[];
    },
    execute: ({ sql, values }) => statementOf(sql).run(...values.map(storable)).changes,
    executeEach(sql, rows) {
      const statement = statementOf(sql);
      let changed = 0;
      for (const values of rows) changed += statement.run(...values.map(storable)).changes;
      return changed;
    },
    giveBack(pages) {
      // Of none, SQLite would take all.
      if (pages > 0) database.pragma(`incremental_vacuum(${Math.trunc(pages)})`);
      return database.pragma('freelist_count', { simple: true }) as number;
    },
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
    probe: () => void database.pragma(`user_version = ${database.pragma('user_version', { simple: true }) as number}`),
    checkpoint: () => void database.pragma('wal_checkpoint(PASSIVE)'),
    close: () => void database.close(),
  };
}

/** A value as the database keeps it: what it cannot keep as text (NUL, half a surrogate pair) is replaced. */
function storable(value: unknown): unknown {
  if (typeof value === 'string')
    return value.isWellFormed() && !value.includes('\0') ? value : value.toWellFormed().replaceAll('\0', '\ufffd');
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Date) return storedTime(value);
  return value ?? null;
}

/** The text that Prisma stores a time as. */
export const storedTime = (date: Date): string => date.toISOString().replace('Z', '+00:00');

/** A value as JSON, in which what the database cannot keep as text is replaced. @returns null for undefined */
export function storedJson(value: unknown): string | null {
  const text = JSON.stringify(value) as string | undefined;
  return text?.includes('\\u') ? text.replaceAll(unstorable, '$1\\ufffd') : (text ?? null);
}

const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Reads a time as it is stored. */
export const timeOf = <Text extends string | null>(text: Text): Text extends null ? null : Date =>
  (text === null ? null : new Date(text)) as Text extends null ? null : Date;
