// Puts the CLI where npx looks first, as npm does for a dependency: `npx lion` in this folder is the Lion of this folder, with
// no look at the registry.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'node_modules/.bin');
chmodSync(join(root, 'dist/cli/main.js'), 0o755);
mkdirSync(folder, { recursive: true });
if (process.platform === 'win32') {
  writeFileSync(join(folder, 'lion.cmd'), '@node "%~dp0\\..\\..\\dist\\cli\\main.js" %*\r\n');
} else {
  rmSync(join(folder, 'lion'), { force: true });
  symlinkSync('../../dist/cli/main.js', join(folder, 'lion'));
}
