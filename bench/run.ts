/** `npm run bench`: takes the figures, prints the table, writes JSON. Names of figures as arguments take only those; `--quick` shows that it works. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { figures } from './figures/index.ts';
import { now } from './harness/clock.ts';
import { isReached, type Bench } from './harness/figure.ts';
import { describeMachine } from './harness/machine.ts';
import { Processes } from './harness/servers.ts';
import { machineText, table, type Report } from './harness/table.ts';

/** Of the largest figure: a socket for each subscriber, and some. */
const filesNeeded = 5_500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: fileURLToPath(new URL('results/latest.json', import.meta.url)) },
  },
});
const unknown = positionals.filter((name) => !figures.some((figure) => figure.name === name));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. There are: ${figures.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const openFiles = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim().replace('unlimited', 'Infinity'));
if (!values.quick && openFiles < filesNeeded) {
  console.error(
    `A process may open ${openFiles} files; the figures need ${filesNeeded}. Raise the limit: ulimit -n ${filesNeeded}`,
  );
  process.exit(2);
}

const cache = fileURLToPath(new URL('.cache', import.meta.url));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'run-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await using processes = new Processes();
let databases = 0;
const bench: Bench = {
  quick: values.quick,
  cache,
  newDatabase: () => join(folder, `${++databases}.db`),
  startServer: (part, settings) => processes.startServer(part, settings),
  runProgram: (path, args) => processes.runProgram(path, args),
};

const machine = describeMachine(folder);
console.log(machineText(machine));
const report: Report = { at: new Date().toISOString(), quick: values.quick, machine, rows: [] };
const began = now();
for (const figure of figures) {
  if (positionals.length > 0 && !positionals.includes(figure.name)) continue;
  const since = now();
  try {
    for (const row of await figure.measure(bench)) report.rows.push({ figure: figure.name, ...row, reached: isReached(row) });
  } catch (error) {
    // The others can still be taken.
    console.error(`${figure.name} failed:`, error);
    process.exitCode = 1;
  }
  console.error(`${figure.name}: ${((now() - since) / 1000).toFixed(1)} s`);
}
console.log(
  `\n${table(report)}\n\n${((now() - began) / 1000).toFixed(0)} s in all${values.quick ? '; --quick: these are no figures' : ''}`,
);
mkdirSync(dirname(values.json), { recursive: true });
writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
