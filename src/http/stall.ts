import type { Socket } from 'node:net';

/**
 * Watches a connection for one that drains nothing while data is pending.
 *
 * @param onStall called once, when nothing was drained for `stallMs`
 * @returns what stops watching
 */
export function watchForStall(socket: Socket, stallMs: number, onStall: () => void): () => void {
  let drained = -1;
  let since = performance.now();
  const timer = setInterval(
    () => {
      const now = performance.now();
      const drainedNow = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || drainedNow !== drained) {
        drained = drainedNow;
        since = now;
      } else if (now - since >= stallMs) {
        stop();
        onStall();
      }
    },
    Math.max(20, stallMs / 8),
  );
  timer.unref();
  const stop = (): void => clearInterval(timer);
  socket.once('close', stop);
  return stop;
}
