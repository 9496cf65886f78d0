import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createClient, LionClientError, type Client } from '../../src/client/index.ts';
import { Prisma } from '../../src/database/client.ts';
import { inPieces } from '../../src/database/pieces.ts';
import { pruning } from '../../src/history/pruning.ts';
import { operationId, type SessionId } from '../../src/ids.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { openProxy, type Proxy } from '../support/proxy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { scripted } from '../support/scripted.ts';
import { jobOn, type Done, type Stage } from './job.ts';
import { Broken, type Status } from './model.ts';

/** What the model says to each call. */
export const modelSays = 'So it is said.';

/** A process, from its start to its crash. */
interface Life {
  folder: string;
  stage: Stage;
  test: TestLion;
  proxy: Proxy;
  client: Client;
}

/** An operation that has not ended, as the database has it. */
export interface Unfinished {
  id: string;
  sessionId: string;
  number: number;
  parent: number | null;
  status: Status;
  isReady: boolean;
}

/** What a client was answered: what it asked for, or a code; LOST where the process was gone before it could answer. */
export type Answered<T> = { value: T; code?: undefined } | { code: string; operationId?: string | undefined; value?: undefined };

/** How long something that goes on by itself may take. */
const patienceMs = 8000;

/**
 * A Lion that is killed and started again. A crash is what `kill -9` leaves: the files of the database as they are at one moment between two
 * transactions, in a process that knows nothing of the former one. What the former one does later reaches nobody: its connections are cut, and it
 * works on files of its own until it has unwound.
 */
export class Lives implements AsyncDisposable {
  readonly done: Done[] = [];
  crashes = 0;
  #ready!: Promise<Life>;
  #life!: Life;
  #key!: string;
  readonly #scratch = scratchFolder();
  readonly #unwound: Promise<unknown>[] = [];
  readonly #clients: Client[] = [];

  static async open(): Promise<Lives> {
    const lives = new Lives();
    await lives.#begin();
    return lives;
  }

  #begin(): Promise<Life> {
    this.#ready = this.#open(join(this.#scratch.path, `${this.crashes}`));
    return this.#ready;
  }

  async #open(folder: string): Promise<Life> {
    const stage: Stage = { isDead: false, held: new Set(), done: this.done };
    const { verify: _, calls: __, ...models } = scripted(Array.from({ length: 1000 }, () => modelSays));
    const test = await openTestLion({
      folder,
      definitions: [jobOn(stage)],
      models,
      leavesWork: true,
      config: { durability: 'normal', sweepMs: 86_400_000 },
    });
    this.#key ??= test.key;
    const proxy = await openProxy(() => (stage.isDead ? 'http://127.0.0.1:9' : test.url));
    const client = createClient({ url: proxy.url, key: this.#key, webSocketImpl: WebSocket });
    this.#life = { folder, stage, test, proxy, client };
    return this.#life;
  }

  /** Kills the process at once, and starts another one on what it left. */
  async crash(): Promise<void> {
    const { stage, folder, ...life } = await this.#ready;
    if (stage.isDead) return void (await this.#ready);
    stage.isDead = true;
    life.proxy.cut();
    this.crashes++;
    const next = join(this.#scratch.path, `${this.crashes}`);
    mkdirSync(next, { recursive: true });
    for (const file of ['lion.db', 'lion.db-wal'])
      if (existsSync(join(folder, file))) copyFileSync(join(folder, file), join(next, file));
    this.#unwound.push(this.#end({ ...life, stage, folder }));
    await this.#begin();
  }

  async #end({ stage, test, proxy, client }: Life): Promise<void> {
    stage.isDead = true;
    await client.close();
    await test[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  }

  /** Asks the Lion that lives. @throws Broken for an error that nobody is expected to handle */
  async ask<T>(request: (client: Client) => Promise<T>): Promise<Answered<T>> {
    const { client, stage } = await this.#ready;
    try {
      return { value: await request(client) };
    } catch (error) {
      if (error instanceof LionClientError) {
        if (stage.isDead) return { code: 'LOST' };
        if (error.code !== 'UNREACHABLE' && error.code !== 'INTERNAL')
          return { code: error.code, operationId: error.operationId };
        throw new Broken(`A client is told ${error.code}: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  /** A client that comes back after each crash. */
  lastingClient(): Client {
    const url = async (): Promise<string> => (await this.#ready).proxy.url;
    const client = createClient({ url, key: this.#key, webSocketImpl: WebSocket });
    this.#clients.push(client);
    return client;
  }

  /** Prunes all that may be. */
  async prune(): Promise<void> {
    const { test, stage } = await this.#ready;
    await inPieces(test.lion.database, pruning(new Date())).catch((error: unknown) => {
      if (!stage.isDead) throw error;
    });
  }

  /** Lets so many of the steps that wait at their gates go on, beginning with one of them. */
  async go(from: number, count: number): Promise<void> {
    const { stage } = await this.#ready;
    const held = [...stage.held];
    for (let n = 0; n < Math.min(count, held.length); n++) {
      const one = held[(from + n) % held.length]!;
      stage.held.delete(one);
      one.gate.open();
    }
  }

  /** What an upkeep counts on, as the database has it. */
  async unfinishedCount(sessionId: string): Promise<number | undefined> {
    const { test } = await this.#ready;
    return (await test.lion.database.reader.sessionHead.findUnique({ where: { sessionId } }))?.unfinished;
  }

  async unfinished(): Promise<Unfinished[]> {
    const { test } = await this.#ready;
    const rows = await test.lion.database.query<Omit<Unfinished, 'id'>>(Prisma.sql`
      SELECT "sessionId", "number", "parent", "status", "readyAt" IS NOT NULL AS "isReady" FROM "Operation"
      WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING') ORDER BY "sessionId", "number"`);
    return rows.map(({ isReady, ...row }) => ({
      ...row,
      id: operationId(row.sessionId as SessionId, row.number),
      isReady: isReady !== 0,
    }));
  }

  /**
   * Waits until nothing goes on by itself any more: whatever has not ended waits for a person, for its turn, for a child, or at a gate.
   *
   * @returns what has not ended
   * @throws Broken when something is stuck
   */
  async settle(): Promise<Unfinished[]> {
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const all = await this.unfinished();
      const going = all.filter((operation) => !this.#isSettled(operation, all));
      if (going.length === 0) return all;
      if (Date.now() > giveUpAt) throw new Broken(`These do not go on: ${JSON.stringify(going)}; of ${JSON.stringify(all)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #isSettled({ id, sessionId, number, parent, status, isReady }: Unfinished, all: readonly Unfinished[]): boolean {
    const isBeside = (other: Unfinished): boolean => other.sessionId === sessionId && other.number !== number;
    if (status === 'WAITING') return true;
    if (status === 'RUNNING')
      return (
        [...this.#life.stage.held].some(({ operation }) => operation === id) ||
        all.some((other) => isBeside(other) && other.parent === number)
      );
    // What was there for two crashes has its turn alone.
    if (isReady) return this.crashes > 1 && all.some((other) => other.id !== id && other.status === 'RUNNING');
    return all.some((other) => isBeside(other) && parent === null && other.parent === null && other.number < number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await Promise.allSettled([...this.#unwound, this.#ready.then((life) => this.#end(life))]);
    this.#scratch[Symbol.dispose]();
  }
}
