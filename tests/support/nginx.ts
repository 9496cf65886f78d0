import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './api.ts';

/** Where nginx is on this machine. */
export const nginxPath = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find((path) => existsSync(path));

/** The configuration that comes with Lion. */
const shipped = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url));
/** A user who is not root. */
const nobody = 65_534;

/** The certificate that it shows; it is its own authority. */
export const certificatePath = fileURLToPath(new URL('./test-only-self-signed-cert.pem', import.meta.url));
const certificateKeyPath = fileURLToPath(new URL('./test-only-self-signed-key.pem', import.meta.url));

export interface Nginx extends AsyncDisposable {
  /** Where it listens, over TLS. */
  readonly url: string;
  /** Where it listens without. */
  readonly plainUrl: string;
  /** Its processes that take requests, without those that only end what they have begun. */
  workers(): string[];
  /** Starts new workers, and has the former ones end. */
  reload(): void;
  /** What it has logged: requests, and errors. */
  readonly log: string;
  readonly errors: string;
}

/**
 * A real nginx with `deploy/nginx.conf`, as a user who is not root: ports, paths and certificate are those of the test, and so is what
 * `changes` says.
 *
 * @param lionPort where Lion listens on 127.0.0.1
 * @param changes directives by their names, with another value: `{ proxy_read_timeout: '1s' }`, wherever they stand
 */
export async function openNginx(lionPort: number, changes: Record<string, string> = {}): Promise<Nginx> {
  const prefix = mkdtempSync(join(tmpdir(), 'lion-nginx-'));
  chmodSync(prefix, 0o777);
  copyFileSync(certificatePath, join(prefix, 'fullchain.pem'));
  copyFileSync(certificateKeyPath, join(prefix, 'privkey.pem'));
  chmodSync(join(prefix, 'privkey.pem'), 0o644);
  const [port, plainPort] = [await freePort(), await freePort()];
  let text = readFileSync(shipped, 'utf8');
  const replace = (from: string | RegExp, to: string): void => {
    const replaced = text.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'gm'), to);
    if (replaced === text) throw new Error(`deploy/nginx.conf has no ${String(from)}`);
    text = replaced;
  };
  replace(/^user .+\n/, '');
  replace(/^ +listen \[::\].+\n/, '');
  replace('listen 80;', `listen 127.0.0.1:${plainPort};`);
  replace('listen 443 ', `listen 127.0.0.1:${port} `);
  replace('127.0.0.1:8000', `127.0.0.1:${lionPort}`);
  replace('/run/', `${prefix}/`);
  replace('/var/log/nginx/', `${prefix}/`);
  replace('/etc/ssl/lion/', `${prefix}/`);
  // Where nginx keeps bodies: the packaged paths are not for this user.
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  replace(/^http \{$/, `http {\n${kinds.map((kind) => `  ${kind}_temp_path ${prefix}/${kind};`).join('\n')}`);
  // What one machine of tests may open.
  replace(/^worker_rlimit_nofile .+\n/, '');
  replace(/worker_connections \d+;/, 'worker_connections 512;');
  for (const [name, value] of Object.entries(changes)) replace(new RegExp(`^( *)${name} [^;]+;`), `$1${name} ${value};`);
  const file = join(prefix, 'nginx.conf');
  writeFileSync(file, text);
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  const args = ['-p', prefix, '-c', file, '-e', join(prefix, 'error.log')];
  const tried = spawnSync(nginxPath!, [...args, '-t'], { ...user, encoding: 'utf8' });
  if (tried.status !== 0) throw new Error(`nginx does not take deploy/nginx.conf: ${tried.stderr}`);
  const child = spawn(nginxPath!, [...args, '-g', 'daemon off;'], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const gone = once(child, 'exit');
  const url = `https://localhost:${port}`;
  const plainUrl = `http://localhost:${plainPort}`;
  const read = (name: string): string => (existsSync(join(prefix, name)) ? readFileSync(join(prefix, name), 'utf8') : '');
  await until('nginx listens', async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaint}${read('error.log')}`);
    return fetch(plainUrl, { redirect: 'manual' }).then(
      ({ status }) => status === 308,
      () => false,
    );
  });
  return {
    url,
    plainUrl,
    workers: () =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter((pid) => !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('shutting down')),
    reload: () => void child.kill('SIGHUP'),
    get log() {
      return read('access.log');
    },
    get errors() {
      return read('error.log');
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await gone;
      rmSync(prefix, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
