// `npm run check`: what has to hold before a change lands, beside the tests. Runs all parts, and fails when any of them does.
import { spawnSync } from 'node:child_process';

const parts = [
  ['types', 'npm run --silent generate && npx tsc'],
  ['lint, with types and the rules of the floors', 'npx oxlint --type-aware --deny-warnings'],
  ['format', 'npx prettier --check --log-level warn .'],
  ['dead code', 'npx knip'],
  ['drift of schema and migrations', 'npm test --silent -- tests/api/schema.test.ts tests/database/migrate.test.ts'],
];

const failed = [];
for (const [name, command] of parts) {
  console.log(`\n── ${name}: ${command}`);
  const since = performance.now();
  const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
  console.log(`── ${name}: ${status === 0 ? 'good' : 'FAILED'} after ${((performance.now() - since) / 1000).toFixed(1)} s`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? '\nAll is well.' : `\nFailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
