import type { Transaction } from '../database/client.ts';
import { lastSeqOf, toEvent, type StoredEvent } from './event.ts';

/** What is read of a history: the events between two seqs, neither of which is among them. */
interface Stretch {
  sessionId: string;
  after: number;
  /** @default the end of the history */
  before?: number | undefined;
}

/**
 * Completes a stretch of a history where it begins or ends inside of a pruned run: of such a run, its part in the stretch is one
 * `EventsPruned` of its own. So whoever has seen n next sees n + 1, also when what follows was pruned meanwhile.
 *
 * @param events what is stored in the stretch from its beginning on, or those of it that are wanted, among them all `EventsPruned`
 */
export async function withRunsOf(
  reader: Pick<Transaction, 'event'>,
  { sessionId, after, before = Infinity }: Stretch,
  events: readonly StoredEvent[],
): Promise<StoredEvent[]> {
  const first = events[0]?.seq ?? before;
  const run = first === after + 1 || after <= 0 ? undefined : await runAround(reader, sessionId, after);
  // Read later than the events, the run may reach over some of them.
  return [...(run ? [endingBefore(run, first)] : []), ...events].map((event) => endingBefore(event, before));
}

/** What is left after the cursor of the pruned run that it lies in; undefined where it lies in none. */
export async function runAround(
  reader: Pick<Transaction, 'event'>,
  sessionId: string,
  cursor: number,
): Promise<StoredEvent | undefined> {
  const row = await reader.event.findFirst({ where: { sessionId, seq: { lte: cursor } }, orderBy: { seq: 'desc' } });
  const last = row && toEvent(row);
  return last && lastSeqOf(last) > cursor ? { ...last, seq: cursor + 1 } : undefined;
}

const endingBefore = (event: StoredEvent, before: number): StoredEvent =>
  event.type === 'EventsPruned' && event.payload.through >= before ? { ...event, payload: { through: before - 1 } } : event;
