import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './client.ts';
import type { Statements } from './statements.ts';

/** How long a piece may hold the writer, in ms: live work waits meanwhile. */
const pieceMs = 5;

/** Does some of a work, a little at a time, until it is done or its time is over. @returns whether there is more */
export type Piece = (statements: Statements, isOver: () => boolean) => boolean;

/**
 * Does in many short transactions what would hold up live work as one. Between two of them the writer is free for as long as
 * one took. What is done is done: after a crash, the same work finds the rest.
 *
 * @param signal ends it after the current piece
 */
export async function inPieces(database: Pick<Database, 'commit'>, piece: Piece, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    let beginMs = 0;
    const more = await database.commit((statements) => {
      beginMs = performance.now();
      return piece(statements, timeFor(pieceMs));
    });
    if (!more) return;
    await delay(performance.now() - beginMs, undefined, signal && { signal }).catch(() => {});
  }
}

/** @returns what says whether the time from now on is over */
function timeFor(ms: number): () => boolean {
  const endMs = performance.now() + ms;
  return () => performance.now() >= endMs;
}

/** A piece that fits into somebody else's transaction. @returns whether there is more */
export const onePiece = (statements: Statements, piece: Piece): boolean => piece(statements, timeFor(pieceMs));
