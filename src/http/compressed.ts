import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Small enough, in a quarter of a second; the best would take a hundred times that. */
const brotliQuality = 6;

const encoders = {
  br: (page: Buffer) => promisify(brotliCompress)(page, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  gzip: (page: Buffer) => promisify(gzip)(page),
  identity: (page: Buffer) => Promise.resolve(page),
};
type Encoding = keyof typeof encoders;

/**
 * Serves a file that may be large: it is made when somebody asks for it, compressed once, and sent again only to a browser that does not
 * have it.
 *
 * @param headers what it is, and what else is to be said of it
 */
export function serveCompressed(
  make: () => Promise<Buffer | string>,
  headers: Readonly<Record<string, string>>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const files = new Map<Encoding, Promise<{ body: Buffer; etag: string }>>();
  const fileAs = (encoding: Encoding) => {
    const known = files.get(encoding);
    if (known) return known;
    const made = encoded(make, encoding);
    // What failed once may go well the next time.
    made.catch(() => files.delete(encoding));
    files.set(encoding, made);
    return made;
  };
  return async (request, response) => {
    const encoding = encodingFor(request.headers['accept-encoding']);
    const { body, etag } = await fileAs(encoding);
    // The same address may answer otherwise to those who accept something else.
    const caching = { etag, 'cache-control': 'private, no-cache', vary: 'Accept, Accept-Encoding' };
    if (request.headers['if-none-match']?.includes(etag)) {
      response.writeHead(304, caching).end();
      return;
    }
    response.writeHead(200, {
      ...caching,
      ...headers,
      'content-length': body.length,
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    });
    response.end(body);
  };
}

async function encoded(make: () => Promise<Buffer | string>, encoding: Encoding): Promise<{ body: Buffer; etag: string }> {
  const body = await encoders[encoding](Buffer.from(await make()));
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
