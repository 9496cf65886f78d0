import type { Transaction } from '../database/client.ts';
import type { OperationRef } from '../ids.ts';

/** The numbers of an operation and of all its descendants. */
export async function operationTree(
  reader: Pick<Transaction, '$queryRaw'>,
  { sessionId, number }: OperationRef,
): Promise<number[]> {
  const members = await reader.$queryRaw<{ number: number | bigint }[]>`
    WITH RECURSIVE tree("number") AS (
      SELECT CAST(${number} AS INTEGER)
      UNION ALL
      SELECT "Operation"."number" FROM "Operation" JOIN tree ON "Operation"."parent" = tree."number" WHERE "Operation"."sessionId" = ${sessionId}
    ) SELECT "number" FROM tree`;
  return members.map((member) => Number(member.number));
}
