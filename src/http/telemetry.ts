import type { IncomingMessage, ServerResponse } from 'node:http';
import { RateLimitedError } from '../access/limit-errors.ts';
import { refusalHeaders } from '../access/limit-headers.ts';
import { ForbiddenError, may, permit } from '../access/permission.ts';
import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import { newRequestId } from '../ids.ts';
import type { Lion } from '../lion.ts';
import { inScene, type Scene, type SpanOptions } from '../origin.ts';
import { changesLogger } from '../telemetry/log.ts';
import { openMetrics } from '../telemetry/metrics.ts';
import { systemState } from '../telemetry/system.ts';
import { watchHistory } from '../telemetry/watch.ts';
import { networkOf, type AddressOf } from './address.ts';
import { keyOfRequest } from './admission.ts';
import { pathOf } from './path.ts';

/** What is served for those who operate a Lion, and what it writes down for them. */
export interface Telemetry {
  /** To be told of each request when it comes: its answer is measured, and a line of the log. @param answer answers it */
  during(request: IncomingMessage, response: ServerResponse, answer: () => void): void;
  /** Answers `/metrics`, `/livez` and `/readyz`. @returns whether the request was for one of them */
  answers(request: IncomingMessage, response: ServerResponse): boolean;
  close(): void;
}

/** The addresses that requests are counted by; ids stand for themselves, and what is nowhere is `other`. */
const routes: readonly [RegExp, string][] = [
  [/^\/graphql(?:\/stream)?$/, '/graphql'],
  [/^\/(?:health|livez|readyz|metrics|docs|openapi\.json)$/, ''],
  [/^\/agent\/[^/]+$/, '/agent/{kind}'],
  [/^\/sessions$/, '/sessions'],
  [/^\/sessions\/[^/]+(\/history|\/events|)$/, '/sessions/{id}'],
  [/^\/operations\/[^/]+(\/cancel|\/retry|\/answer|)$/, '/operations/{id}'],
];

/** A request's own name for itself, where it has a decent one. */
const requestIdPattern = /^[\w.:@/+=-]{1,128}$/;

/** @param connections how many WebSockets are open */
export function openTelemetry(lion: Lion, addressOf: AddressOf, connections: () => number): Telemetry {
  const viewerOf = async (request: IncomingMessage): Promise<Viewer | undefined> => {
    const key = keyOfRequest(request);
    return key === undefined ? undefined : lion.admission.authenticate(key, networkOf(addressOf(request)));
  };
  const metrics = lion.config.metrics === 'off' ? undefined : openMetrics(lion, connections);
  const watchers = [
    ...(metrics ? [metrics.watcher] : []),
    ...(lion.logger.isLevelEnabled('info') ? [changesLogger(lion.logger)] : []),
  ];
  const watch = watchHistory(watchers);
  const stop =
    watchers.length === 0
      ? undefined
      : lion.journal.observe(
          (commit) => {
            metrics?.committed(commit);
            watch(commit.events);
          },
          (error) => lion.logger.error({ err: error }, 'what was stored could not be measured'),
        );

  async function showMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (lion.config.metrics !== 'open') permit(await viewerOf(request), 'metrics', lion);
    response.writeHead(200, { 'content-type': metrics!.contentType, 'cache-control': 'no-store' });
    response.end(await metrics!.text());
  }

  async function showReadiness(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults } = await systemState(lion);
    const viewer = await viewerOf(request).catch(() => undefined);
    const status = faults.length === 0 ? 'ready' : 'unready';
    json(response, faults.length === 0 ? 200 : 503, { status, ...(may(viewer, 'system', lion) && { faults }) });
  }

  return {
    during(request, response, answer) {
      const { method = '', url = '/' } = request;
      const route = routeOf(url);
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && requestIdPattern.test(given) ? given : newRequestId();
      response.setHeader('x-request-id', id);
      const beganAt = performance.now();
      const span = isProbe(route) ? undefined : lion.tracer?.begin(...asSpan(request, route, id));
      const scene: Scene = { requestId: id, span, about: {} };
      response.once('close', () => {
        const seconds = (performance.now() - beganAt) / 1000;
        const status = response.statusCode;
        metrics?.requestServed({ method: known(method), route, status, seconds });
        const isCut = !response.writableFinished;
        span?.set({ 'http.response.status_code': status, ...(isCut && { 'lion.cut': true }) });
        span?.end(status >= 500 ? String(status) : undefined);
        const facts = { request: id, method, route, status, ms: Math.round(seconds * 1000) };
        const trace = span && { trace_id: span.traceId };
        lion.logger.info({ ...facts, ...scene.about, ...trace, ...(isCut && { cut: true }) }, 'request');
      });
      inScene(scene, answer);
    },

    answers(request, response) {
      const path = pathOf(request.url);
      if (path === '/livez') json(response, 200, { status: 'alive' });
      else if (path === '/readyz') guarded(lion, response, showReadiness(request, response));
      else if (path === '/metrics' && metrics) guarded(lion, response, showMetrics(request, response));
      else return false;
      return true;
    },

    close() {
      stop?.();
    },
  };
}

function guarded(lion: Lion, response: ServerResponse, answering: Promise<void>): void {
  answering.catch((error: unknown) => {
    if (error instanceof UnauthenticatedError) return json(response, 401, refused(error), { 'www-authenticate': 'Bearer' });
    if (error instanceof RateLimitedError) return json(response, 429, refused(error), refusalHeaders(error));
    if (error instanceof ForbiddenError) return json(response, 403, refused(error));
    lion.logger.error({ err: error }, 'a look at Lion failed');
    return json(response, 503, { status: 'unready' });
  });
}

const refused = ({ message, code }: UnauthenticatedError | RateLimitedError | ForbiddenError) => ({ message, code });

function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
/** A client can call a method whatever it likes. */
const known = (method: string): string => (methods.includes(method) ? method : 'other');

/** Who only looks whether Lion is there is not worth a trace. */
const isProbe = (route: string): boolean => ['/health', '/livez', '/readyz', '/metrics'].includes(route);

/** How a request begins in a trace: in that of who sent it, where there is one. */
function asSpan(
  { method = '', url = '/', headers, httpVersion }: IncomingMessage,
  route: string,
  id: string,
): [name: string, traceparent: string | null, options: SpanOptions] {
  const of = known(method);
  const isKnown = route !== 'other';
  const attributes = {
    'http.request.method': of === 'other' ? '_OTHER' : of,
    // What is nowhere may be called anything.
    ...(isKnown && { 'http.route': route, 'url.path': pathOf(url) }),
    'url.scheme': 'http',
    'network.protocol.version': httpVersion,
    'lion.request.id': id,
  };
  const name = of === 'other' ? 'HTTP' : of;
  const { traceparent } = headers;
  return [
    isKnown ? `${name} ${route}` : name,
    typeof traceparent === 'string' ? traceparent : null,
    { kind: 'SERVER', attributes },
  ];
}

function routeOf(url: string): string {
  const path = pathOf(url);
  for (const [pattern, name] of routes) {
    const found = pattern.exec(path);
    if (found) return name === '' ? path : `${name}${found[1] ?? ''}`;
  }
  return 'other';
}
