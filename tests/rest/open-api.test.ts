import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { readContract, type OpenApiDocument } from '../support/open-api.ts';

const tree: z.ZodType = z.object({
  wordCount: z.int(),
  get parts() {
    return z.array(tree);
  },
});

const custom = define({
  kind: 'countWords',
  version: 1,
  description: 'Counts words.',
  input: z.object({ longText: z.string(), wanted: tree.optional() }),
  output: tree,
  execute: async ({ input }) => ({ wordCount: input.longText.split(' ').length, parts: [] }),
});

let lion: TestLion;
let document: OpenApiDocument;
beforeAll(async () => {
  lion = await openTestLion({ definitions: [custom] });
  document = (await readContract(lion.url)).document;
});
afterAll(() => lion[Symbol.asyncDispose]());

test('the document is valid OpenAPI 3.1', async () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  const result = await new Validator().validate(structuredClone(document) as never);
  expect(result).toMatchObject({ valid: true });
});

test('every reference in it leads somewhere', () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
  const missing = refs.filter((ref) => !Object.hasOwn(document.components.schemas, ref.replace('#/components/schemas/', '')));
  expect(missing).toEqual([]);
  expect(refs.length).toBeGreaterThan(50);
});

test('it has these calls, and no others', () => {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(calls.toSorted()).toEqual(
    [
      'DELETE /sessions/{session_id}',
      'GET /health',
      'GET /openapi.json',
      'GET /operations',
      'GET /operations/{operation_id}',
      'GET /operations/{operation_id}/events',
      'GET /operations/{operation_id}/history',
      'GET /sessions',
      'GET /sessions/{session_id}',
      'GET /sessions/{session_id}/events',
      'GET /sessions/{session_id}/history',
      'GET /sessions/{session_id}/operations',
      'PATCH /sessions/{session_id}',
      'POST /agent/brainstorm',
      'POST /agent/countWords',
      'POST /agent/perform',
      'POST /agent/plan',
      'POST /agent/run',
      'POST /agent/select',
      'POST /operations/{operation_id}/answer',
      'POST /operations/{operation_id}/cancel',
      'POST /operations/{operation_id}/retry',
      'POST /sessions',
      'POST /sessions/{session_id}/fork',
    ].toSorted(),
  );
});

test('every call in it is answered by the server', async () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods)) {
      const response = await fetch(lion.url + path.replaceAll(/\{\w+\}/g, 'nope'), { method: method.toUpperCase() });
      const body = (await response.json()) as { code?: string };
      expect([path, body.code === 'NOT_FOUND' || body.code === 'METHOD_NOT_ALLOWED']).toEqual([path, false]);
      if (!['/health', '/openapi.json'].includes(path)) expect([path, response.status]).toEqual([path, 401]);
    }
  }
});

test('each call has a name of its own, and says what it does; so does each field of what it takes', () => {
  const calls = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as unknown as {
    operationId: string;
    summary: string;
  }[];
  expect(new Set(calls.map(({ operationId }) => operationId)).size).toBe(calls.length);
  expect(calls.every(({ summary }) => summary.length > 5)).toBe(true);
  const { brainstormBody, selectBody, createSessionBody } = document.components.schemas as Record<string, { properties: object }>;
  for (const body of [brainstormBody, selectBody, createSessionBody])
    for (const [name, field] of Object.entries(body!.properties))
      expect([name, field]).toEqual([name, expect.objectContaining({ description: expect.any(String) })]);
});

test('what only Lion itself gives is not in it, and names are in snake case', () => {
  const { planBody, performBody, brainstormBody } = document.components.schemas as Record<string, { properties: object }>;
  expect(Object.keys(planBody!.properties)).not.toContain('idea');
  expect(Object.keys(performBody!.properties)).toEqual([
    'instruction',
    'guidance',
    'context',
    'session_id',
    'model',
    'reasoning',
    'on_busy',
    'budget',
    'timeout_ms',
  ]);
  expect(brainstormBody).toMatchObject({ required: ['instruction'], additionalProperties: false });
  const names = [...JSON.stringify(document.components.schemas).matchAll(/"(\w+)":\{"(?:type|\$ref|anyOf|description)"/g)].map(
    ([, name]) => name!,
  );
  const schemaNames = Object.keys(document.components.schemas);
  expect(
    names.filter(
      (name) =>
        /[A-Z]/.test(name) && !schemaNames.includes(name) && !['anyOf', 'propertyNames', 'additionalProperties'].includes(name),
    ),
  ).toEqual([]);
});

test('a kind of your own is called by the names of its schema, in snake case', async () => {
  const response = await fetch(`${lion.url}/agent/countWords`, {
    method: 'POST',
    headers: { 'x-api-key': lion.key, 'content-type': 'application/json' },
    body: JSON.stringify({
      input: { long_text: 'one two three', wanted: { word_count: 1, parts: [{ word_count: 2, parts: [] }] } },
    }),
  });
  const body = (await response.json()) as { session_id: string; operation_id: string };
  expect(body).toMatchObject({ status: 'SUCCEEDED', result: { word_count: 3, parts: [] } });
  (await readContract(lion.url)).expectKept('POST', '/agent/countWords', {
    status: response.status,
    type: 'application/json',
    body,
  });
  const read = await fetch(`${lion.url}/operations/${body.operation_id}`, { headers: { 'x-api-key': lion.key } });
  expect(await read.json()).toMatchObject({
    input: { long_text: 'one two three', wanted: { word_count: 1, parts: [{ word_count: 2 }] } },
  });
  const wrong = await fetch(`${lion.url}/agent/countWords`, {
    method: 'POST',
    headers: { 'x-api-key': lion.key, 'content-type': 'application/json' },
    body: JSON.stringify({ input: { long_text: 7, wanted: { word_count: 1, parts: [{ word_count: 'x', parts: [] }] } } }),
  });
  expect(await wrong.json()).toMatchObject({
    status: 422,
    errors: [{ field: 'input.long_text' }, { field: 'input.wanted.parts[0].word_count' }],
  });
});
