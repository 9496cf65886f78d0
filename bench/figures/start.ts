import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Bench, Figure, Row } from '../harness/figure.ts';
import { now } from '../harness/clock.ts';
import { p50 } from '../harness/statistics.ts';

const starts = { full: 7, quick: 2 };

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** From `node dist/cli/main.js serve` on a database that is there to the line that says that it listens: the median of 7 starts. */
export const start: Figure = { name: 'start', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const lion = await startTimes(bench, [fileOf('../../dist/cli/main.js'), 'serve']);
  const stock = await startTimes(bench, [fileOf('../stock/server.mjs')]);
  return [
    {
      what: 'start to listening, existing database',
      unit: 's',
      reach: { under: 0.75 },
      lion: p50(lion),
      stock: p50(stock),
      also: { slowest: Math.max(...lion) },
    },
  ];
}

async function startTimes(bench: Bench, args: readonly string[]): Promise<number[]> {
  const database = bench.newDatabase();
  // Makes the database.
  await secondsToListening(args, database);
  const times: number[] = [];
  for (let n = 0; n < starts[bench.quick ? 'quick' : 'full']; n++) times.push(await secondsToListening(args, database));
  return times;
}

async function secondsToListening(args: readonly string[], database: string): Promise<number> {
  const settings = { LION_DATABASE_URL: `file:${database}`, LION_PORT: '0', LION_MODEL: 'builtin', STOCK_DATABASE: database };
  const since = now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    let output = '';
    for await (const chunk of child.stdout) {
      output += String(chunk);
      if (output.includes('listens on')) return (now() - since) / 1000;
    }
    throw new Error(`It ended before it listened: ${output}`);
  } finally {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    kill();
    await ended;
    process.off('exit', kill);
  }
}
