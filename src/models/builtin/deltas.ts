import { setImmediate, setTimeout } from 'node:timers/promises';
import { createRandom } from './random.ts';

/** How many deltas may pass before others get their turn on the event loop. */
const DELTAS_PER_TURN = 64;

/** The text in pieces of one to three words, none of them empty, none of them half a character. */
export function* deltasOf(text: string, seed: number): Generator<string, void, void> {
  const random = createRandom(seed, 'deltas', text.length);
  const words = text.matchAll(/\s*[^\s]{1,24}(?![\udc00-\udfff])\s*|[\s\S]/g);
  let piece = '';
  let left = 1 + random.below(3);
  for (const [word] of words) {
    piece += word;
    left -= 1;
    if (left > 0) continue;
    yield piece;
    piece = '';
    left = 1 + random.below(3);
  }
  if (piece !== '') yield piece;
}

/**
 * Waits before a delta: for `delayMs`, or, every now and then, for a turn of the event loop.
 *
 * @throws the signal's reason, when it is aborted before or meanwhile.
 */
export async function pace(index: number, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (delayMs > 0) {
    // The timer rejects with an error of its own; what the caller aborted with is in the signal.
    await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  } else if (index % DELTAS_PER_TURN === DELTAS_PER_TURN - 1) {
    await setImmediate();
    signal?.throwIfAborted();
  }
}
