import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { describe, expect, test } from 'vitest';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** Builds a page that uses all of an entry of the package, as a user's bundler does. */
async function bundle(entry: string, external: readonly RegExp[]): Promise<{ code: string; modules: string[] }> {
  const page = 'virtual:page';
  const output = (await build({
    configFile: false,
    root: fileOf('.'),
    logLevel: 'error',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? id : undefined),
        load: (id) => (id === page ? `import * as all from '${entry}'; globalThis.all = all;` : undefined),
      },
    ],
    build: { write: false, minify: true, rollupOptions: { input: page, external: [...external] } },
  })) as Rollup.RollupOutput;
  const chunks = output.output.filter((file) => file.type === 'chunk');
  return {
    code: chunks.map(({ code }) => code).join(''),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds.filter((id) => id !== page)),
  };
}

describe('what comes into a page with', () => {
  test.each([
    ['lion/client', []],
    ['lion/client/apollo', ['@apollo/client', 'rxjs']],
    ['lion/client/urql', ['@urql/core', 'wonka']],
  ])('%s is the client, graphql-ws, and nothing else', async (entry, peers) => {
    const { code, modules } = await bundle(
      entry,
      peers.map((peer) => new RegExp(`^${peer}(?:/|$)`)),
    );
    const foreign = modules.filter(
      (id) => !id.startsWith(fileOf('dist/client/')) && !id.includes('/node_modules/graphql-ws/') && !id.startsWith('\0'),
    );
    expect(foreign).toEqual([]);
    // What a browser has no module for, vite replaces by an empty one.
    expect(modules.filter((id) => /node:|__vite-browser-external/.test(id))).toEqual([]);
    expect(code).not.toMatch(/["']node:|\bprocess\.env\b|\bBuffer\b/);
    expect(modules).toContain(fileOf('dist/client/connection.js'));
    const size = gzipSync(code).length;
    console.info(`${entry}: ${kilobytes(size)} gzipped${peers.length > 0 ? `, without ${peers.join(' and ')}` : ''}`);
    expect(size).toBeLessThan(12_000);
  });
});
