import type { IncomingMessage, ServerResponse } from 'node:http';
import { keyOf } from '../access/credentials.ts';
import { quotaHeaders } from '../access/limit-headers.ts';
import type { Viewer } from '../access/key.ts';
import type { Lion } from '../lion.ts';
import { networkOf, type AddressOf } from './address.ts';

/** The key in the headers of a request. */
export const keyOfRequest = ({ headers }: IncomingMessage): string | undefined =>
  keyOf({
    get: (name) => {
      const value = headers[name];
      return typeof value === 'string' ? value : null;
    },
  });

/**
 * Lets a request in before anything of it is read, and has its answer tell what is left of its limits.
 *
 * @returns who asks; undefined where no key was given
 * @throws UnauthenticatedError, RateLimitedError
 */
export async function admitRequest(
  lion: Lion,
  addressOf: AddressOf,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Viewer | undefined> {
  const { viewer, quotas } = await lion.admission.admit(keyOfRequest(request), networkOf(addressOf(request)));
  for (const [name, value] of Object.entries(quotaHeaders(quotas))) response.setHeader(name, value);
  return viewer;
}
