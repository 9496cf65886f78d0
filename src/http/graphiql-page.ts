import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderPage } from '../graphql/graphiql.ts';
import { serveCompressed } from './compressed.ts';

/** Whether a request is that of a browser for the page. */
export const asksForPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true;

/** Serves GraphiQL: a page of 9 MB. */
export const serveGraphiQL = (): ((request: IncomingMessage, response: ServerResponse) => Promise<void>) =>
  serveCompressed(() => renderPage(), { 'content-type': 'text/html; charset=utf-8' });
