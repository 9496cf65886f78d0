import type { Clock } from '../clock.ts';
import type { Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';

/** How often uses are written: all that gathered, in one commit. */
const writtenEveryMs = 60_000;

interface Uses {
  /** By the id of a key. */
  keys: Map<string, Date>;
  /** By the hash of a former secret. */
  secrets: Map<string, Date>;
}

/** When keys were last used: kept at hand, and written once a minute at most. */
export class LastUse {
  readonly #database: Database;
  readonly #clock: Clock;
  #unwritten: Uses = { keys: new Map(), secrets: new Map() };
  #stopTimer: (() => void) | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @param formerSecret the hash of the secret, where it is not the key's own any more */
  note(keyId: string, formerSecret?: string): void {
    const now = this.#clock.now();
    this.#unwritten.keys.set(keyId, now);
    if (formerSecret !== undefined) this.#unwritten.secrets.set(formerSecret, now);
    // What cannot be written now is so with the next use.
    this.#stopTimer ??= this.#clock.timer(writtenEveryMs, () => void this.write().catch(() => {}));
  }

  /** What is not written yet. */
  of(keyId: string): Date | undefined {
    return this.#unwritten.keys.get(keyId);
  }

  ofSecret(hash: string): Date | undefined {
    return this.#unwritten.secrets.get(hash);
  }

  async write(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const [keys, secrets] = [[...this.#unwritten.keys], [...this.#unwritten.secrets]];
    if (keys.length === 0) return;
    await this.#database.commit(({ executeEach }) => {
      executeEach(`UPDATE "Key" SET "lastUsedAt" = ? WHERE "id" = ?`, rowsOf(keys));
      executeEach(`UPDATE "FormerSecret" SET "lastUsedAt" = ? WHERE "hash" = ?`, rowsOf(secrets));
    });
    forget(this.#unwritten.keys, keys);
    forget(this.#unwritten.secrets, secrets);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    await this.write().catch(() => {});
    this.#stopTimer?.();
  }
}

const rowsOf = (uses: readonly [id: string, at: Date][]): [at: string, id: string][] =>
  uses.map(([id, at]) => [storedTime(at), id]);

/** What was used again meanwhile is still to be written. */
function forget(uses: Map<string, Date>, written: readonly [id: string, at: Date][]): void {
  for (const [id, at] of written) if (uses.get(id) === at) uses.delete(id);
}
