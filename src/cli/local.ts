import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { configFromEnv, type Config } from '../config.ts';
import { DatabaseHeldError, type DatabaseOwner } from '../database/errors.ts';
import { lockDatabase } from '../database/lock.ts';
import { LionClientError } from '../client/index.ts';
import { localKey } from './first-key.ts';
import { createLogger } from './logger.ts';

/** How long a Lion that holds the database may take to say where it listens. */
const startMs = 10_000;
/** How long a Lion that is gone may take to come back, before another one is opened in its place. */
const returnMs = 15_000;
const pollMs = 50;

export interface LocalOptions {
  path: string;
  /** Whether the Lion that is opened here works on operations, or only answers. */
  works: boolean;
  signal: AbortSignal;
  /** Told which Lion it is. */
  onFound: (found: 'held' | 'opened', url: string) => void;
}

/** The Lion of a database on this machine: the one that holds it, or one that is opened here where none does. */
export class LocalLion implements AsyncDisposable {
  readonly #options: LocalOptions;
  #url: string | undefined;
  #goneSince: number | undefined;
  #close: (() => Promise<void>) | undefined;
  #opening: Promise<string> | undefined;

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  /** Whether it was opened here. */
  get opened(): boolean {
    return this.#close !== undefined;
  }

  /** Where it listens, now. @throws LionClientError while a Lion that is gone may still come back */
  async locate(): Promise<string> {
    if (this.#close) return this.#url!;
    const owner = await this.#holder();
    if (owner) {
      this.#goneSince = undefined;
      return this.#found('held', owner.address);
    }
    if (this.#url !== undefined) {
      this.#goneSince ??= performance.now();
      if (performance.now() - this.#goneSince < returnMs)
        throw new LionClientError('UNREACHABLE', `The Lion at ${this.#url} has ended.`);
    }
    return (this.#opening ??= this.#open().finally(() => (this.#opening = undefined)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#close?.();
  }

  #found(how: 'held' | 'opened', url: string): string {
    if (this.#url !== url) this.#options.onFound(how, url);
    this.#url = url;
    return url;
  }

  /** The Lion that holds the database, when it has said where it listens. @throws DatabaseHeldError when it never does */
  async #holder(): Promise<{ address: string } | undefined> {
    const { path, signal } = this.#options;
    const giveUpAt = performance.now() + startMs;
    for (;;) {
      signal.throwIfAborted();
      const held = heldBy(path);
      if (!held) return undefined;
      const { address } = held.owner ?? {};
      if (address !== null && address !== undefined) return { address };
      if (performance.now() > giveUpAt) throw held;
      await delay(pollMs);
    }
  }

  async #open(): Promise<string> {
    const { works, signal } = this.#options;
    const config = embeddedConfig();
    // Imported when needed: a client of a Lion that runs starts faster.
    const [{ openLion }, { serve }] = await Promise.all([import('../lion.ts'), import('../http/server.ts')]);
    try {
      const lion = await openLion(works ? config : { ...config, concurrency: 0 }, { logger: createLogger(config.logLevel) });
      try {
        await localKey(lion);
        const server = await serve(lion, { host: '127.0.0.1', port: 0 });
        this.#close = async () => {
          await server.close();
          await lion.close();
        };
        return this.#found('opened', server.url);
      } catch (error) {
        await lion.close();
        throw error;
      }
    } catch (error) {
      if (!(error instanceof DatabaseHeldError)) throw error;
      // Another one was faster.
      await delay(pollMs);
      signal.throwIfAborted();
      const address = error.owner?.address ?? (await this.#holder())?.address;
      if (address === undefined) throw error;
      return this.#found('held', address);
    }
  }
}

/** The configuration of a Lion inside a command: it keeps silent, as the command speaks for it. */
export function embeddedConfig(): Config {
  const config = configFromEnv({ ...process.env, LION_LOG_LEVEL: process.env['LION_LOG_LEVEL'] || 'silent' });
  // Nobody but the command itself asks it.
  return { ...config, persistedOperations: undefined };
}

/** Says that the database is held, where a process that claims so lives, and the lock proves it. */
function heldBy(path: string): DatabaseHeldError | undefined {
  const claimed = readOwner(`${path}.lock.json`);
  if (!claimed || !isAlive(claimed.pid)) return undefined;
  try {
    lockDatabase(path).release();
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseHeldError) return error;
    throw error;
  }
}

function readOwner(path: string): DatabaseOwner | undefined {
  try {
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DatabaseOwner) : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
