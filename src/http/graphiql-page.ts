import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { renderPage } from '../graphql/graphiql.ts';
import { serveCompressed } from './compressed.ts';

/** Whether a request is that of a browser for the page. */
export const asksForPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true;

/** Serves GraphiQL: a page of 9 MB. */
export function serveGraphiQL(): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  let policy: string | undefined;
  const serve = serveCompressed(() => renderPage(), { 'content-type': 'text/html; charset=utf-8' });
  return async (request, response) => {
    // The page is the same for as long as this process runs.
    policy ??= policyOf(await renderPage());
    response.setHeader('content-security-policy', policy);
    await serve(request, response);
  };
}

/** Lets the page run the scripts that it consists of, ask this server, and nothing else. Its editor makes its styles while it runs. */
function policyOf(page: string): string {
  const scripts = [...page.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(
    ([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
  );
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
