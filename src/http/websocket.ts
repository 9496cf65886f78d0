import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { CloseCode, handleProtocols, makeServer, type Context } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import { keyOf } from '../access/credentials.ts';
import { RateLimitedError } from '../access/limit-errors.ts';
import { presentError } from '../graphql/errors.ts';
import { presentInStream } from '../graphql/prepare.ts';
import type { GraphQLServer } from '../graphql/transport.ts';
import { graphqlPath } from '../graphql/yoga.ts';
import { newFaultId } from '../ids.ts';
import type { Lion } from '../lion.ts';
import { networkOf, type AddressOf } from './address.ts';
import { keyOfRequest } from './admission.ts';
import { holdConnection } from './connections.ts';
import { answerWithoutUpgrade } from './declined-upgrade.ts';
import { keepAlive } from './keepalive.ts';
import { openMessages } from './messages.ts';
import type { Origins } from './origins.ts';
import { answerRaw } from './raw-answer.ts';
import { watchForStall } from './stall.ts';

/** How much may be on its way to a client before what it is to be sent next is waited with. */
const mostPendingBytes = 16 * 1024;

/** How long clients may take to say goodbye when Lion stops. */
const goodbyeMs = 1_000;

/** As the close of a connection has room for it. */
const keyMissing = 'An API key is missing. Send it in the payload of connection_init: {"X-API-Key": "<key>"}';

/** More was asked for than may be at this time. */
const tooMuch = 4429;

/** What came is not the client's doing, and it may come back. */
const tryAgainLater = 1013;

const foreignOrigin = {
  status: 403,
  code: 'FORBIDDEN',
  message: 'Pages of that origin may not use Lion. Its operator can name the origin in LION_CORS_ORIGINS.',
};

interface Connection {
  socket: WebSocket;
  request: IncomingMessage;
  viewer?: Viewer;
}

export interface WebSocketOptions {
  /** How long a client may take to say `connection_init`. */
  initTimeoutMs: number;
  /** How often a client is pinged. */
  heartbeatMs: number;
}

/** What HTTP and WebSocket go by alike. */
interface Doors {
  addressOf: AddressOf;
  origins: Origins;
  /** What a refusal says to browsers. */
  security: Readonly<Record<string, string>>;
}

/**
 * GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
 *
 * @returns what ends all connections
 */
