import type { Keys, UnauthenticatedError, Viewer } from './key.ts';

/**
 * Does what may take long for somebody: for as long as the key or token works that was shown.
 *
 * @param signal fires when nobody waits for it any more
 * @param work given what fires then, and once the key has ended
 * @throws UnauthenticatedError where the key ended meanwhile, whatever `work` came to; what `work` throws, otherwise
 */
export async function whileKeyWorks<T>(
  keys: Keys,
  viewer: Viewer,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const giveUp = (): void => over.abort(signal?.reason);
  let ended: UnauthenticatedError | undefined;
  const stopWatching = keys.watch(viewer, (error) => {
    ended = error;
    over.abort(error);
  });
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted === true) giveUp();
  try {
    const result = await work(over.signal);
    if (ended) throw ended;
    return result;
  } finally {
    stopWatching();
    signal?.removeEventListener('abort', giveUp);
  }
}
