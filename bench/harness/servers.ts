import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type Part = 'lion' | 'stock';

/** A server in a process of its own. */
export interface Server extends AsyncDisposable {
  readonly part: Part;
  readonly url: string;
  readonly key: string;
  /** What is resident after a collection, in bytes. */
  memory(): Promise<{ rss: number; heapUsed: number; external: number }>;
  /** The processor time that it has taken so far, in ms. */
  processorMs(): Promise<number>;
  /** A key that may ask nothing: of Lion only. */
  limitedKey(): Promise<string>;
  /** How many subscriptions were begun: of stock parts only. */
  followers(): Promise<number>;
  /** When each event of the burst that ends next was committed, in order. */
  commits(): Promise<number[]>;
}

export interface ServerSettings {
  database: string;
  env?: Record<string, string>;
}

/** The two that are compared, and what else runs in a process of its own. */
export interface Parts {
  startServer(part: Part, settings: ServerSettings): Promise<Server>;
  /** Runs a program until it tells its result. */
  runProgram(path: string, args: readonly string[]): Promise<Message>;
}

/** What a process says. */
export interface Message {
  id?: number;
  answer?: unknown;
  url?: string;
  key?: string;
  commits?: number[];
  perSecond?: number;
}

const programs = { lion: 'server/lion.mjs', stock: 'stock/server.mjs' };

/** All limits are on, and none is met: what they cost is in all figures. */
const manyOfAll = ['key', 'project']
  .map(
    (whose) => `${whose}: 900000000 requests, 900000000 operations, 900000 concurrent, 900000 subscriptions, 900000 connections`,
  )
  .join('; ');

/** How long a process may take to say that it is there, and to end when it is told to. */
const startMs = 30_000;
const stopMs = 5_000;

/** Starts processes, and ends all that are left when it is disposed of. */
export class Processes implements Parts, AsyncDisposable {
  readonly #running = new Set<ChildProcess>();

  constructor() {
    process.once('exit', () => this.#killAll());
  }

  async startServer(part: Part, { database, env }: ServerSettings): Promise<Server> {
    const settings = {
      LION_DATABASE_URL: `file:${database}`,
      LION_PORT: '0',
      LION_MODEL: 'builtin',
      LION_LOG_LEVEL: 'warn',
      LION_LIMITS: manyOfAll,
      STOCK_DATABASE: database,
    };
    const child = this.#start(programs[part], [], { ...settings, ...env });
    const { url = '', key = '' } = await nextMessage(child, (message) => message.url !== undefined, startMs);
    let questions = 0;
    const ask = async (question: string): Promise<unknown> => {
      const id = ++questions;
      const answered = nextMessage(child, (message) => message.id === id, startMs);
      child.send({ id, ask: question });
      return (await answered).answer;
    };
    return {
      part,
      url,
      key,
      memory: async () => (await ask('memory')) as Awaited<ReturnType<Server['memory']>>,
      processorMs: async () => (await ask('processorMs')) as number,
      limitedKey: async () => (await ask('limitedKey')) as string,
      followers: async () => (await ask('followers')) as number,
      commits: async () => (await nextMessage(child, ({ commits }) => commits !== undefined, startMs)).commits!,
      [Symbol.asyncDispose]: () => this.#stop(child),
    };
  }

  async runProgram(path: string, args: readonly string[]): Promise<Message> {
    const child = this.#start(path, args, {});
    const ended = once(child, 'exit');
    const result = await nextMessage(child, () => true, 60_000);
    await ended;
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#killAll();
    await Promise.resolve();
  }

  #start(path: string, args: readonly string[], env: Record<string, string>): ChildProcess {
    const child = fork(fileURLToPath(new URL(`../${path}`, import.meta.url)), args, {
      // The stock pub/sub sets off a warning of many listeners, which is known.
      execArgv: ['--expose-gc', ...(path.startsWith('stock/') ? ['--no-warnings'] : [])],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      // The table alone goes to standard output.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(timer);
  }

  #killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}

/** @throws Error when the process ends, or is silent for too long */
function nextMessage(child: ChildProcess, isWanted: (message: Message) => boolean, withinMs: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      finish();
    };
    const onMessage = (message: unknown): void => {
      if (isWanted(message as Message)) settle(() => resolve(message as Message));
    };
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() => reject(new Error(`${child.spawnfile} ${child.spawnargs.at(-1)} ended with ${code ?? signal}`)));
    const timer = setTimeout(() => settle(() => reject(new Error(`No answer within ${withinMs} ms`))), withinMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