export function serveWebSocket(
  server: Server,
  graphql: GraphQLServer,
  lion: Lion,
  { addressOf, origins, security }: Doors,
  { initTimeoutMs, heartbeatMs }: WebSocketOptions,
): () => Promise<void> {
  const { stallMs, maxRequestBytes } = lion.config;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxRequestBytes, handleProtocols });

  const messages = openMessages(graphql, lion);

  const protocol = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: initTimeoutMs,
    async onConnect(context) {
      const { extra } = context;
      const { socket } = extra;
      const key = keyOfConnection(context);
      try {
        const { viewer } = await lion.admission.admit(key, networkOf(addressOf(extra.request)));
        if (!viewer) throw new UnauthenticatedError('MISSING');
        const release = await lion.limits.connection(viewer);
        socket.once('close', release);
        // It may be gone by then.
        if (socket.readyState === socket.CLOSED) release();
        extra.viewer = viewer;
        const stop = lion.keys.watch(viewer, ({ message }) => socket.close(CloseCode.Forbidden, closeReason(message)));
        socket.once('close', stop);
        if (socket.readyState === socket.CLOSED) stop();
        return true;
      } catch (error) {
        socket.close(...closeOf(error, presentError(error, lion.logger).message));
        return false;
      }
    },
    async onSubscribe({ extra, subscriptions }, _id, payload) {
      try {
        lion.limits.overConnection(Object.keys(subscriptions).length);
        await lion.limits.request(extra.viewer, networkOf(addressOf(extra.request)));
      } catch (error) {
        return [presentInStream(error, lion.logger)];
      }
      return messages.prepare(extra.viewer, extra.request, payload);
    },
    execute: messages.execute,
    subscribe: messages.subscribe,
  });

  /** Nobody foresaw what happened. The client learns where to look for it, and no more. */
  function failed(socket: WebSocket, error: unknown): void {
    const faultId = newFaultId();
    socket.close(CloseCode.InternalServerError, `Something went wrong inside Lion. The server's log has it as ${faultId}.`);
    lion.logger.error({ err: error, faultId }, 'a WebSocket connection met a fault');
  }

  function opened(socket: WebSocket, request: IncomingMessage): void {
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        // A connection that is gone is told of by its close.
        send: (data) => (socket.readyState === socket.OPEN ? sendTogether(socket, request.socket, data) : undefined),
        close: (code, reason) => socket.close(code, reason),
        onMessage(take) {
          socket.on('message', (data: Buffer, isBinary) => {
            if (isBinary) socket.close(CloseCode.BadRequest, 'Invalid message received: it is binary, and not text');
            else take(data.toString()).catch((error: unknown) => failed(socket, error));
          });
        },
      },
      { socket, request },
    );
    // What is not of the protocol ends the connection; it is not a fault of the server's.
    socket.on('error', (error) => lion.logger.debug({ err: error }, 'a WebSocket connection failed'));
    socket.once('close', (code, reason) => {
      closed(code, reason.toString()).catch((error: unknown) => lion.logger.error({ err: error }, 'a subscription did not end'));
    });
  }

  sockets.on('wsClientError', (error, socket) => answerRaw(socket, { status: 400, message: `${error.message}.` }, security));

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node has taken its own listener away, and without any, a client that is gone would take the server down.
    socket.on('error', () => {});
    // It was refused before it asked.
    if (!socket.writable) return void socket.destroy();
    if (!isWebSocket(request)) return answerWithoutUpgrade(server, request, socket, head, lion.config.requestTimeoutMs);
    if (request.url?.split('?', 1)[0] !== graphqlPath)
      return answerRaw(socket, { status: 404, message: `There is no WebSocket here, but at ${graphqlPath}.` }, security);
    if (!origins.allows(request)) return answerRaw(socket, foreignOrigin, security);
    // Behind a proxy, only the request says where it comes from.
    if (lion.config.trustProxy !== '' && !holdConnection(lion, addressOf(request), socket, security)) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      opened(webSocket, request);
      keepAlive(webSocket, socket, { heartbeatMs, patienceMs: stallMs });
      watchForStall(socket, stallMs, () => {
        closeStalled(webSocket, stallMs);
        lion.logger.warn('a WebSocket connection took nothing of what was pending, and was closed');
      });
    });
  });

  return async () => {
    const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
    // Clients take it for what it is, and come back to whoever listens next.
    for (const socket of sockets.clients) socket.close(1001, 'Lion is stopping; come back with your cursor');
    const impatience = setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
    }, goodbyeMs);
    await closed;
    clearTimeout(impatience);
  };
}

/**
 * Sends a message in one piece with all others of this turn of the event loop.
 *
 * @returns what resolves when more may be sent: where much is pending, once this message has left the process
 */
function sendTogether(socket: WebSocket, connection: Socket, data: string): Promise<void> | undefined {
  if (connection.writableCorked === 0) {
    connection.cork();
    process.nextTick(() => connection.uncork());
  }
  if (connection.writableLength < mostPendingBytes) {
    socket.send(data);
    return undefined;
  }
  return new Promise((resolve) => socket.send(data, () => resolve()));
}

/** The key in the payload of `connection_init`; else in the headers of the handshake, for clients that can set them. */
function keyOfConnection({ connectionParams, extra }: Context<Record<string, unknown>, Connection>): string | undefined {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(connectionParams ?? {}))
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
  const given = keyOf({ get: (name) => fields.get(name) ?? null }) ?? fields.get('apikey');
  if (given !== undefined) return given;
  return keyOfRequest(extra.request);
}

/** Whether a request asks for an upgrade that is to be had. */
export const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

/** A connection that takes nothing is ended; its client goes on from its cursor. Where not even the close is taken, ws ends it without, half a minute later. */
function closeStalled(socket: WebSocket, stallMs: number): void {
  socket.close(tryAgainLater, `Nothing was taken for ${stallMs} ms; resume with your cursor`);
}

/** How a connection that is not let in is closed: with what its client can go by. */
function closeOf(error: unknown, message: string): [code: number, reason: string] {
  if (error instanceof RateLimitedError) return [tooMuch, closeReason(`Come back in ${error.retryAfterMs} ms. ${message}`)];
  if (!(error instanceof UnauthenticatedError)) return [tryAgainLater, closeReason(message)];
  return [CloseCode.Forbidden, error.isOfKey ? closeReason(message) : keyMissing];
}

/** At most 123 bytes, as the protocol has it. */
function closeReason(message: string): string {
  let reason = message.slice(0, 123);
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
