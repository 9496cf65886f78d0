import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { PrismaClient } from './generated/client/client.ts';

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
    startTransaction: async (isolation) => (await (second ??= connect())).startTransaction(isolation),
    async dispose() {
      await Promise.all([connection.dispose(), second?.then((open) => open.dispose())]);
    },
  };
  return new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(apart, property) ?? Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
