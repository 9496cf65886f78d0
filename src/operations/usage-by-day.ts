import { Prisma, type Database } from '../database/client.ts';
import { InputInvalidError } from '../errors.ts';
import type { UsagePayload } from '../history/event.ts';

/** What usage can be added up by: columns of its table. */
export type UsageColumn = 'model' | 'kind' | 'keyId' | 'day';

export interface UsageQuery {
  projectId: string;
  /** The first day, in UTC. @default 30 days, the last included */
  from?: Date | null | undefined;
  /** The last day, which is included. @default today */
  to?: Date | null | undefined;
  by: readonly UsageColumn[];
}

/** What the calls of one group used; what it is not grouped by is null. */
export interface UsageGroup extends Record<UsageColumn, string | null> {
  calls: number;
  /** How many of them have no known price. */
  unpricedCalls: number;
  usage: UsagePayload;
}

const dayMs = 24 * 60 * 60 * 1000;
const longestPeriodDays = 366;

/** What the model calls of a project used over a period of whole days, most recent and largest first. @throws InputInvalidError */
export async function usageByDay(database: Database, { projectId, from, to, by }: UsageQuery): Promise<UsageGroup[]> {
  const last = to ?? new Date();
  const first = from ?? new Date(last.getTime() - 29 * dayMs);
  if (first > last) throw new InputInvalidError([{ path: 'from', message: 'must not be after `to`' }]);
  if (last.getTime() - first.getTime() > longestPeriodDays * dayMs)
    throw new InputInvalidError([{ path: 'from', message: `must be at most ${longestPeriodDays} days before \`to\`` }]);
  const shown = (column: UsageColumn): Prisma.Sql => Prisma.raw(by.includes(column) ? `NULLIF("${column}", '')` : 'NULL');
  const day = (time: Date): string => time.toISOString().slice(0, 10);
  const groups = await database.query<Omit<UsageGroup, 'usage'> & UsagePayload>(Prisma.sql`
    SELECT ${shown('model')} AS "model", ${shown('kind')} AS "kind", ${shown('keyId')} AS "keyId", ${shown('day')} AS "day",
      SUM("calls") AS "calls", SUM("unpricedCalls") AS "unpricedCalls", SUM("inputTokens") AS "inputTokens",
      SUM("outputTokens") AS "outputTokens", SUM("cachedTokens") AS "cachedTokens", SUM("reasoningTokens") AS "reasoningTokens",
      CASE WHEN SUM("unpricedCalls") = 0 THEN SUM("cost") END AS "cost"
    FROM "UsageOfDay" WHERE "projectId" = ${projectId} AND "day" BETWEEN ${day(first)} AND ${day(last)}
    GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 0
    ORDER BY 4 DESC, SUM("inputTokens") + SUM("outputTokens") DESC`);
  return groups.map(({ model, kind, keyId, day: ofDay, calls, unpricedCalls, ...usage }) => ({
    model,
    kind,
    keyId,
    day: ofDay,
    calls,
    unpricedCalls,
    usage,
  }));
}
