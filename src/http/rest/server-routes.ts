import { ServerStoppingError } from '../../operations/errors.ts';
import type { Route } from './route.ts';
import { health } from './schemas.ts';

/** What Lion says of itself: to anybody, as it tells nothing of what is stored. */
export const serverRoutes = (document: () => string): Route[] => [
  {
    method: 'GET',
    path: '/health',
    action: undefined,
    operationId: 'getHealth',
    summary: 'Whether Lion runs, and can store',
    tag: 'server',
    answers: { 200: { description: 'It runs, and can store.', schema: health } },
    problems: [503],
    async handle({ lion }) {
      if (lion.agent.isStopping) throw new ServerStoppingError();
      const fault = lion.database.fault();
      if (fault) throw fault;
      return { status: 200, body: { status: 'ok' } };
    },
  },
  {
    method: 'GET',
    path: '/openapi.json',
    action: undefined,
    operationId: 'getOpenApi',
    summary: 'This document',
    tag: 'server',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: { type: 'object' } } },
    problems: [],
    handle: async () => ({ status: 200, body: document(), headers: { 'content-type': 'application/json' } }),
  },
];
