import { linkSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { runCli, startServer } from '../support/server-process.ts';

async function serveOn(path: string, folder: string): Promise<string> {
  const child = runCli(['serve'], folder, { LION_PORT: '0', LION_DATABASE_URL: `file:${path}` });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout!.once('data', () => child.kill());
  await once(child, 'close');
  return stderr;
}

it('a database that is held is refused by whatever name it goes', async () => {
  using scratch = scratchFolder();
  await using server = await startServer(scratch.path);
  const path = join(scratch.path, 'lion.db');
  const elsewhere = join(scratch.path, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(path, join(elsewhere, 'linked.db'));
  symlinkSync(scratch.path, join(elsewhere, 'folder'));
  for (const name of ['linked.db', 'folder/lion.db']) {
    expect(await serveOn(join(elsewhere, name), scratch.path)).toContain(`held by the Lion with process id ${server.pid}`);
  }
  linkSync(path, join(elsewhere, 'hard.db'));
  expect(await serveOn(join(elsewhere, 'hard.db'), scratch.path)).toMatch(/has another name, too \(a hard link\)/);
});

it('a link to a database that is not there yet leads to one lock, too', async () => {
  using scratch = scratchFolder();
  mkdirSync(join(scratch.path, 'real'));
  const link = join(scratch.path, 'lion.db');
  symlinkSync(join(scratch.path, 'real/lion.db'), link);
  const first = runCli(['serve'], scratch.path, { LION_PORT: '0', LION_DATABASE_URL: `file:${link}` });
  await once(first.stdout!, 'data');
  expect(await serveOn(join(scratch.path, 'real/lion.db'), scratch.path)).toMatch(/held by the Lion/);
  first.kill();
  await once(first, 'exit');
});

it('a damaged database is told of in a sentence', async () => {
  using scratch = scratchFolder();
  {
    await using server = await startServer(scratch.path);
    await server.kill('SIGTERM');
  }
  const path = join(scratch.path, 'lion.db');
  writeSync(openSync(path, 'r+'), Buffer.alloc(80_000, 0xa5), 0, 80_000, 3 * 4096);
  const stderr = await serveOn(path, scratch.path);
  expect(stderr).toMatch(/^lion: The database .* cannot be used: it is damaged/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
