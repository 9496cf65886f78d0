import type { ServerResponse } from 'node:http';

/** What of a page may be done: nothing, where an answer is no page. */
const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What every answer says to browsers. */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': nothing,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** @param hstsSeconds for how long browsers are to come over TLS only; 0 says nothing of it */
export function securityHeaders(hstsSeconds: number): Readonly<Record<string, string>> {
  return hstsSeconds > 0 ? { ...headers, 'strict-transport-security': `max-age=${hstsSeconds}` } : headers;
}

export function setHeaders(response: ServerResponse, given: Readonly<Record<string, string>>): void {
  for (const name in given) response.setHeader(name, given[name]!);
}
