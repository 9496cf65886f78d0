import type { PrismaClient } from '../database/client.ts';
import type { InputRequest } from '../history/event.ts';

/** What an operation asks of a person now. */
export interface InputAsked extends InputRequest {
  name: string;
  requestedAt: Date;
  until: Date | null;
}

/** What an operation asks; where it asks for several things at once, the one that it has asked for longest. */
export async function readInputRequest(
  db: PrismaClient,
  { sessionId, number, openWaits }: { sessionId: string; number: number; openWaits: number },
): Promise<InputAsked | null> {
  if (openWaits === 0) return null;
  const wait = await db.wait.findFirst({
    where: { sessionId, operation: number, reason: 'PERSON', endedAt: null },
    orderBy: [{ startedAt: 'asc' }, { name: 'asc' }],
  });
  if (!wait) return null;
  const { question, context, schema, complaint } = wait.request as unknown as InputRequest;
  return { name: wait.name, question, context, schema, complaint, requestedAt: wait.startedAt, until: wait.until };
}
