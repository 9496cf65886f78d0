import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { GraphQLError } from 'graphql';
import { presentError } from '../graphql/errors.ts';
import { deployedKeyOf } from '../access/deployed-key.ts';
import { refusalOf } from '../graphql/refusal.ts';
import { createGraphQL, graphqlPath } from '../graphql/yoga.ts';
import type { Lion } from '../lion.ts';
import { openAddresses } from './address.ts';
import { admitRequest } from './admission.ts';
import { postedIn, readAgain, readAll } from './body.ts';
import { holdConnection } from './connections.ts';
import { ListenError } from './errors.ts';
import { asksForPage, refuseGraphiQL, serveGraphiQL } from './graphiql-page.ts';
import { openOrigins } from './origins.ts';
import { pathOf } from './path.ts';
import { answerRaw } from './raw-answer.ts';
import { refuse, refuseHost } from './refusal.ts';
import { securityHeaders, setHeaders } from './security-headers.ts';
import { createRest } from './rest/rest.ts';
import { watchForStall } from './stall.ts';
import { openTelemetry } from './telemetry.ts';

import { isWebSocket, serveWebSocket } from './websocket.ts';

export interface LionServer {
  /** Where it listens, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /**
   * Ends all connections; the Lion behind it stays open. Streams are cut, not completed, so that their clients come back.
   *
   * @param patienceMs how long requests that are under way may take to be answered. @default 0
   */
  close(patienceMs?: number): Promise<void>;
}

export interface ServeOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** How long a WebSocket may take to say `connection_init`. @default as the configuration says */
  initTimeoutMs?: number;
  /** How often Lion gives a sign of life: a ping over WebSocket, a comment over server-sent events. @default 10_000 */
  heartbeatMs?: number;
}

