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
  const pages = new Map<Encoding, Promise<{ body: Buffer; etag: string }>>();
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
    const { body, etag } = await pageAs(encoding);
    // The same address answers queries, too.
    const headers = { etag, 'cache-control': 'private, no-cache', vary: 'Accept, Accept-Encoding' };
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

async function make(encoding: Encoding): Promise<{ body: Buffer; etag: string }> {
  const body = await encoders[encoding](Buffer.from(await renderPage()));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

/** The best that a browser takes. */
function encodingFor(accepted = ''): Encoding {
  const names = accepted.split(',').flatMap((entry) => {
    const [name, weight] = entry.toLowerCase().split(';');
    return /q=0(?:\.0*)?\s*$/.test(weight ?? '') ? [] : [name!.trim()];
  });
  return (['br', 'gzip'] as const).find((encoding) => names.includes(encoding)) ?? 'identity';
}
