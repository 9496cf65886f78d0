// Runs after `npm ci`: builds what is shipped.
import { execSync } from 'node:child_process';
import { existsSync } from 'node:fs';

// The first `npx lion` links this project into npm's cache, for which npm prepares it again: what `npm ci` built is there.
const isLinked = process.env.npm_command === 'exec' && existsSync('dist/cli/main.js');
if (!isLinked) execSync('npm run --silent build', { stdio: 'inherit' });
