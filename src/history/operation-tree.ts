import type { Transaction } from '../database/client.ts';
import type { OperationRef } from '../ids.ts';
import type { Segment } from './past.ts';

/** An operation and all its descendants, and where in the rows of its session their events lie. */
export interface OperationTree {
  numbers: number[];
  /** The event before its first. */
  after: number;
  /** Its last event; undefined where more may come. */
  through: number | undefined;
}

export async function readOperationTree(
  reader: Pick<Transaction, '$queryRaw'>,
  { sessionId, number }: OperationRef,
): Promise<OperationTree> {
  const members = await reader.$queryRaw<{ number: number | bigint; queuedSeq: number; endedSeq: number | null }[]>`
    WITH RECURSIVE tree("number") AS (
      SELECT CAST(${number} AS INTEGER)
      UNION ALL
      SELECT "Operation"."number" FROM "Operation" JOIN tree ON "Operation"."parent" = tree."number" WHERE "Operation"."sessionId" = ${sessionId}
    ) SELECT "number", "queuedSeq", "endedSeq" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" IN (SELECT "number" FROM tree)`;
  const numbers = members.map((member) => Number(member.number));
  const root = members[numbers.indexOf(number)];
  return {
    numbers: root ? numbers : [number],
    after: Math.max(0, (root?.queuedSeq ?? 0) - 1),
    through: members.every(({ endedSeq }) => endedSeq !== null)
      ? Math.max(...members.map(({ endedSeq }) => endedSeq!))
      : undefined,
  };
}

/** The part of a segment that the events of an operation lie in. */
export const narrowed = (segment: Segment, { after, through = segment.through }: OperationTree): Segment => ({
  ...segment,
  after: Math.max(segment.after, after),
  through: Math.min(segment.through, through),
});