/** Serves Lion's API. @throws ListenError, InputInvalidError, DefinitionInvalidError */
export async function serve(
  lion: Lion,
  { host, port, initTimeoutMs = lion.config.initTimeoutMs, heartbeatMs = 10_000 }: ServeOptions,
): Promise<LionServer> {
  const { server: graphql, firstLook } = createGraphQL(lion, heartbeatMs);
  const graphiql = lion.config.graphiql ? serveGraphiQL() : refuseGraphiQL;
  const config = { ...lion.config, host };
  // It may listen elsewhere than the configuration says.
  deployedKeyOf(config);
  const origins = openOrigins(config);
  const security = securityHeaders(config.hstsSeconds);
  const addressOf = openAddresses(config.trustProxy);
  const rest = createRest(lion, { heartbeatMs, addressOf });
  const upgraded = new WeakSet<Socket>();
  let webSockets = 0;
  const underWay = new Set<ServerResponse>();
  const answering = new WeakMap<Socket, ServerResponse>();
  const telemetry = openTelemetry(lion, addressOf, () => webSockets);
  const refused = new WeakSet<Socket>();
  const answerGraphQL = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const viewer = await admitRequest(lion, addressOf, request, response);
    // One that is compressed is left as it is.
    if (Number(request.headers['content-length'] ?? 0) > 0 && request.headers['content-encoding'] === undefined) {
      const bytes = await readAll(request, config.maxRequestBytes);
      if (!Buffer.isBuffer(bytes)) return void response.destroy();
      const posted = postedIn(request, bytes);
      const refusal = posted && firstLook(posted);
      if (refusal) return refuseGraphQL(request, response, refusal);
      Object.assign(request, { body: posted ?? readAgain(bytes) });
    }
    await graphql(request, response, { viewer });
  };
  const server = createServer(patience(config.requestTimeoutMs), (request, response) => {
    if (refused.has(request.socket)) return void response.destroy();
    telemetry.during(request, response, () => answer(request, response));
  });
  function answer(request: IncomingMessage, response: ServerResponse): void {
    underWay.add(response);
    answering.set(request.socket, response);
    response.once('close', () => {
      underWay.delete(response);
      answering.delete(request.socket);
    });
    setHeaders(response, security);
    if (refuseHost(request, response, config)) return;
    if (telemetry.answers(request, response)) return;
    if (origins.answerCors(request, response)) return;
    if (request.method === 'GET' && request.url === '/') {
      response.writeHead(302, { location: graphqlPath }).end();
      return;
    }
    if (!isGraphQL(request.url)) return void rest(request, response);
    if (refuse(request, response, config)) return;
    if (pathOf(request.url) === graphqlPath && asksForPage(request)) {
      graphiql(request, response).catch((error: unknown) => {
        lion.logger.error({ err: error }, 'GraphiQL could not be shown');
        response.destroy();
      });
      return;
    }
    // Where clients of graphql-sse look for Yoga's streams.
    if (pathOf(request.url) === `${graphqlPath}/stream`) request.url = request.url!.replace('/stream', '');
    // Which other origins may ask is told to whoever wants to know.
    if (request.method === 'OPTIONS') return void graphql(request, response, { viewer: undefined });
    answerGraphQL(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuseGraphQL(request, response, presentError(error, lion.logger));
    });
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // In the midst of an answer there is no room for another.
    if (error.code === 'ECONNRESET' || answering.get(socket)?.headersSent) return void socket.destroy();
    answerRaw(socket, notUnderstood[error.code ?? ''] ?? { status: 400, message: 'This is no request of HTTP/1.1.' }, security);
  });
  server.on('connection', (socket: Socket) => {
    if (config.trustProxy === '' && !holdConnection(lion, socket.remoteAddress ?? '', socket, security)) {
      refused.add(socket);
      return;
    }
    // A WebSocket has a close of its own for this.
    watchForStall(socket, lion.config.stallMs, () => void (upgraded.has(socket) || socket.destroy()));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    if (!isWebSocket(request)) return;
    upgraded.add(socket);
    webSockets++;
    socket.once('close', () => webSockets--);
  });
  const doors = { addressOf, origins, security };
  const closeWebSockets = serveWebSocket(server, graphql, lion, doors, { initTimeoutMs, heartbeatMs });
  await listen(server, host, port);
  const url = urlOf(host, server.address() as AddressInfo);
  lion.database.announce(url);
  return {
    url,
    async close(patienceMs = 0) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const response of underWay) {
        if (isStream(response)) response.destroy();
        // Else its connection would stay open for the next request.
        else response.shouldKeepAlive = false;
      }
      const answered = Promise.race([closed, delay(patienceMs, undefined, { ref: false })]);
      await Promise.all([closeWebSockets(), patienceMs > 0 && answered]);
      server.closeAllConnections();
      await closed;
      await graphql.dispose();
      telemetry.close();
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(host, port, error)));
    server.listen(port, host, () => resolve());
  });
}

/** Where a client on this machine reaches it. */
function urlOf(host: string, { port }: AddressInfo): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** What came is no request that could be answered otherwise. */
const notUnderstood: Record<string, { status: number; message: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers of the request are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.' },
};

/** Answers a request that is not let in: in the way that its client speaks. */
function refuseGraphQL({ headers: { accept } }: IncomingMessage, response: ServerResponse, error: GraphQLError): void {
  const { status, headers, body } = refusalOf(error, accept);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/**
 * Who dawdles is answered with 408: as long as this the whole of a request may take, its headers a quarter of it, from when the
 * connection is opened. Between two requests, Node waits for five seconds.
 */
const patience = (requestTimeout: number): ServerOptions => ({
  requestTimeout,
  headersTimeout: requestTimeout / 4,
  connectionsCheckingInterval: Math.min(2_000, requestTimeout / 8),
});

const isStream = (response: ServerResponse): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');

/** Whether a request is for GraphQL; all else is for REST. */
const isGraphQL = (url?: string): boolean => [graphqlPath, `${graphqlPath}/stream`].includes(pathOf(url));
