// Generates the Prisma client and the Pothos types from prisma/schema.prisma, without the network; only when they are not
// those of the schema and of the installed Prisma already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const stampPath = join(root, 'src/database/generated/.stamp');
const stamp = createHash('sha256')
  .update(readFileSync(join(root, 'prisma/schema.prisma')))
  .update(readFileSync(require.resolve('prisma/package.json')))
  .digest('hex');
if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) process.exit(0);

const env = {
  ...process.env,
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  // `prisma generate` downloads an engine that it does not use, unless it is told of an existing executable.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};
const prisma = require.resolve('prisma/build/index.js');
const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
  cwd: root,
  env,
  encoding: 'utf8',
});
if (status !== 0) {
  process.stderr.write(`${stdout}${stderr}\nThe Prisma client could not be generated; see above.\n`);
  process.exit(1);
}
writeFileSync(stampPath, stamp);
