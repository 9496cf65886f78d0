import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import { isRebound } from './origins.ts';

interface Refusal {
  status: number;
  message: string;
  code?: string;
}

/** What a request may come as. Pages of other sites can send forms and plain text unasked, and so neither is taken. */
const bodyTypes = /^application\/(?:json|graphql(?:\+json)?)\s*(?:;|$)/i;

/** Refuses an address that is none, and a name for this machine that a page elsewhere may have made up. @returns whether it was refused */
export function refuseHost({ headers }: IncomingMessage, response: ServerResponse, config: Config): boolean {
  const { host = 'localhost' } = headers;
  if (!URL.canParse(`http://${host}`))
    return close(response, { status: 400, message: 'The header Host is not the name of a host.' });
  if (isRebound(host, config))
    return close(response, {
      status: 421,
      message: 'Under LION_DEV=1, Lion is reached as localhost only. Set LION_DEV=0 to use another name.',
    });
  return false;
}

/** Refuses a query whose body has no size or type, or an unreasonable one, before it is read. @returns whether it was refused */
export function refuse({ method, headers }: IncomingMessage, response: ServerResponse, { maxRequestBytes }: Config): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type } = headers;
  if (encoding !== undefined)
    return close(response, { status: 411, message: 'A request must say the length of its body: Content-Length.' });
  if (Number(length ?? 0) > maxRequestBytes)
    return close(response, { status: 413, message: `The body of a request may have ${maxRequestBytes} bytes at most.` });
  if (method === 'POST' && !bodyTypes.test(type ?? ''))
    return close(response, {
      status: 415,
      message: 'A request must say what its body is: Content-Type: application/json. Forms are not taken.',
    });
  return false;
}

/** What is not read leaves the connection in no state for another request. */
function close(response: ServerResponse, refused: Refusal): true {
  response.setHeader('connection', 'close');
  answer(response, refused);
  return true;
}

/** Answers with an error, as GraphQL has them. */
function answer(response: ServerResponse, { status, message, code = 'BAD_INPUT' }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(errorBody(message, code));
}

export const errorBody = (message: string, code: string): string =>
  JSON.stringify({ errors: [{ message, extensions: { code } }] });
