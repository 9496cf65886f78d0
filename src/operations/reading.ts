import { Prisma, type Database, type OperationRow } from '../database/client.ts';
import { timeOf, type Stored } from '../database/statements.ts';
import type { OperationRef } from '../ids.ts';

/** Reads an operation of a project by itself, as the ORM would, in a tenth of the time. @returns undefined where there is none */
export async function readOperationRow(
  database: Database,
  { sessionId, number }: OperationRef,
  projectId: string,
): Promise<OperationRow | undefined> {
  const [found] = await database.query<OperationRow>(
    Prisma.sql`SELECT * FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${number} AND "projectId" = ${projectId}`,
  );
  return found && rowOf(found);
}

function rowOf(stored: Stored<OperationRow>): OperationRow {
  const json = (text: unknown): Prisma.JsonValue => (text === null ? null : (JSON.parse(text as string) as Prisma.JsonValue));
  return {
    ...stored,
    reasoning: stored.reasoning !== 0,
    input: json(stored.input),
    output: json(stored.output),
    partialOutput: json(stored.partialOutput),
    error: json(stored.error),
    inputTokens: BigInt(stored.inputTokens),
    outputTokens: BigInt(stored.outputTokens),
    cachedTokens: BigInt(stored.cachedTokens),
    reasoningTokens: BigInt(stored.reasoningTokens),
    cost: stored.cost === null ? null : BigInt(stored.cost),
    createdAt: timeOf(stored.createdAt),
    startedAt: timeOf(stored.startedAt),
    finishedAt: timeOf(stored.finishedAt),
    deadlineAt: timeOf(stored.deadlineAt),
    personSince: timeOf(stored.personSince),
    readyAt: timeOf(stored.readyAt),
    prunedAt: timeOf(stored.prunedAt),
  };
}
