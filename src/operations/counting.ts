import type { Limits } from '../access/limits.ts';
import { Prisma, type Database } from '../database/client.ts';
import type { Owner } from '../history/tally.ts';

/** Counts what is started, for the limit of operations a minute. */
export interface Counting {
  /**
   * Counts an operation, and starts it. One that was not started after all does not count, nor does one that was there before: that is not even
   * refused.
   *
   * @param idempotencyKey of the request
   * @throws RateLimitedError, what `start` throws
   */
  counted<T extends { repeated: boolean }>(owner: Owner, idempotencyKey: string | undefined, start: () => Promise<T>): Promise<T>;
}

export function openCounting(database: Database, limits: Pick<Limits, 'operation'>): Counting {
  const isUsed = async ({ projectId }: Owner, key: string): Promise<boolean> => {
    const find = Prisma.sql`SELECT 1 FROM "IdempotencyKey" WHERE "projectId" = ${projectId} AND "key" = ${key}`;
    return (await database.query(find)).length > 0;
  };
  return {
    async counted(owner, idempotencyKey, start) {
      if (idempotencyKey !== undefined && (await isUsed(owner, idempotencyKey))) return start();
      const { giveBack } = await limits.operation(owner);
      let isStarted = false;
      try {
        const started = await start();
        isStarted = !started.repeated;
        return started;
      } finally {
        if (!isStarted) await giveBack();
      }
    },
  };
}
