import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

export interface KeepaliveOptions {
  /** How often the other end is pinged. */
  heartbeatMs: number;
  /** How long it may leave a ping unanswered. */
  patienceMs: number;
}

/**
 * Pings the other end of a WebSocket, and ends the connection when nothing comes from there any more. While something is
 * pending, a ping would be stuck behind it, so that a slow reader would be taken for a dead one: that is for `watchForStall`.
 */
export function keepAlive(webSocket: WebSocket, socket: Socket, { heartbeatMs, patienceMs }: KeepaliveOptions): void {
  let askedAt: number | undefined;
  const heard = (): void => void (askedAt = undefined);
  webSocket.on('pong', heard).on('ping', heard).on('message', heard);
  const timer = setInterval(() => {
    if (socket.writableLength > 0 || webSocket.readyState !== webSocket.OPEN) return;
    const now = performance.now();
    if (askedAt !== undefined && now - askedAt >= patienceMs) return webSocket.terminate();
    askedAt ??= now;
    webSocket.ping();
  }, heartbeatMs);
  timer.unref();
  webSocket.once('close', () => clearInterval(timer));
}
