import type { Examination } from '../database/examination.ts';
import { storedJson, storedTime } from '../database/statements.ts';
import { eventVersion } from '../history/event.ts';
import { unfinished } from './sql.ts';

interface Dangling {
  sessionId: string;
  operation: number;
}

/** How many are cancelled at a time. */
const unit = 1000;

/**
 * Cancels children whose parent has ended, and their own children before them, as the end of the parent would have done: with an event
 * each, at the end of the history. Their counters are mended by the checks that are for these.
 *
 * @param find SQL that finds them
 */
export function cancelDangling({ all, run }: Pick<Examination, 'all' | 'run'>, find: string): void {
  for (;;) {
    const found = all<Dangling>(`SELECT "sessionId", "operation" FROM (${find}) WHERE "mendable" LIMIT ${unit}`);
    if (found.length === 0) return;
    const at = storedTime(new Date());
    for (const { sessionId, operation } of found) {
      // Children are younger than their parent.
      const family = all<{ number: number }>(
        `WITH RECURSIVE tree(n) AS (
          SELECT ?
          UNION
          SELECT "number" FROM "Operation" JOIN tree ON "parent" = n WHERE "sessionId" = ? AND "status" IN ${unfinished}
        ) SELECT n AS "number" FROM tree ORDER BY n DESC`,
        operation,
        sessionId,
      );
      for (const { number } of family) {
        run(`UPDATE "SessionHead" SET "lastSeq" = "lastSeq" + 1 WHERE "sessionId" = ?`, sessionId);
        run(
          `INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
          SELECT "sessionId", "lastSeq", 'OperationCancelled', ?, ?, ?, ? FROM "SessionHead" WHERE "sessionId" = ?`,
          eventVersion('OperationCancelled'),
          at,
          number,
          storedJson({ by: 'lion doctor, as its parent had ended' }),
          sessionId,
        );
        run(
          `UPDATE "Operation" SET "status" = 'CANCELLED', "finishedAt" = ?,
            "endedSeq" = (SELECT "lastSeq" FROM "SessionHead" WHERE "SessionHead"."sessionId" = "Operation"."sessionId")
          WHERE "sessionId" = ? AND "number" = ?`,
          at,
          sessionId,
          number,
        );
      }
    }
  }
}
