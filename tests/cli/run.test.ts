import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createClient } from '../../src/client/index.ts';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { answers, cli, openProvider, startCli } from './cli.ts';

const instruction = 'Plan a web application for a village library';
const escapeCode = /\u001b/;

describe('lion run, where no Lion runs', () => {
  test('opens one, shows a line for each thing, then the result and what it took', async () => {
    using folder = scratchFolder();
    const { code, stdout, stderr } = await cli(['run', instruction], folder.path);
    expect(stderr).toBe('lion: no Lion runs on lion.db: opened one here\n');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      `run         queued: ${instruction}`,
      'run         started on builtin',
      'brainstorm  queued',
      'brainstorm  started on builtin',
    ]);
    expect(lines.filter((line) => line.startsWith('brainstorm  idea: '))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('select      choice: '))).toHaveLength(1);
    const steps = lines.filter((line) => line.startsWith('plan        step: ')).length;
    expect(steps).toBeGreaterThan(1);
    expect(lines.filter((line) => /^ +\d+ {2}\S/.test(line))).toHaveLength(steps);
    expect(lines.at(-2)).toMatch(/^[\d,]+ tokens \([\d,]+ in, [\d,]+ out\) · [\d.]+ s · builtin · op_\w+_1$/);
    expect(stdout).not.toMatch(escapeCode);
    expect(existsSync(join(folder.path, 'lion.db.key'))).toBe(true);
    // What was opened is closed: the next one is not refused.
    expect(existsSync(join(folder.path, 'lion.db.lock.json'))).toBe(false);
  });

  test('--json prints the output and nothing else', async () => {
    using folder = scratchFolder();
    const { code, stdout, stderr } = await cli(['run', instruction, '--json', '--count', '2', '--steps', '4'], folder.path);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const output = JSON.parse(stdout) as { ideas: unknown[]; selectedIdea: { title: string }; steps: unknown[] };
    expect(Object.keys(output)).toEqual(['ideas', 'selectedIdea', 'steps']);
    expect(output.ideas).toHaveLength(2);
    expect(output.ideas).toContainEqual(output.selectedIdea);
    expect(output.steps).toHaveLength(4);
    expect(stdout).not.toContain('__typename');
  });

  test('reads the instruction from standard input', async () => {
    using folder = scratchFolder();
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const child = spawn(process.execPath, [main, 'run', '-', '--json'], {
      env: { PATH: process.env['PATH'], LION_MODEL: 'builtin', LION_DATABASE_URL: `file:${join(folder.path, 'lion.db')}` },
    });
    child.stdin.end('Name a bakery\n');
    expect(JSON.parse(await text(child.stdout))).toMatchObject({ selectedIdea: { id: expect.stringMatching(/^idea-/) } });
  });

  test('colours only where it is asked to', async () => {
    using folder = scratchFolder();
    const asked = await cli(['run', 'Name a bakery'], folder.path, { FORCE_COLOR: '1' });
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringMatching(escapeCode) });
    const refused = await cli(['run', 'Name a bakery'], folder.path, { NO_COLOR: '1' });
    expect(refused).toMatchObject({ code: 0, stdout: expect.not.stringMatching(escapeCode) });
  });

  test('works again when the key file was lost', async () => {
    using folder = scratchFolder();
    await cli(['run', 'Name a bakery'], folder.path);
    rmSync(join(folder.path, 'lion.db.key'));
    expect((await cli(['run', 'Name a bakery'], folder.path)).code).toBe(0);
  });
});

