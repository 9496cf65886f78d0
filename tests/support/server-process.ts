import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The CLI, as it is shipped. */
export const cliPath = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** A Lion in a process of its own, as a user starts it. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  /** Null while it runs. */
  readonly exitCode: number | null;
  /** What it printed. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it is gone, by itself or not. */
  readonly gone: Promise<void>;
  /** Ends it without warning, and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** `lion serve` with the kinds of `kinds-server.mjs` besides. */
export const kindsServer = [fileURLToPath(new URL('./kinds-server.mjs', import.meta.url))];
/** `lion serve` with the kinds of `waiting-server.mjs` besides. */
export const waitingServer = [fileURLToPath(new URL('./waiting-server.mjs', import.meta.url))];

/** Starts `lion serve` with its database in `folder`. Ends it when the test ends. */
export async function startServer(
  folder: string,
  env: Record<string, string> = {},
  command: readonly string[] = [cliPath, 'serve'],
): Promise<ServerProcess> {
  const child = runNode(command, folder, { LION_PORT: '0', ...env });
  let stdout = '';
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const gone = once(child, 'exit').then(() => {});
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const found = /listens on (http:\/\/\S+)[^]*npx lion run/.exec(stdout);
      if (found) resolve(found[1]!);
    });
    child.once('exit', (code, signal) => reject(new Error(`lion serve ended with ${code ?? signal}: ${stderr}`)));
  });
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  return {
    url,
    key: env['LION_API_KEY'] ?? readFileSync(join(folder, 'lion.db.key'), 'utf8').trim(),
    pid: child.pid!,
    get exitCode() {
      return child.exitCode;
    },
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    gone,
    kill,
    [Symbol.asyncDispose]: () => kill(),
  };
}

/** Runs the CLI as it is shipped, with no key of a provider in its environment. */
export function runCli(args: readonly string[], folder: string, env: Record<string, string> = {}, uid?: number): ChildProcess {
  return runNode([cliPath, ...args], folder, env, uid);
}

function runNode(command: readonly string[], folder: string, env: Record<string, string>, uid?: number): ChildProcess {
  return spawn(process.execPath, command, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      LION_MODEL: 'builtin',
      LION_DATABASE_URL: `file:${join(folder, 'lion.db')}`,
      ...env,
    },
  });
}
