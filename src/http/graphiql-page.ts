import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { renderPage } from '../graphql/graphiql.ts';

/** Small enough, in a quarter of a second; the best would take a hundred times that. */
const brotliQuality = 6;

const encoders = {
  br: (page: Buffer) => promisify(brotliCompress)(page, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  gzip: (page: Buffer) => promisify(gzip)(page),
  identity: (page: Buffer) => Promise.resolve(page),
};
type Encoding = keyof typeof encoders;

/** Whether a request is that of a browser for the page. */
export const asksForPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true;

/**
 * Serves GraphiQL. The page is 9 MB: it is made when somebody asks for it, compressed once, and sent again only to a browser that does
 * not have it.
 */
export function serveGraphiQL(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const pages = new Map<Encoding, Promise<Page>>();
  const pageAs = (encoding: Encoding) => {
    const known = pages.get(encoding);
    if (known) return known;
    const made = make(encoding);
    // What failed once may go well the next time.
    made.catch(() => pages.delete(encoding));
    pages.set(encoding, made);
    return made;
  };
  return async (request, response) => {
    const encoding = encodingFor(request.headers['accept-encoding']);
    const { body, etag, policy } = await pageAs(encoding);
    const headers = {
      etag,
      'cache-control': 'private, no-cache',
      // The same address answers queries, too.
      vary: 'Accept, Accept-Encoding',
      'content-security-policy': policy,
    };
    if (request.headers['if-none-match']?.includes(etag)) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-length': body.length,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    });
    response.end(body);
  };
}

interface Page {
  body: Buffer;
  etag: string;
  /** What it may do. */
  policy: string;
}

async function make(encoding: Encoding): Promise<Page> {
  const page = await renderPage();
  const body = await encoders[encoding](Buffer.from(page));
  return { body, etag: `"${hash(body, 'base64url')}"`, policy: policyOf(page) };
}

const hash = (data: Buffer | string, encoding: 'base64' | 'base64url'): string =>
  createHash('sha256').update(data).digest(encoding);

/** Lets the page run the scripts that it consists of, ask this server, and nothing else. Its editor makes its styles while it runs. */
function policyOf(page: string): string {
  const scripts = [...page.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, text]) => `'sha256-${hash(text!, 'base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    'worker-src blob: data:',
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const switchedOff = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Lion</title>
<p>GraphiQL is switched off here, as it is in production. <code>LION_GRAPHIQL=on</code> switches it on.</p>
<p>The API is at this address, for clients of GraphQL.</p></html>`;

/** Says that there is no page. */
export function refuseGraphiQL(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(404, { 'content-type': 'text/html; charset=utf-8', vary: 'Accept' }).end(switchedOff);
  return Promise.resolve();
}

/** The best that a browser takes. */
function encodingFor(accepted = ''): Encoding {
  const names = accepted.split(',').flatMap((entry) => {
    const [name, weight] = entry.toLowerCase().split(';');
    return /q=0(?:\.0*)?\s*$/.test(weight ?? '') ? [] : [name!.trim()];
  });
  return (['br', 'gzip'] as const).find((encoding) => names.includes(encoding)) ?? 'identity';
}
