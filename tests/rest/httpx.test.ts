import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readContract } from '../support/open-api.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';

/** A Python that has httpx; Debian's own is not always the first one. */
const python = ['python3', '/usr/bin/python3'].find((path) => {
  try {
    execFileSync(path, ['-c', 'import httpx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

if (python === undefined) {
  const message = 'The calls with Python: no python3 here has httpx (Debian: apt-get install python3-httpx).';
  if (process.env['CI']) throw new Error(message);
  console.warn(`Left out: ${message}`);
}

interface Told {
  method: string;
  path: string;
  status: number;
  type: string | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it has asked for
  body: any;
}

async function run(url: string, key: string): Promise<(Told & { seqs?: number[]; after?: number; last_seq?: number })[]> {
  const script = fileURLToPath(new URL('../support/rest.py', import.meta.url));
  const child = spawn(python!, [script, url, key], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The Python program ended with ${String(code)}: ${complaint}`);
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
}

test.skipIf(python === undefined)('a Python program with httpx does all of it against a real server', async () => {
  using scratch = scratchFolder();
  await using server = await startServer(scratch.path);
  const contract = await readContract(server.url);
  const told = await run(server.url, server.key);
  const calls = told.filter(({ method }) => method !== undefined);
  for (const { method, path, status, type, body } of calls)
    contract.expectKept(method, path, { status, type: type ?? undefined, body: body ?? undefined });
  expect(calls.map(({ method, path, status }) => `${method} ${path.replaceAll(/(ses|op)_[a-z0-9_]+/g, '*')} ${status}`)).toEqual([
    'POST /sessions 201',
    'POST /agent/run 200',
    'POST /agent/brainstorm 200',
    'POST /agent/plan 200',
    'POST /agent/select 200',
    'POST /agent/perform 202',
    'GET /operations/*?wait=30 200',
    'GET /sessions/*/history?limit=5 200',
    'POST /agent/run 422',
    'POST /agent/run 400',
    'POST /agent/run 413',
    'DELETE /sessions/* 204',
    'GET /sessions/*/history 404',
    'GET /health 200',
    'GET /sessions 401',
  ]);
  const { seqs, after, last_seq } = told.find((line) => line.seqs !== undefined)!;
  expect(seqs).toEqual(Array.from({ length: last_seq! - after! }, (_, index) => after! + 1 + index));
});
