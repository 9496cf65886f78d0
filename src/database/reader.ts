import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils';
import { PrismaClient } from './generated/client/client.ts';
import { tracedQuery } from './statement-spans.ts';

/**
 * The ORM, for reading. Statements outside of an open transaction would run inside of it, as a connection has but one: so transactions
 * have a connection of their own, made with the first of them. (A second client would do, and take 20 MB.)
 */
export function openReader(path: string): PrismaClient {
  const connections = new PrismaBetterSqlite3({ url: `file:${path}`, readonly: true });
  const adapter: SqlDriverAdapterFactory = {
    provider: connections.provider,
    adapterName: connections.adapterName,
    connect: async () => withTransactionsApart(await connections.connect(), () => connections.connect()),
  };
  return new PrismaClient({ adapter });
}

function withTransactionsApart(connection: SqlDriverAdapter, connect: () => Promise<SqlDriverAdapter>): SqlDriverAdapter {
  let second: Promise<SqlDriverAdapter> | undefined;
  const apart: Partial<SqlDriverAdapter> = {
    startTransaction: async (isolation) => withQueriesTraced(await (await (second ??= connect())).startTransaction(isolation)),
    queryRaw: (query) => tracedQuery(query.sql, () => connection.queryRaw(query)),
    async dispose() {
      await Promise.all([connection.dispose(), second?.then((open) => open.dispose())]);
    },
  };
  return overlaid(connection, apart);
}

const withQueriesTraced = (transaction: Transaction): Transaction =>
  overlaid(transaction, { queryRaw: (query) => tracedQuery(query.sql, () => transaction.queryRaw(query)) });

/** An object that does some things otherwise than another, and all else as that one does. */
function overlaid<Whole extends object>(whole: Whole, other: Partial<Whole>): Whole {
  return new Proxy(whole, {
    get(target, property) {
      const value: unknown = Reflect.get(other, property) ?? Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
