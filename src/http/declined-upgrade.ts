import { IncomingMessage, ServerResponse, type Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Answers a request that asks for an upgrade which is not to be had, such as the `Upgrade: h2c` of Java's HTTP client, as if
 * it had not asked (RFC 9110, 7.8). Node hands such a request over with a bare socket once anyone listens for upgrades: the
 * body, whose length its headers tell, is still to be read from there. The connection ends with the answer.
 *
 * @param head what of the body has come already
 * @param timeoutMs how long the rest of it may take
 */
export function answerWithoutUpgrade(
  server: Server,
  { method, url, headers, rawHeaders, httpVersion }: IncomingMessage,
  socket: Socket,
  head: Buffer,
  timeoutMs: number,
): void {
  const { upgrade: _, ...kept } = headers;
  const request = Object.assign(new IncomingMessage(socket), {
    method,
    url,
    rawHeaders,
    httpVersion,
    httpVersionMajor: 1,
    httpVersionMinor: 1,
  });
  Object.assign(request.headers, kept, { connection: 'close' });
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());

  let missing = Number(headers['content-length'] ?? 0);
  const take = (chunk: Buffer): void => {
    if (missing > 0) request.push(chunk.subarray(0, missing));
    missing -= chunk.length;
    if (missing > 0) return;
    socket.off('data', take);
    clearTimeout(impatience);
    // Else its end would count as an abort, and take the connection along.
    request.complete = true;
    request.push(null);
  };
  // Node does not look after it any more.
  const impatience = setTimeout(() => socket.destroy(), timeoutMs).unref();
  socket.once('close', () => {
    clearTimeout(impatience);
    request.destroy();
  });
  socket.on('data', take);
  take(head);
  server.emit('request', request, response);
}
