import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { serveCompressed } from '../compressed.ts';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Lion: REST</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <style>body { margin: 0; }</style>
  </head>
  <body>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/begin.js"></script>
  </body>
</html>
`;

/** The key is kept for as long as the page is, and no longer. */
const begin = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#page',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
`;

/** It loads nothing from elsewhere, and runs nothing but its own scripts. Swagger UI styles its parts where they are. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  html: 'text/html; charset=utf-8',
  png: 'image/png',
};

const assets = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');

/** A page to try REST on: Swagger UI, with all that it needs from here. @returns what answers for an address; undefined for one that is none of its */
export function serveDocs(): (
  path: string,
) => ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined {
  const own: Record<string, string> = { '/docs': page, '/docs/begin.js': begin };
  const files = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
  const served = new Map([
    ...Object.entries(own).map(
      ([path, text]) => [path, serveCompressed(async () => text, headersOf(path === '/docs' ? 'html' : path))] as const,
    ),
    ...files.map(
      (file) => [`/docs/${file}`, serveCompressed(() => readFile(new URL(file, `file://${assets}`)), headersOf(file))] as const,
    ),
  ]);
  return (path) => served.get(path === '/docs/' ? '/docs' : path);
}

const headersOf = (file: string): Record<string, string> => ({
  'content-type': types[file.split('.').at(-1)!]!,
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
});
