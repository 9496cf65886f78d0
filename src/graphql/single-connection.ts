import { randomUUID } from 'node:crypto';
import { getOperationAST, GraphQLError, OperationTypeNode, type ExecutionResult } from 'graphql';
import { createHandler, type Handler, type RequestParams } from 'graphql-sse';
import type { FetchAPI, Plugin } from 'graphql-yoga';
import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import type { Lion } from '../lion.ts';
import { presentError } from './errors.ts';
import { endingWithErrors, streamResponse, withoutStatus } from './event-stream.ts';
import { refusalOf } from './refusal.ts';
import { executePrepared, prepare, subscribePrepared } from './prepare.ts';
import type { GraphQLServer, TransportContext } from './transport.ts';

/** How long a stream may be reserved before it is opened. */
const reservationMs = 60_000;

/** How long a stream stays once its key has ended, for what is to be said of that. */
const farewellMs = 500;

const tokenHeader = 'x-graphql-event-stream-token';

/** What a client has reserved: the one stream that all its operations answer into. */
interface Stream {
  token: string;
  /** Whose it is. */
  keyId: string;
  demand: Demand;
  /** Lets go of it among the connections of its key. */
  release(): void;
  expiry: NodeJS.Timeout;
  /** Ends what was opened. */
  close(): void;
  /** Stops watching the key. */
  stopWatching(): void;
}

interface RequestContext {
  stream: Stream;
  viewer: Viewer | undefined;
}

/**
 * Operations over server-sent events, by graphql-sse's protocol in its mode "single connection": `PUT` reserves a stream, what asks for
 * events with its token opens it, operations that are sent with the token answer into it, `DELETE` ends one of them. The token opens the
 * stream on its own, as an EventSource cannot send a key; all else needs the key that has reserved it.
 */
export function singleConnections(lion: Lion, heartbeatMs: number): Plugin {
  const streams = new Map<string, Stream>();
  let handle: Handler<unknown, RequestContext>;

  async function answer(
    request: Request,
    viewer: Viewer | undefined,
    given: string | null,
    fetchAPI: FetchAPI,
  ): Promise<Response> {
    const reserves = request.method === 'PUT';
    if (reserves && !viewer) throw new UnauthenticatedError('MISSING');
    const stream = reserves ? await reserve(viewer!) : streams.get(given ?? '');
    const isOpening = request.headers.get('accept') === 'text/event-stream' && !reserves;
    // A stream of somebody else is none.
    if (!stream || (viewer ? viewer.keyId !== stream.keyId : !isOpening))
      return refusal(fetchAPI, 404, badInput('There is no such stream.'));
    const { method, url, headers } = request;
    const [body, init] = await handle({
      method,
      url,
      headers,
      body: () => request.text(),
      raw: undefined,
      context: { stream, viewer },
    });
    if (body === null || typeof body === 'string') return new fetchAPI.Response(body, init);
    clearTimeout(stream.expiry);
    const frames = paced(body, stream);
    stream.close = () => void frames.return();
    return streamResponse(frames, { fetchAPI, signal: request.signal, heartbeatMs });
  }

  async function reserve(viewer: Viewer): Promise<Stream> {
    const release = await lion.limits.connection(viewer);
    const token = randomUUID();
    const expiry = setTimeout(() => void forget(stream), reservationMs).unref();
    // The operations in it say why they end, and go first.
    const stopWatching = lion.keys.watch(viewer, () => setTimeout(() => stream.close(), farewellMs).unref());
    const close = (): void => void forget(stream);
    const stream: Stream = { token, keyId: viewer.keyId, demand: new Demand(), release, expiry, close, stopWatching };
    streams.set(token, stream);
    return stream;
  }

  /** Ends what nobody has opened. */
  async function forget(stream: Stream): Promise<void> {
    const accept = (name: string) => (name === 'accept' ? 'text/event-stream' : undefined);
    const context = { stream, viewer: undefined };
    const [body] = await handle({ method: 'GET', url: '', headers: { get: accept }, body: null, raw: undefined, context });
    if (body !== null && typeof body !== 'string') await paced(body, stream).return();
    else end(stream);
  }

  function end({ token, release, stopWatching }: Stream): void {
    streams.delete(token);
    release();
    stopWatching();
  }

  /** What is to be sent, with demand that operations can wait for. */
  function paced(frames: AsyncGenerator<string, void>, stream: Stream) {
    const { demand, expiry } = stream;
    return {
      async next() {
        demand.begin();
        try {
          return await frames.next();
        } finally {
          demand.end();
        }
      },
      async return() {
        clearTimeout(expiry);
        end(stream);
        demand.release();
        return frames.return();
      },
    };
  }

  return {
    onYogaInit({ yoga }) {
      const graphql = yoga as unknown as GraphQLServer;
      handle = createHandler<unknown, RequestContext>({
        authenticate: ({ context }) => context.stream.token,
        onSubscribe: ({ method, context }, params) => perform(graphql, lion, method, context.viewer, params),
        // It keeps whatever it is given until that is sent: it is given no more than what is waited for.
        async onNext(_context, { context }, result) {
          await context.stream.demand.wait();
          return withoutStatus(result as ExecutionResult);
        },
      });
    },
    async onRequest({ request, url, fetchAPI, endResponse, serverContext }) {
      const token = request.headers.get(tokenHeader) ?? url.searchParams.get('token');
      const isOfProtocol = { PUT: true, DELETE: true, GET: token !== null, POST: token !== null }[request.method] ?? false;
      if (!isOfProtocol) return;
      try {
        endResponse(await answer(request, (serverContext as unknown as TransportContext).viewer, token, fetchAPI));
      } catch (error) {
        const presented = presentError(error, lion.logger);
        const { status, headers, body } = refusalOf(presented);
        endResponse(new fetchAPI.Response(body, { status, headers }));
      }
    },
    async onDispose() {
      for (const stream of streams.values()) await forget(stream);
    },
  };
}

/** Whether somebody waits for more. */
class Demand {
  #isThere = false;
  #waiting: (() => void)[] = [];

  begin(): void {
    this.#isThere = true;
    this.release();
  }
  end(): void {
    this.#isThere = false;
  }
  wait(): Promise<void> {
    if (this.#isThere) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  /** Lets all go on that wait. */
  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function refusal(fetchAPI: FetchAPI, status: number, error: GraphQLError): Response {
  return fetchAPI.Response.json(withoutStatus({ errors: [error] }), { status });
}

const badInput = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_INPUT' } });

/** Does what was asked for. What is wrong with a request goes into the stream, too, where its client looks. */
async function perform(graphql: GraphQLServer, lion: Lion, method: string, viewer: Viewer | undefined, params: RequestParams) {
  const { query, operationName, variables, extensions } = params;
  // graphql-sse tells a result by its data, even where there are none.
  const resultOf = (result: ExecutionResult): ExecutionResult => Object.assign({ data: undefined }, result);
  const wrong = (...errors: GraphQLError[]) => resultOf({ errors });
  const prepared = await prepare(graphql, lion, viewer, { query, operationName, variables, extensions });
  if (Array.isArray(prepared)) return wrong(...prepared);
  const operation = getOperationAST(prepared.document, prepared.operationName);
  if (!operation) return wrong(badInput('The operation is not in the document.'));
  if (operation.operation === OperationTypeNode.MUTATION && method === 'GET') return wrong(badInput('A mutation needs POST.'));
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return resultOf(await executePrepared(prepared));
  const results = await subscribePrepared(prepared);
  return Symbol.asyncIterator in results ? endingWithErrors(results, lion.logger) : resultOf(results);
}
