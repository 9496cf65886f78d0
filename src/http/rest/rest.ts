import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay, { type HTTPMethod } from 'find-my-way';
import { whileKeyWorks } from '../../access/while-key-works.ts';
import { permit } from '../../access/permission.ts';
import type { Lion } from '../../lion.ts';
import type { AddressOf } from '../address.ts';
import { admitRequest } from '../admission.ts';
import { acceptsSome } from './accept.ts';
import { agentRoutes } from './agent-routes.ts';
import { readBody } from './body.ts';
import { serveDocs } from './docs-page.ts';
import { streamRoutes } from './event-stream.ts';
import { historyRoutes } from './history-routes.ts';
import { kindsOf } from './kinds.ts';
import { openApiOf } from './openapi.ts';
import { operationRoutes } from './operation-routes.ts';
import { problemOf, RequestError } from './problem.ts';
import { parseQuery } from './query.ts';
import type { Answer, Route } from './route.ts';
import { serverRoutes } from './server-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { z } from 'zod';

/** The longest id, and more. */
const longestParameter = 200;

export interface RestOptions {
  /** How often a stream of events gives a sign of life, in ms. */
  heartbeatMs: number;
  addressOf: AddressOf;
}

/** The API for those who speak REST: the same engine, a transport of its own. @returns what answers a request */
export function createRest(
  lion: Lion,
  { heartbeatMs, addressOf }: RestOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const kinds = kindsOf(lion);
  const routes: Route[] = [
    ...serverRoutes(() => document),
    ...sessionRoutes,
    ...agentRoutes(kinds),
    ...operationRoutes,
    ...historyRoutes,
    ...streamRoutes,
  ];
  const document = JSON.stringify(openApiOf(routes));
  const docs = serveDocs();
  const router = findMyWay({ maxParamLength: longestParameter, ignoreTrailingSlash: true });
  for (const route of routes) router.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), () => {}, route);

  /** @throws RequestError */
  function routeOf(method: string, path: string): { route: Route; params: Record<string, string> } {
    const found = find(method === 'HEAD' ? 'GET' : method, path);
    if (found) return found;
    const allowed = methods.filter((each) => find(each, path));
    if (allowed.length === 0)
      throw new RequestError(404, 'NOT_FOUND', 'There is nothing here. REST is described at /docs; GraphQL is at /graphql.');
    const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ');
    throw new RequestError(405, 'METHOD_NOT_ALLOWED', `This address takes ${allow}, and not ${method.slice(0, 20)}.`, { allow });
  }

  function find(method: string, path: string): { route: Route; params: Record<string, string> } | undefined {
    const found = router.find(method as HTTPMethod, path);
    return found ? { route: found.store as Route, params: found.params as Record<string, string> } : undefined;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const [path = '/', search = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
    const { route, params } = routeOf(request.method ?? 'GET', path);
    const viewer = route.action === undefined ? undefined : await admitRequest(lion, addressOf, request, response);
    if (route.action !== undefined) permit(viewer, route.action, lion);
    acceptsSome(request, route);
    const query = parseQuery(route.query ?? noQuery, new URLSearchParams(search));
    const body = route.body ? await readBody(request, lion.config.maxRequestBytes) : undefined;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    if (response.destroyed) gone.abort();
    const handle = (signal: AbortSignal): ReturnType<Route['handle']> =>
      route.handle({
        lion,
        kinds,
        viewer: viewer!,
        db: lion.database.reader,
        params,
        query,
        body,
        request,
        response,
        signal,
        heartbeatMs,
      });
    return viewer ? whileKeyWorks(lion.keys, viewer, gone.signal, async (signal) => handle(signal)) : handle(gone.signal);
  }

  return async (request, response) => {
    try {
      const page = request.method === 'GET' || request.method === 'HEAD' ? docs(request.url?.split('?', 1)[0] ?? '') : undefined;
      if (page) return await page(request, response);
      const answered = await answer(request, response);
      if (answered) send(response, answered);
    } catch (error) {
      const { status, headers, body } = problemOf(error, lion.logger);
      if (!response.headersSent)
        send(response, { status, body, headers: { 'content-type': 'application/problem+json', ...headers } });
      // What was completed is on its way.
      else if (!response.writableEnded) response.destroy();
    }
  };
}

const methods = ['GET', 'POST', 'PATCH', 'DELETE'] as const;

const noQuery = z.object({});

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // What is said here is of this moment, and of this key.
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const text = isText ? body : JSON.stringify(body);
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  response.writeHead(status, { 'content-length': Buffer.byteLength(text) }).end(text);
}
