import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Prisma } from '../database/client.ts';
import type { Lion } from '../lion.ts';
import { version } from './version.ts';

/** How a Lion is at the moment. */
export interface SystemState {
  version: string;
  startedAt: Date;
  queued: number;
  running: number;
  waiting: number;
  /** Since when the first operation of the queue could have been claimed; null where none is in it. */
  oldestQueuedAt: Date | null;
  /** When the oldest operation was made that has not ended; null where all have. */
  oldestUnfinishedAt: Date | null;
  slots: number;
  subscribers: number;
  /** How many events the slowest subscription is behind. */
  largestLag: number;
  databaseBytes: number;
  walBytes: number;
  freeDiskBytes: number;
  /** What is wrong, in sentences; empty where nothing is. */
  faults: string[];
}

/** Less than that, and a few large answers fill the disk. */
const littleDiskBytes = 64 * 1024 * 1024;

const startedAt = new Date(Date.now() - performance.now());

/** Looks at a Lion as it is now: few rows, each by an index. */
export async function systemState({ database, agent, config, feed }: Lion): Promise<SystemState> {
  const fault = database.fault();
  const faults: string[] = [];
  if (agent.isStopping) faults.push('Lion is stopping.');
  if (fault) faults.push(fault.message);
  const freeDiskBytes = freeBytes(dirname(database.path));
  if (freeDiskBytes < littleDiskBytes)
    faults.push(`The disk of the database has ${Math.floor(freeDiskBytes / 1024 / 1024)} MiB left. Free some space.`);
  const unfinished = await unfinishedBy(database).catch((error: unknown) => {
    if (!fault) faults.push(`The database cannot be read: ${(error as { code?: string }).code ?? 'it does not answer'}.`);
    return undefined;
  });
  const { count, largestLag } = feed.followers();
  const of = (status: string): number => unfinished?.get(status)?.n ?? 0;
  const oldest = [...(unfinished?.values() ?? [])].flatMap(({ oldestAt }) => (oldestAt === null ? [] : [new Date(oldestAt)]));
  const readyAt = unfinished?.get('QUEUED')?.readyAt ?? null;
  return {
    version,
    startedAt,
    queued: of('QUEUED'),
    running: of('RUNNING'),
    waiting: of('WAITING'),
    oldestQueuedAt: readyAt === null ? null : new Date(readyAt),
    oldestUnfinishedAt: oldest.length === 0 ? null : new Date(Math.min(...oldest.map(Number))),
    slots: config.concurrency,
    subscribers: count,
    largestLag,
    databaseBytes: sizeOf(database.path),
    walBytes: sizeOf(`${database.path}-wal`),
    freeDiskBytes,
    faults,
  };
}

interface Unfinished {
  status: string;
  n: number;
  oldestAt: string | null;
  readyAt: string | null;
}

async function unfinishedBy(database: Lion['database']): Promise<Map<string, Unfinished>> {
  const rows = await database.query<Unfinished>(Prisma.sql`
    SELECT "status", COUNT(*) AS "n", MIN("createdAt") AS "oldestAt", MIN("readyAt") AS "readyAt" FROM "Operation"
    WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING') GROUP BY "status"`);
  return new Map(rows.map((row) => [row.status, row]));
}

/** The size of a file in bytes; 0 where there is none. */
export const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // The folder is gone, and the database with it, which is told of as such.
    return Number.MAX_SAFE_INTEGER;
  }
}
