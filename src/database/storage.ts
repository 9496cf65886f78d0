import { statfsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { StorageError, storageFault } from './errors.ts';
import type { StatementConnection, Statements } from './statements.ts';

/** How long a write waits for a lock that another program holds, and how soon it tries again, in ms. */
const lock = { patienceMs: 5000, againMs: 20 };

/** How much space has to be free for a disk not to be full any more: more than one transaction takes. */
const enoughBytes = 1024 * 1024;

/** While something is at fault, how often it is tried whether it still is, in ms: anybody may ask. */
const probeEveryMs = 250;

/** What knows whether a database can be written. */
export interface Storage {
  /**
   * Runs a transaction, once other programs let it.
   *
   * @throws StorageError when the storage is at fault: then nothing was kept; what `work` throws, otherwise
   */
  write<T>(work: (statements: Statements) => T): Promise<T>;
  /** What keeps writes from the database; undefined where nothing does. */
  fault(): StorageError | undefined;
}

/** @param path of the database file, from which it must not be moved */
export function openStorage(path: string, writer: StatementConnection): Storage {
  const database = identityOf(path);
  let log: string | undefined;
  /** What the last write met, until one shows that it is over. */
  let met: StorageError | undefined;
  let probedAt = 0;

  /** Whether the files are not those that are open: what is written to these is lost. */
  function isGone(): boolean {
    const logNow = identityOf(`${path}-wal`);
    log ??= logNow;
    return identityOf(path) !== database || logNow !== log;
  }

  function refuseGone(): void {
    if (isGone()) throw new StorageError('STORAGE_GONE');
  }

  function attempt<T>(work: () => T): T {
    try {
      refuseGone();
      const result = work();
      // What went away meanwhile was written in vain.
      refuseGone();
      // With a little space left, a small write says nothing of the next.
      if (met?.code !== 'STORAGE_FULL') met = undefined;
      return result;
    } catch (error) {
      const fault = storageFault(error);
      if (fault instanceof StorageError) met = fault;
      throw fault;
    }
  }

  return {
    async write(work) {
      // Where somebody waited in vain already, nobody else does.
      const giveUpAt = performance.now() + (met?.code === 'STORAGE_LOCKED' ? 0 : lock.patienceMs);
      for (;;) {
        try {
          return attempt(() => writer.transaction(work));
        } catch (error) {
          if (!(error instanceof StorageError) || error.code !== 'STORAGE_LOCKED' || performance.now() >= giveUpAt) throw error;
          await delay(lock.againMs);
        }
      }
    },
    fault() {
      if (isGone()) return new StorageError('STORAGE_GONE');
      if (!met || performance.now() < probedAt + probeEveryMs) return met;
      probedAt = performance.now();
      try {
        const wasFull = met.code === 'STORAGE_FULL';
        attempt(() => writer.probe());
        if (!wasFull || freeBytes(path) >= enoughBytes) met = undefined;
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
      }
      return met;
    },
  };
}

/** Which file it is that goes by a name; undefined where there is none. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && `${stats.dev}/${stats.ino}`;
  } catch {
    // Its folder cannot be looked into.
    return undefined;
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
