import type { IncomingMessage } from 'node:http';
import { InputInvalidError } from '../../errors.ts';
import { isDeeperThan } from '../../input.ts';
import { readAll } from '../body.ts';
import { RequestError } from './problem.ts';

/** Deeper than any body that is taken, context and metadata included. */
const deepestBody = 70;

const tooLarge = (maxBytes: number): RequestError =>
  new RequestError(413, 'BODY_TOO_LARGE', `The body of a request may have ${maxBytes} bytes at most.`);

/**
 * Reads the body of a request: JSON in UTF-8.
 *
 * @returns undefined where there is none
 * @throws RequestError, InputInvalidError
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const {
    'content-type': type,
    'content-length': length,
    'content-encoding': encoding,
    'transfer-encoding': transfer,
  } = request.headers;
  if (transfer === undefined && Number(length ?? 0) === 0) return undefined;
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(type ?? ''))
    throw new RequestError(
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'The body must be JSON in UTF-8, and say so: Content-Type: application/json.',
      {
        'accept-post': 'application/json',
      },
    );
  if (encoding !== undefined && encoding !== 'identity')
    throw new RequestError(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must not be compressed: send it without Content-Encoding.', {
      'accept-encoding': 'identity',
    });
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);
  const bytes = await readAll(request, maxBytes);
  if (bytes === 'TOO_LARGE') throw tooLarge(maxBytes);
  if (bytes === 'CUT_OFF') throw new RequestError(400, 'MALFORMED_JSON', 'The body ended before it was complete.');
  const body = parse(bytes);
  if (isDeeperThan(body, deepestBody))
    throw new InputInvalidError([{ path: '', message: `The body must not be nested more than ${deepestBody} levels deep` }]);
  return body;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'it is not UTF-8';
    throw new RequestError(400, 'MALFORMED_JSON', `The body is not JSON: ${why.slice(0, 200)}`);
  }
}
