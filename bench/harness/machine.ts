import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { now } from './clock.ts';
import { p50, p99 } from './statistics.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  commit: string;
  /** Of the last minute, before the first figure: 0 on a machine that does nothing else. */
  load: number;
  /** A write of 4 KiB and its fdatasync, in the folder of the databases. */
  fsyncMs: { p50: number; p99: number };
}

const syncs = 200;
const blockBytes = 4096;

export function describeMachine(folder: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    commit: commit(),
    load: loadavg()[0] ?? 0,
    fsyncMs: measureSync(folder),
  };
}

function measureSync(folder: string): Machine['fsyncMs'] {
  const path = join(folder, 'fsync');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(blockBytes, 1);
  const times: number[] = [];
  for (let n = 0; n < syncs; n++) {
    const since = now();
    writeSync(file, block);
    fdatasyncSync(file);
    times.push(now() - since);
  }
  closeSync(file);
  rmSync(path);
  return { p50: p50(times), p99: p99(times) };
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const isChanged = git('status', '--porcelain', '--', 'src') !== '';
    return git('rev-parse', '--short', 'HEAD') + (isChanged ? ', with changes in src/ that are not committed' : '');
  } catch {
    return 'unknown';
  }
}
