import { z } from 'zod';
import { jsonSchemaOf, type JsonSchema } from './naming.ts';
import type { DocumentedAnswer, Route } from './route.ts';
import { namedSchemas, problem, refTo } from './schemas.ts';

/** What each status of a problem means. */
const problemDescriptions: Record<number, string> = {
  400: 'The body is not JSON.',
  401: 'There is no API key, or none that is known.',
  403: 'The role of the key does not allow it.',
  404: 'There is none of that id, or none that the key may see.',
  405: 'The address takes other methods: `Allow` has them.',
  406: 'The client accepts none of what there is.',
  409: 'It conflicts with how things stand: busy, ended already, or another request with the same idempotency key.',
  410: 'The session has expired and takes no new work. It can be read, and revived by changing it.',
  413: 'The body is too large.',
  415: 'The body is not said to be JSON.',
  422: 'What was given does not fit: `errors` has each field.',
  429: 'Too many requests. `Retry-After` says when to come back.',
  500: 'Something went wrong inside Lion; its log has it.',
  503: 'Lion is stopping, or its storage is at fault. Nothing was done.',
};

const tags = [
  { name: 'agent', description: 'What the agent can do. Each starts an operation, and answers when it has ended.' },
  { name: 'operations', description: 'What was started, and how it stands.' },
  { name: 'sessions', description: 'Durable contexts in which the agent works.' },
  { name: 'history', description: 'All that happened, in order: as pages, and as a stream.' },
  { name: 'server', description: 'Lion itself.' },
];

/** The OpenAPI document of these routes. */
export function openApiOf(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, unknown>> = {};
  const hoisted: Record<string, JsonSchema> = {};
  for (const route of routes) {
    const { path, method } = route;
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = operationOf(route, hoisted);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lion',
      version: '1',
      summary:
        'An agent that brainstorms, plans, selects and carries out work; everything that it does is an ordered, durable history.',
      description:
        'The same engine as the GraphQL API at `/graphql`, with the same keys, roles, limits and budgets. All times are ISO 8601 in UTC. Problems are `application/problem+json` (RFC 9457), whose `code` says which.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This Lion.' }],
    tags,
    security: [{ apiKey: [] }, { bearer: [] }],
    paths,
    components: {
      schemas: { ...namedSchemas(), ...hoisted },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key: `lion_...`.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'The same key.' },
      },
    },
  };
}

function operationOf(route: Route, hoisted: Record<string, JsonSchema>): object {
  const { operationId, summary, description, tag, action, body, query, path } = route;
  const headers = Object.entries(route.headers ?? {});
  const params = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    description: name === 'session_id' ? 'The id of the session.' : 'The id of the operation.',
    schema: { type: 'string' },
  }));
  const parameters = [
    ...params,
    ...(query ? queryParameters(query) : []),
    ...headers.map(([name, about]) => ({ name, in: 'header', required: false, description: about, schema: { type: 'string' } })),
  ];
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    ...(action === undefined && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBody(body, `${operationId}Body`, hoisted) }),
    responses: Object.fromEntries([
      ...Object.entries(route.answers).map(([status, answer]) => [status, response(answer, `${operationId}Answer`, hoisted)]),
      ...statusesOf(route).map((status) => [String(status), problemResponse(status)]),
    ]),
  };
}

/** The statuses of all problems that a route may answer with. */
export function statusesOf({ action, body, query, path, problems }: Route): number[] {
  const found = new Set(problems);
  found.add(500);
  if (action !== undefined) for (const status of [401, 403]) found.add(status);
  if (body) for (const status of [400, 413, 415]) found.add(status);
  if (body || query || path.includes('{')) found.add(422);
  return [...found].toSorted((a, b) => a - b);
}

function queryParameters(query: z.ZodObject): object[] {
  const { properties = {} } = jsonSchemaOf(query, 'given');
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description !== undefined && { description }),
    ...(schema.type === 'array' && { style: 'form', explode: false }),
    schema,
  }));
}

function requestBody(
  { schema, required, examples }: NonNullable<Route['body']>,
  name: string,
  hoisted: Record<string, JsonSchema>,
) {
  const shown = Object.entries(examples).map(([example, value]) => [example, { value }]);
  return {
    required,
    content: {
      'application/json': {
        schema: hoist(schema, name, hoisted),
        ...(shown.length > 0 && { examples: Object.fromEntries(shown) }),
      },
    },
  };
}

function response(
  { description, schema, mediaType = 'application/json', headers }: DocumentedAnswer,
  name: string,
  hoisted: Record<string, JsonSchema>,
) {
  const shape = schema instanceof z.ZodType ? refTo(schema) : schema && hoist(schema, name, hoisted);
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([header, about]) => [header, { description: about, schema: { type: 'string' } }]),
      ),
    }),
    ...(shape && { content: { [mediaType]: { schema: shape } } }),
  };
}

const problemResponse = (status: number): object => ({
  description: problemDescriptions[status],
  content: { 'application/problem+json': { schema: refTo(problem) } },
});

/** Gives a schema a name in the document; what it and its parts define comes along. */
function hoist(schema: JsonSchema, name: string, hoisted: Record<string, JsonSchema>): JsonSchema {
  if (schema.type === 'string' || schema.$ref !== undefined) return schema;
  const definitions: Record<string, JsonSchema> = {};
  const text = JSON.stringify(schema, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('$defs' in value)) return value;
    const { $defs, ...kept } = value as JsonSchema;
    Object.assign(definitions, $defs);
    return kept;
  });
  const rewritten = (written: string): JsonSchema =>
    JSON.parse(written.replaceAll('"$ref":"#/$defs/', `"$ref":"#/components/schemas/${name}_`)) as JsonSchema;
  hoisted[name] = rewritten(text);
  for (const [definition, inner] of Object.entries(definitions))
    hoisted[`${name}_${definition}`] = rewritten(JSON.stringify(inner));
  return { $ref: `#/components/schemas/${name}` };
}
