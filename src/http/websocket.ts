import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLError } from 'graphql';
import { CloseCode, type Context, type SubscribePayload } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import { presentError } from '../graphql/errors.ts';
import { graphqlPath, keyOf, type GraphQLServer } from '../graphql/yoga.ts';
import type { Lion } from '../lion.ts';
import { answerWithoutUpgrade } from './declined-upgrade.ts';
import { watchForStall } from './stall.ts';

/** The largest message that a client may send: far more than any query. */
const largestMessageBytes = 4 * 1024 * 1024;

/** As the close of a connection has room for it. */
const keyMissing = 'An API key is missing. Send it in the payload of connection_init: {"X-API-Key": "<key>"}';

type ConnectionExtra = Extra & Record<PropertyKey, unknown> & { viewer?: Viewer };

/**
 * GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
 *
 * @param initTimeoutMs how long a client may take to say `connection_init`
 * @returns what ends all connections
 */
export function serveWebSocket(server: Server, graphql: GraphQLServer, lion: Lion, initTimeoutMs: number): () => Promise<void> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessageBytes });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node has taken its own listener away, and without any, a client that is gone would take the server down.
    socket.on('error', () => {});
    if (!isWebSocket(request)) return answerWithoutUpgrade(server, request, socket, head);
    if (request.url?.split('?', 1)[0] !== graphqlPath) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      watchForStall(socket, lion.config.stallMs, () => {
        closeStalled(webSocket, lion.config.stallMs);
        lion.logger.warn('a WebSocket connection took nothing of what was pending, and was closed');
      });
      sockets.emit('connection', webSocket, request);
      // What is not of the protocol ends the connection; it is not a fault of the server's, as graphql-ws would print.
      webSocket.removeAllListeners('error');
      webSocket.on('error', (error) => lion.logger.debug({ err: error }, 'a WebSocket connection failed'));
    });
  });

  const handler = useServer<Record<string, unknown>, ConnectionExtra>(
    {
      connectionInitWaitTimeout: initTimeoutMs,
      async onConnect(context) {
        const key = keyOfConnection(context);
        try {
          context.extra.viewer = await lion.keys.authenticate(key);
          return true;
        } catch (error) {
          // 1013: what went wrong is not the client's doing, and it may come back.
          const code = error instanceof UnauthenticatedError ? CloseCode.Forbidden : 1013;
          const reason = key === undefined ? keyMissing : presentError(error, lion.logger).message;
          context.extra.socket.close(code, closeReason(reason));
          return false;
        }
      },
      async onSubscribe(context, _id, payload) {
        return prepare(graphql, lion, context, payload);
      },
      execute: (args) => (args.rootValue as Enveloped).execute(args),
      subscribe: (args) => (args.rootValue as Enveloped).subscribe(args),
    },
    sockets,
  );

  return async () => {
    await handler.dispose();
    for (const socket of sockets.clients) socket.terminate();
  };
}

type Enveloped = ReturnType<GraphQLServer['getEnveloped']>;

/** What is to be executed, with all that the HTTP transport does for it; or what is wrong with the request. */
async function prepare(
  graphql: GraphQLServer,
  lion: Lion,
  { extra }: Context<Record<string, unknown>, ConnectionExtra>,
  payload: SubscribePayload,
) {
  const present = (errors: readonly unknown[]): GraphQLError[] =>
    errors.map((error) => {
      const presented = presentError(error, lion.logger);
      // What HTTP would answer with means nothing here.
      delete presented.extensions['http'];
      return presented;
    });
  try {
    const enveloped: Enveloped = graphql.getEnveloped({ viewer: extra.viewer, request: undefined, params: payload } as never);
    const { schema, parse, validate, contextFactory } = enveloped;
    const document = parse(payload.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return present(errors);
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: await contextFactory(),
      rootValue: enveloped,
    };
  } catch (error) {
    return present([error]);
  }
}

/** The key in the payload of `connection_init`; else in the headers of the handshake, for clients that can set them. */
function keyOfConnection({ connectionParams, extra }: Context<Record<string, unknown>, ConnectionExtra>): string | undefined {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(connectionParams ?? {}))
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
  const given = keyOf({ get: (name) => fields.get(name) ?? null }) ?? fields.get('apikey');
  if (given !== undefined) return given;
  const { headers } = extra.request;
  return keyOf({
    get: (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : null;
    },
  });
}

/** Whether a request asks for an upgrade that is to be had. */
export const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

/** A connection that takes nothing is ended; its client goes on from its cursor. Where not even the close is taken, ws ends it without, half a minute later. */
function closeStalled(socket: WebSocket, stallMs: number): void {
  socket.close(1013, `Nothing was taken for ${stallMs} ms; resume with your cursor`);
}

/** At most 123 bytes, as the protocol has it. */
function closeReason(message: string): string {
  let reason = message.slice(0, 123);
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