describe('lion run, beside a Lion that runs', () => {
  test('is a client of the Lion that holds the database', async () => {
    using folder = scratchFolder();
    await using server = await startServer(folder.path);
    const { code, stdout, stderr } = await cli(['run', 'Name a bakery'], folder.path);
    expect(stderr).toBe(`lion: asking the Lion at ${server.url}, which holds lion.db\n`);
    expect(code).toBe(0);
    const id = /op_\w+/.exec(stdout)![0];
    const found = await cli(['sessions', '--json'], folder.path);
    expect(found.stdout).toContain(id.slice('op_'.length, -'_1'.length));
  });

  test('waits for one that holds the database and is still starting', async () => {
    using folder = scratchFolder();
    const { openLion } = await import('../../src/lion.ts');
    const { serve } = await import('../../src/http/server.ts');
    const { configFromEnv } = await import('../../src/config.ts');
    const config = configFromEnv({
      LION_MODEL: 'builtin',
      LION_LOG_LEVEL: 'silent',
      LION_DATABASE_URL: `file:${join(folder.path, 'lion.db')}`,
    });
    await using lion = await openLion(config);
    const { secret: key } = await lion.keys.create(lion.defaultProjectId, { role: 'operator', name: 'test' });
    const running = cli(['run', 'Name a bakery', '--json'], folder.path, { LION_KEY: key });
    const server = await serve(lion, { host: '127.0.0.1', port: 0 });
    const { code, stderr } = await running;
    await server.close();
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('asks the Lion of LION_URL, with the key of LION_KEY', async () => {
    using elsewhere = scratchFolder();
    await using lion = await openTestLion();
    const env = { LION_URL: lion.url, LION_KEY: lion.key };
    const { code, stderr } = await cli(['run', 'Name a bakery'], elsewhere.path, env);
    expect(stderr).toBe(`lion: asking the Lion at ${lion.url}\n`);
    expect(code).toBe(0);
    expect(existsSync(join(elsewhere.path, 'lion.db'))).toBe(false);
  });

  test('--on-busy: is rejected, waits for its turn, or takes the place of what is under way', async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    await using server = await startServer(folder.path, provider.env);
    const client = createClient({ url: server.url, key: server.key, webSocketImpl: WebSocket });
    const first = await client.perform({ instruction: 'Go somewhere' });
    await provider.nextRequest();
    const run = (mode: string) => startCli(['run', 'Go', '--session', first.session.id, '--on-busy', mode], folder.path);
    const rejected = await run('reject').ended;
    expect(rejected).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`is busy with operation ${first.id}`),
    });
    const queued = run('queue');
    await queued.printed(/waits for its turn/);
    provider.answer(answers.ideas, answers.selection, answers.plan);
    const last = await run('cancel-previous').ended;
    expect(last.code).toBe(0);
    expect((await queued.ended).stdout).toMatch(/run {9}cancelled by operation op_\w+, started with CANCEL_PREVIOUS by the key/);
    expect((await client.operation(first.id))?.status).toBe('CANCELLED');
    await client.close();
  });

  test('stops nothing when it is killed', async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    await using _server = await startServer(folder.path, provider.env);
    const run = startCli(['run', 'Go somewhere'], folder.path);
    const first = await provider.nextRequest();
    run.process.kill('SIGKILL');
    await run.ended;
    first.writeText(answers.ideas);
    first.finish();
    provider.answer(answers.selection, answers.plan);
    const id = /op_\w+/.exec((await cli(['sessions', '--json'], folder.path)).stdout.replace('ses_', 'op_'))![0];
    const watched = await cli(['watch', `${id}_1`], folder.path);
    expect(watched.code).toBe(0);
    expect(watched.stdout).toMatch(/run {9}succeeded/);
  });

  test('opens a Lion itself when the one that it asked is gone for good', { timeout: 60_000 }, async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    const server = await startServer(folder.path, provider.env);
    const run = startCli(['run', 'Go somewhere'], folder.path, provider.env);
    const asked = await provider.nextRequest();
    await run.printed(/brainstorm {2}started/);
    await server.kill();
    await asked.closed;
    provider.answer(answers.ideas, answers.selection, answers.plan);
    const { code, stdout, stderr } = await run.ended;
    expect(stderr).toContain('lion: no Lion runs on lion.db: opened one here');
    expect(stdout).toMatch(/brainstorm {2}interrupted/);
    expect(code).toBe(0);
    const queued = stdout.split('\n').filter((line) => line.includes('queued'));
    expect(queued).toHaveLength(4);
  });
});

describe('lion run, when it does not succeed', () => {
  test('says why, with a code and whether a retry can help', async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    provider.answer((exchange) => exchange.fail(401));
    const { code, stdout, stderr } = await cli(['run', 'Name a bakery', '--json'], folder.path, provider.env);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^lion: .+ \(\w+\) Trying the same again will not help\.\n$/);
    expect(code).toBe(1);
  });

  test('Ctrl-C cancels the operation', async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    const run = startCli(['run', 'Name a bakery'], folder.path, provider.env);
    const asked = await provider.nextRequest();
    asked.writeText('{"ideas":[');
    await run.printed(/brainstorm {2}started/);
    run.process.kill('SIGINT');
    run.process.kill('SIGINT');
    await asked.closed;
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(/run {9}cancelled by /);
    expect(stdout).toMatch(/\nCancelled\.\n$/);
    expect(code).toBe(130);
  });

  test('a second Ctrl-C leaves at once, also when the server does not answer', async () => {
    using folder = scratchFolder();
    await using provider = await openProvider();
    await using server = await startServer(folder.path, provider.env);
    const run = startCli(['run', 'Name a bakery'], folder.path);
    await provider.nextRequest();
    await run.printed(/brainstorm {2}started/);
    process.kill(server.pid, 'SIGSTOP');
    run.process.kill('SIGINT');
    await run.printed(/cancelling; Ctrl-C again leaves at once/);
    // Two at the same moment are one: npm passes on what the terminal has sent already.
    const impatience = setInterval(() => run.process.kill('SIGINT'), 20);
    expect((await run.ended).code).toBe(130);
    clearInterval(impatience);
  });
});
