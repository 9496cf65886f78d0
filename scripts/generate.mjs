// Generates the Prisma client and the Pothos types from prisma/schema.prisma, without the network.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
// `prisma generate` downloads an engine that it does not use, unless it is told of an existing executable.
const env = {
  ...process.env,
  PATH: [join(import.meta.dirname, '../node_modules/.bin'), process.env.PATH].join(delimiter),
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};
const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], { env, encoding: 'utf8' });
if (status !== 0) {
  process.stderr.write(`${stdout}${stderr}\nThe Prisma client could not be generated; see above.\n`);
  process.exit(1);
}
