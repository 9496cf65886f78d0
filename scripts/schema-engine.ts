/**
 * Prisma's schema engine in its WebAssembly build: it writes migration SQL from prisma/schema.prisma without a network,
 * and reads and migrates a database just as `prisma migrate` does.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const schemaPath = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url));

// @types/node declares WebAssembly as a namespace of types only.
const { instantiate } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

interface WebAssemblyApi {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
}

let loaded: Promise<void> | undefined;

async function load(): Promise<void> {
  // The package exports no path to its WebAssembly file, which lies beside its entry.
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const wasm = await readFile(entry.replace(/\.js$/, '.wasm'));
  const { instance } = await instantiate(wasm, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
}

/** Works with the engine on one SQLite database. @param url `file:<path>`, or `:memory:` */
async function withEngine<T>(url: string, work: (engine: bindings.SchemaEngine) => Promise<T>): Promise<T> {
  await (loaded ??= load());
  const datamodels: [string, string][] = [[schemaPath, await readFile(schemaPath, 'utf8')]];
  const factory = new PrismaBetterSqlite3({ url });
  // The engine leaves its connections open, and the last one holds the database's lock.
  const connections: { dispose(): Promise<void> }[] = [];
  const tracked: SqlMigrationAwareDriverAdapterFactory = {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => track(await factory.connect()),
    connectToShadowDb: async () => track(await factory.connectToShadowDb()),
  };
  const track = <C extends SqlDriverAdapter>(connection: C): C => {
    connections.push(connection);
    return withTextInQuotes(connection);
  };
  const engine = await bindings.SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(tracked));
  try {
    return await work(engine);
  } finally {
    engine.free();
    for (const connection of connections) await connection.dispose();
  }
}

/**
 * The engine asks for the SQL of partial indexes with `name = "..."`, which is the name of a column where SQLite is built as
 * better-sqlite3 builds it.
 */
const withTextInQuotes = <C extends SqlDriverAdapter>(connection: C): C =>
  new Proxy(connection, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (property === 'queryRaw')
        return (query: SqlQuery) => target.queryRaw({ ...query, sql: query.sql.replace(/( AND name = )"(\w+)"/, "$1'$2'") });
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** The SQL that takes a database to prisma/schema.prisma; empty when it is there already. @param url as for `openSchemaEngine` */
export async function migrationSql(url: string): Promise<string> {
  const schema = await readFile(schemaPath, 'utf8');
  const diff = (engine: bindings.SchemaEngine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files: [{ path: schemaPath, content: schema }], configDir: '.' },
      to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content: schema }] },
      script: true,
      exitCode: null,
      filters: { externalTables: ['_prisma_migrations'], externalEnums: [] },
    });
  const { stdout } = await withEngine(url, diff);
  const sql = (stdout ?? '').trim();
  return sql === '' || sql === '-- This is an empty migration.' ? '' : `${sql}\n`;
}

/** What Prisma finds of a database's migrations, against those in a folder. */
export async function schemaDrift(
  url: string,
  folder: string,
): Promise<{ edited: string[]; failed: string[]; missing: string[]; unknown: string[] }> {
  const migrationsList = await migrationsIn(folder);
  const filters = { externalTables: [], externalEnums: [] };
  const { editedMigrationNames, failedMigrationNames, history } = await withEngine(url, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  );
  return {
    edited: editedMigrationNames,
    failed: failedMigrationNames,
    missing: history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [],
    unknown: history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : [],
  };
}

/** Applies the migrations of a folder as `prisma migrate deploy` does. @returns those that were missing */
export async function appliedByPrisma(url: string, folder: string): Promise<string[]> {
  const migrationsList = await migrationsIn(folder);
  const filters = { externalTables: [], externalEnums: [] };
  const { appliedMigrationNames } = await withEngine(url, (engine) => engine.applyMigrations({ migrationsList, filters }));
  return appliedMigrationNames;
}

async function migrationsIn(folder: string): Promise<bindings.MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: await readFile(`${folder}/migration_lock.toml`, 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.toSorted().map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(`${folder}/${name}/migration.sql`, 'utf8') },
        },
      })),
    ),
  };
}
