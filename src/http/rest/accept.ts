import type { IncomingMessage } from 'node:http';
import { RequestError } from './problem.ts';
import type { Route } from './route.ts';

/** Refuses a client that would not take what a route answers with. @throws RequestError */
export function acceptsSome({ headers }: Pick<IncomingMessage, 'headers'>, { answers }: Pick<Route, 'answers'>): void {
  const { accept } = headers;
  if (accept === undefined) return;
  const offered = Object.values(answers).flatMap(({ schema, mediaType = 'application/json' }) => (schema ? [mediaType] : []));
  if (offered.length === 0 || offered.some((type) => accepts(accept, type))) return;
  throw new RequestError(406, 'NOT_ACCEPTABLE', `The answer is ${offered[0]}, which the request does not accept.`);
}

function accepts(accept: string, type: string): boolean {
  const [family] = type.split('/');
  return accept.split(',').some((entry) => {
    const [range = '', ...parameters] = entry.trim().toLowerCase().split(';');
    const isRefused = parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0*)?\s*$/.test(parameter));
    return !isRefused && ['*/*', `${family}/*`, type].includes(range.trim());
  });
}
