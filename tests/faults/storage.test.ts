import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { until } from '../support/api.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cliPath, runCli, startServer } from '../support/server-process.ts';

const isRoot = process.getuid?.() === 0;
/** Root may write to what is read-only: for those tests it becomes nobody. */
const ordinaryUser = isRoot ? 65_534 : undefined;

/** Whether what a test needs is there; says so where it is not. */
function can(what: string, attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    console.warn(`LEFT OUT: the tests that need to ${what}, which this user or machine cannot.`);
    return false;
  }
}

const canBeOrdinary = can('run Lion as a user who is not root', () => {
  if (ordinaryUser !== undefined)
    execFileSync(process.execPath, [cliPath, '--version'], { uid: ordinaryUser, gid: ordinaryUser, cwd: '/', stdio: 'pipe' });
});

const canMount = can('mount a small file system', () => {
  using scratch = scratchFolder();
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', scratch.path], { stdio: 'pipe' });
  execFileSync('umount', [scratch.path]);
});

/** Runs `lion serve` where it cannot work. @returns what it says, and with what code it ends */
async function refusedServe(
  folder: string,
  env: Record<string, string> = {},
  uid?: number,
): Promise<{ code: number; stderr: string }> {
  const child = runCli(['serve'], folder, { LION_PORT: '0', ...env }, uid);
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout!.on('data', (chunk: Buffer) => (stderr += `(stdout) ${chunk.toString()}`));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stderr };
}

/** One sentence for a person: no trace, no SQL. */
function expectSentence(stderr: string): void {
  expect(stderr).toMatch(/^lion: /);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/at .*\.js:\d+|SQLITE_|PRAGMA/);
}

