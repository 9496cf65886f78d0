/**
 * Prisma's schema engine in its WebAssembly build: it writes migration SQL from prisma/schema.prisma without a network,
 * and reads and migrates a database just as `prisma migrate` does.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
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

/** The engine on one SQLite database. @param url `file:<path>`, or `:memory:` */
export async function openSchemaEngine(url: string): Promise<bindings.SchemaEngine> {
  await (loaded ??= load());
  const datamodels: [string, string][] = [[schemaPath, await readFile(schemaPath, 'utf8')]];
  const factory = bindMigrationAwareSqlAdapterFactory(new PrismaBetterSqlite3({ url }));
  return bindings.SchemaEngine.new({ datamodels }, () => {}, factory);
}

/** The SQL that takes a database to prisma/schema.prisma; empty when it is there already. @param url as for `openSchemaEngine` */
export async function migrationSql(url: string): Promise<string> {
  using engine = await openSchemaEngine(url);
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files: [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }], configDir: '.' },
    to: { tag: 'schemaDatamodel', files: [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }] },
    script: true,
    exitCode: null,
    filters: { externalTables: ['_prisma_migrations'], externalEnums: [] },
  });
  const sql = (stdout ?? '').trim();
  return sql === '' || sql === '-- This is an empty migration.' ? '' : `${sql}\n`;
}
