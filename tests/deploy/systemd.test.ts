import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configFromEnv } from '../../src/config.ts';
import { runCli, startServer } from '../support/server-process.ts';
import { scratchFolder } from '../support/scratch.ts';

const unit = readFileSync('deploy/lion.service', 'utf8');
const root = resolve('.');

/** What a directive of the unit says, each time that it is there. */
const valuesOf = (name: string): string[] => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value!);

/** The unit with the paths of this machine. */
const here = (): string => unit.replaceAll('/usr/bin/node', process.execPath).replaceAll('/opt/lion', root);

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const missing = !hasSystemd && !process.env['CI'];
if (missing) console.warn('Left out: what systemd says of deploy/lion.service, as there is no systemd-analyze on this machine.');

describe.skipIf(missing)('systemd', () => {
  test('takes deploy/lion.service without a complaint, and finds it hardened', () => {
    using scratch = scratchFolder();
    const file = join(scratch.path, 'lion.service');
    writeFileSync(file, here());
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect(verified.stderr + verified.stdout).toBe('');
    expect(verified.status).toBe(0);
    // Of 10, for a service that may do all; in tenths.
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], { encoding: 'utf8' });
    expect([judged.status, judged.stderr]).toEqual([0, '']);
  });
});

describe('deploy/lion.service', () => {
  test('its command, with its environment, is a Lion that serves, and that stops by itself when it is told to', async () => {
    using scratch = scratchFolder();
    const [command, ...none] = valuesOf('ExecStart');
    expect(none).toEqual([]);
    const [node, ...args] = command!.split(' ');
    expect(node).toBe('/usr/bin/node');
    const env = Object.fromEntries(valuesOf('Environment').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
    expect(env).toEqual({ NODE_ENV: 'production', LION_DATABASE_URL: 'file:/var/lib/lion/lion.db' });
    const url = env['LION_DATABASE_URL']!.replace('/var/lib/lion', scratch.path);
    const own = { ...env, LION_DATABASE_URL: url };
    const server = await startServer(
      scratch.path,
      own,
      args.map((arg) => arg.replace('/opt/lion', root)),
    );
    await using _running = server;
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await server.kill(signalOf());
    expect(server.exitCode).toBe(0);
  });

  test('systemd gives it the time that it takes to stop, and starts it again unless its configuration is at fault', async () => {
    const seconds = Number(valuesOf('TimeoutStopSec')[0]);
    expect(seconds * 1000).toBeGreaterThan(configFromEnv({}).shutdownMs + 5000);
    expect(valuesOf('Restart')).toEqual(['on-failure']);
    using scratch = scratchFolder();
    const child = runCli(['serve'], scratch.path, { LION_PORT: 'eighty' });
    const [code] = (await once(child, 'exit')) as [number];
    expect(valuesOf('RestartPreventExitStatus')).toEqual([String(code)]);
  });

  test('it writes where it may', () => {
    const [state] = valuesOf('StateDirectory');
    const folder = `/var/lib/${state}`;
    expect(valuesOf('WorkingDirectory')).toEqual([folder]);
    expect(valuesOf('Environment').join()).toContain(`file:${folder}/lion.db`);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
    expect(valuesOf('UMask')).toEqual(['0077']);
    // V8 compiles: it could not even start.
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
    expect(valuesOf('User')).toEqual(['lion']);
  });
});

const signalOf = (): NodeJS.Signals => (valuesOf('KillSignal')[0] ?? 'SIGTERM') as NodeJS.Signals;