describe('lion serve, where it cannot work, says why in a sentence:', () => {
  it('a database file that is not one, which it leaves as it is', async () => {
    using scratch = scratchFolder();
    const path = join(scratch.path, 'lion.db');
    writeFileSync(path, 'Dear diary, this is certainly no database. '.repeat(100));
    const { code, stderr } = await refusedServe(scratch.path);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toMatch(/is not a SQLite database/);
    expect(readFileSync(path, 'utf8')).toMatch(/^Dear diary/);
  });

  it('a database of another program', async () => {
    using scratch = scratchFolder();
    const other = new SQLite(join(scratch.path, 'lion.db'));
    other.exec('CREATE TABLE recipe (id TEXT)');
    other.close();
    const { code, stderr } = await refusedServe(scratch.path);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toMatch(/tables of another program/);
  });

  it('a database that is held by another Lion, whose address it names', async () => {
    using scratch = scratchFolder();
    await using first = await startServer(scratch.path);
    const { code, stderr } = await refusedServe(scratch.path);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain(`held by the Lion with process id ${first.pid}, which listens on ${first.url}`);
    // And a killed one holds it no longer.
    await first.kill('SIGKILL');
    await using next = await startServer(scratch.path);
    expect(next.url).toMatch(/^http/);
  });

  it.runIf(canBeOrdinary)('a database that this user may only read', async () => {
    using scratch = scratchFolder();
    {
      await using server = await startServer(scratch.path);
      await server.kill('SIGTERM');
    }
    if (ordinaryUser !== undefined) {
      for (const name of ['', 'lion.db', 'lion.db.lock']) chownSync(join(scratch.path, name), ordinaryUser, ordinaryUser);
    }
    chmodSync(join(scratch.path, 'lion.db'), 0o444);
    const { code, stderr } = await refusedServe(scratch.path, {}, ordinaryUser);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toMatch(/is read-only. Make the file and its folder writable/);
  });

  it.runIf(canBeOrdinary)('a folder that this user may not write to', async () => {
    using scratch = scratchFolder();
    chmodSync(scratch.path, 0o555);
    const { code, stderr } = await refusedServe(scratch.path, {}, ordinaryUser);
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toMatch(/cannot be/);
  });

  it('a port in use', async () => {
    using scratch = scratchFolder();
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const { code, stderr } = await refusedServe(scratch.path, { LION_PORT: String(port) });
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: another program listens there`);
    holder.close();
    // The first key was not lost with it.
    await using server = await startServer(scratch.path);
    expect(server.key).toMatch(/^lion_/);
  });

  it('a configuration that does not fit, each variable by its name and none by its value', async () => {
    using scratch = scratchFolder();
    const { code, stderr } = await refusedServe(scratch.path, {
      LION_PORT: 'eighty',
      LION_CONCURRENCY: '0',
      LION_DURABILITY: 'maybe',
    });
    // As for any wrong usage.
    expect(code).toBe(2);
    expectSentence(stderr);
    for (const name of ['LION_PORT', 'LION_CONCURRENCY', 'LION_DURABILITY']) expect(stderr).toContain(name);
  });

  it('a model whose key is missing', async () => {
    using scratch = scratchFolder();
    const { code, stderr } = await refusedServe(scratch.path, { LION_MODEL: 'openai/gpt-test' });
    expect(code).toBe(1);
    expectSentence(stderr);
    expect(stderr).toContain('OPENAI_API_KEY');
  });
});

describe.runIf(canMount)('a disk that is full', () => {
  it('refuses with a clear error, keeps what was accepted, and goes on when there is space again', async () => {
    using scratch = scratchFolder();
    const folder = join(scratch.path, 'small');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
    try {
      await using server = await startServer(folder);
      const create = async (title: string) => {
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': server.key },
          body: JSON.stringify({
            query: `mutation($m: JSON, $t: String) { createSession(input: { title: $t, metadata: $m }) { ... on Session { id } } }`,
            variables: { t: title, m: { filler: 'x'.repeat(50_000) } },
          }),
        });
        return (await response.json()) as {
          data?: { createSession: { id: string } };
          errors?: { message: string; extensions: { code: string } }[];
        };
      };
      const ballast = join(folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc(2_000_000));
      const accepted: string[] = [];
      let refused;
      for (let index = 0; index < 200 && !refused; index++) {
        const answer = await create(`session ${index}`);
        if (answer.errors) refused = answer.errors[0]!;
        else accepted.push(answer.data!.createSession.id);
      }
      expect(refused).toMatchObject({ extensions: { code: 'STORAGE_FULL', retryable: true } });
      expect(refused?.message).toMatch(/disk .* is full; nothing of this request was kept/);
      expect(accepted.length).toBeGreaterThan(3);

      const health = async () => {
        const response = await fetch(`${server.url}/health`);
        return response.ok ? 'well' : `${response.status} ${await response.text()}`;
      };
      expect(await health()).toMatch(/^503 .*disk .* is full.*STORAGE_FULL/);

      rmSync(ballast);
      await until('it is well again', async () => (await health()) === 'well');
      const after = await create('there is space again');
      expect(after.errors).toBeUndefined();
      accepted.push(after.data!.createSession.id);
      await server.kill('SIGTERM');
      const database = new SQLite(join(folder, 'lion.db'), { readonly: true });
      expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(database.prepare('SELECT id FROM "Session" ORDER BY id').pluck().all()).toEqual(accepted);
      database.close();
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});

describe('what only the user may read', () => {
  it('is the file with the key; the database holds only its hash', async () => {
    using scratch = scratchFolder();
    await using server = await startServer(scratch.path);
    expect(statSync(join(scratch.path, 'lion.db.key')).mode & 0o777).toBe(0o600);
    expect(server.stdout.split(server.key)).toHaveLength(2);
    await server.kill('SIGTERM');
    expect(readFileSync(join(scratch.path, 'lion.db')).includes(server.key)).toBe(false);
    await using again = await startServer(scratch.path);
    expect(again.key).toBe(server.key);
    expect(again.stdout).not.toContain(server.key);
  });
});
