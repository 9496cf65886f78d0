import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Viewer } from '../../access/key.ts';
import type { Action } from '../../access/permission.ts';
import type { PrismaClient } from '../../database/client.ts';
import type { Lion } from '../../lion.ts';
import type { Kinds } from './kinds.ts';
import type { JsonSchema } from './naming.ts';

/** What a route works with. */
export interface Call {
  lion: Lion;
  kinds: Kinds;
  /** Who asks; nobody, where a route is for everybody. */
  viewer: Viewer;
  db: PrismaClient;
  /** What the path has in place of its `{names}`. */
  params: Record<string, string>;
  /** As the route's `query` has parsed it. */
  query: unknown;
  /** As it came; undefined where there is none. */
  body: unknown;
  request: IncomingMessage;
  response: ServerResponse;
  /** Fires when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** How often a stream gives a sign of life. */
  heartbeatMs: number;
}

export interface Answer {
  status: number;
  /** JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** What an answer of a status is like. */
export interface DocumentedAnswer {
  description: string;
  /** One that has a name in the document, or one that is written out. */
  schema?: z.ZodType | JsonSchema;
  /** @default application/json */
  mediaType?: string;
  headers?: Record<string, string>;
}

/** One thing that can be asked for: what answers it, and what the OpenAPI document says of it. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/sessions/{session_id}`. */
  path: string;
  /** What the key has to be allowed; undefined where no key is needed. */
  action: Action | undefined;
  /** Names it in the document, and for programs that are made of it. */
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  query?: z.ZodObject;
  /** Headers that it looks at, with what they are for. */
  headers?: Record<string, string>;
  body?: { schema: JsonSchema; required: boolean; examples: Record<string, unknown> };
  answers: Record<number, DocumentedAnswer>;
  /** The statuses of the problems that it may answer with, beside those that any may. */
  problems: readonly number[];
  /** @returns undefined where it has answered itself */
  handle(call: Call): Promise<Answer | undefined>;
}
