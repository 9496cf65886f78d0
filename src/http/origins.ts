import { isLoopback } from '../loopback.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exposedHeaders } from '../access/limit-headers.ts';
import type { Config } from '../config.ts';

/** Which front ends in browsers may use the API: over HTTP by CORS, over WebSocket by the origin of the handshake. */
export interface Origins {
  /** Whether a browser may hand the answer to a page of that origin; what comes without an origin comes from no page of another. */
  allows(request: IncomingMessage): boolean;
  /** Says so in the answer. @returns whether that was all there was to say, as the request only asked what is allowed */
  answerCors(request: IncomingMessage, response: ServerResponse): boolean;
}

/** What the answers to a page of another origin may be read of, beside what browsers let through anyway. */
const exposed = [...exposedHeaders, 'ETag', 'X-Request-Id'].join(', ');
const asked = { methods: 'GET, POST, PUT, PATCH, DELETE', maxAgeSeconds: 7200 };

/**
 * A page from where it is served itself may always ask; others where `corsOrigins` names them (`*` names all), and those of this machine
 * where Lion is under development, or can be reached from this machine only.
 */
export function openOrigins({ host, dev, corsOrigins }: Pick<Config, 'host' | 'dev' | 'corsOrigins'>): Origins {
  const listed = new Set(corsOrigins);
  const localOnes = dev || isLoopback(host);
  const named = (origin: string): boolean => listed.has('*') || listed.has(origin) || (localOnes && isLocal(origin));
  return {
    allows: ({ headers: { origin, host: own = '' } }) =>
      origin === undefined || named(origin) || (hostOf(origin) === own.toLowerCase() && !isRebound(own, { dev, host })),
    answerCors({ method, headers: { origin, ...headers } }, response) {
      const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
      // What a cache on the way keeps is for one origin.
      response.setHeader('vary', 'Origin');
      if (origin !== undefined && named(origin)) {
        response.setHeader('access-control-allow-origin', origin);
        response.setHeader('access-control-expose-headers', exposed);
        if (!listed.has('*')) response.setHeader('access-control-allow-credentials', 'true');
        if (isPreflight) {
          response.setHeader('access-control-allow-methods', asked.methods);
          response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? 'Content-Type');
          response.setHeader('access-control-max-age', String(asked.maxAgeSeconds));
        }
      }
      if (isPreflight) response.writeHead(204).end();
      return isPreflight;
    },
  };
}

/**
 * Whether a page elsewhere may have let its own name point to this machine, so that browsers take Lion for the same site. A proxy in front
 * of a Lion in earnest may hand on any name.
 */
export const isRebound = (name: string, { dev, host }: Pick<Config, 'dev' | 'host'>): boolean =>
  dev && isLoopback(host) && !(URL.canParse(`http://${name}`) && isLoopback(new URL(`http://${name}`).hostname));

/** Front ends under development: `localhost` and the loopback addresses, at any port. */
const isLocal = (origin: string): boolean => URL.canParse(origin) && isLoopback(new URL(origin).hostname);

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);
