import type { IncomingMessage } from 'node:http';

/** What is wrong with a body before anybody looks into it. */
export type BodyFault = 'TOO_LARGE' | 'CUT_OFF';

/**
 * Reads all that a request sends.
 *
 * @returns what it was, or why there is none: it has more bytes than are taken, or the client went away
 */
export function readAll(request: IncomingMessage, maxBytes: number): Promise<Buffer | BodyFault> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        // The rest is let through, and not kept: else the client would not come to read the answer.
        chunks.length = 0;
        resolve('TOO_LARGE');
      } else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    for (const event of ['error', 'aborted']) request.once(event, () => resolve('CUT_OFF'));
  });
}

/** What was posted as JSON; undefined where it is none, or nothing that could be a request. */
export function postedIn({ headers }: IncomingMessage, bytes: Buffer): object | undefined {
  if (!/^application\/(?:graphql\+)?json/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    const posted: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof posted === 'object' && posted !== null && Object.keys(posted).length > 0 ? posted : undefined;
  } catch {
    return undefined;
  }
}

/** A body that was read, for Yoga to read: it counts the keys of what it is given, of which bytes and texts have one each. */
export const readAgain = (bytes: Buffer) => ({
  bytes,
  async *[Symbol.asyncIterator]() {
    yield bytes;
  },
});
