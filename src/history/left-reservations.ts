import { Prisma } from '../database/client.ts';
import type { Statements } from '../database/statements.ts';
import type { SessionId } from '../ids.ts';
import { Ledger, LedgerDraft, type ReservationState } from './ledger.ts';
import { readReservationsIn, reservationColumns } from './ledger-statements.ts';

/**
 * Takes calls of which nobody will tell what they used to have used all that was reserved for them: the provider may have charged
 * for it.
 */
function assumeUsed(statements: Statements, reservations: readonly ReservationState[], now: Date): void {
  if (reservations.length === 0) return;
  const ledger = new Ledger(statements, { isUsed: true }, now);
  const draft = new LedgerDraft(ledger);
  for (const reservation of reservations) draft.settle(reservation, reservation.step, { tokens: 0, cost: 0 }, false);
  draft.commit();
  ledger.save();
}

/**
 * Settles what a process reserved that is gone.
 *
 * @returns how many reservations it left, and whether there is any budget
 */
export function settleLeftBehind(statements: Statements, now: Date): { left: number; isUsed: boolean } {
  const left = statements.query<ReservationState>(
    Prisma.sql`SELECT ${Prisma.raw(reservationColumns)} FROM "Reservation" ORDER BY "sessionId", "operation", "step"`,
  );
  assumeUsed(statements, left, now);
  const isUsed = [Prisma.sql`SELECT * FROM "Budget" LIMIT 1`, Prisma.sql`SELECT * FROM "SessionBudget" LIMIT 1`].some(
    (first) => statements.query(first).length > 0,
  );
  return { left: left.length, isUsed };
}

/** Of a session that is deleted: its calls are broken off, and its budgets are nobody's any more. What it used is used. */
export function closeLedgerOf(statements: Statements, sessionId: SessionId, now: Date): void {
  assumeUsed(statements, readReservationsIn(statements, sessionId), now);
  statements.execute(Prisma.sql`DELETE FROM "SessionBudget" WHERE "sessionId" = ${sessionId}`);
}
