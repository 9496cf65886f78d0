import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createBuiltinModel } from '../../src/models/builtin/index.ts';

const INSTRUCTION = 'Plan a web application for a village library with 20 guests in 2027 under 500 euros';

async function fillJson(schema: unknown, instruction = INSTRUCTION, seed = 0): Promise<unknown> {
  const { content } = await createBuiltinModel().doGenerate({
    prompt: [],
    seed,
    responseFormat: { type: 'json', schema: schema as never },
    providerOptions: { builtin: { task: 'fill', instruction } },
  });
  return JSON.parse((content[0] as { text: string }).text) as unknown;
}

interface Tree {
  name: string;
  children: Tree[];
}
const Tree: z.ZodType<Tree> = z.object({ name: z.string(), children: z.lazy(() => z.array(Tree)) });
interface Chain {
  value: number;
  next: Chain | null;
}
const Chain: z.ZodType<Chain> = z.object({ value: z.number(), next: z.lazy(() => Chain.nullable()) });
interface Expression {
  left: Expression | number;
  right: Expression | number;
}
const Expression: z.ZodType<Expression> = z.object({
  left: z.lazy(() => z.union([Expression, z.number()])),
  right: z.lazy(() => z.union([Expression, z.number()])),
});

const SCHEMAS: Record<string, z.ZodType> = {
  'a string': z.string(),
  'an empty object': z.object({}),
  anything: z.any(),
  'plain fields': z.object({ title: z.string(), done: z.boolean(), count: z.number(), note: z.null() }),
  'optional fields': z.object({
    title: z.string().optional(),
    owner: z.string().nullish(),
    tags: z.array(z.string()).optional(),
  }),
  defaults: z.object({ status: z.string().default('open'), size: z.number().default(3) }),
  'strict object': z.strictObject({ a: z.string(), b: z.number().optional() }),
  'loose object': z.looseObject({ a: z.string() }),
  catchall: z.object({ a: z.string() }).catchall(z.number()),
  lengths: z.object({
    short: z.string().max(5),
    long: z.string().min(300),
    exact: z.string().length(12),
    title: z.string().min(1).max(20),
  }),
  patterns: z.object({
    slug: z.string().regex(/^[a-z0-9-]+$/),
    code: z.string().regex(/^[A-Z]{3}-\d{4}$/),
    either: z.string().regex(/^(?:cat|dog)s?$/),
    hex: z.string().regex(/^#[0-9a-f]{6}$/i),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
  }),
  'a pattern with a length': z
    .string()
    .regex(/^[a-z]+$/)
    .min(40)
    .max(60),
  'starts, ends, includes': z.object({
    a: z.string().startsWith('pre-'),
    b: z.string().endsWith('.txt'),
    c: z.string().includes('needle'),
  }),
  'lower and upper case': z.object({ a: z.string().lowercase(), b: z.string().uppercase() }),
  formats: z.object({
    email: z.email(),
    url: z.url(),
    uuid: z.uuid(),
    v7: z.uuid({ version: 'v7' }),
    when: z.iso.datetime(),
    day: z.iso.date(),
    time: z.iso.time(),
    span: z.iso.duration(),
    ip: z.ipv4(),
    ip6: z.ipv6(),
    cidr: z.cidrv4(),
    b64: z.base64(),
    phone: z.e164(),
    emoji: z.emoji(),
    nano: z.nanoid(),
    cuid: z.cuid(),
    cuid2: z.cuid2(),
    ulid: z.ulid(),
    xid: z.xid(),
    ksuid: z.ksuid(),
    jwt: z.jwt(),
  }),
  bounds: z.object({
    a: z.number().min(3).max(4),
    b: z.number().gt(0).lt(1),
    c: z.int().gte(-5).lt(-3),
    d: z.number().positive(),
    e: z.number().negative(),
    f: z.int().nonnegative(),
    g: z.number().gt(1).lt(1.0001),
  }),
  multiples: z.object({
    a: z.number().multipleOf(0.25).min(0.3).max(0.6),
    b: z.int().multipleOf(7).min(15),
    c: z.number().multipleOf(0.1),
    d: z.number().min(100).multipleOf(30),
  }),
  'int32 and float': z.object({ a: z.int32(), b: z.float32(), c: z.uint32() }),
  enums: z.object({
    level: z.enum(['low', 'medium', 'high']),
    color: z.literal(['red', 'green']),
    one: z.literal(1),
    yes: z.literal(true),
    nothing: z.literal(null),
  }),
  arrays: z.object({
    some: z.array(z.string()),
    few: z.array(z.number()).min(4).max(5),
    none: z.array(z.string()).max(0),
    long: z.array(z.string()).length(17),
  }),
  'arrays of arrays': z.array(z.array(z.array(z.number()).min(1)).min(2)).min(1),
  tuples: z.object({ pair: z.tuple([z.string(), z.number()]), open: z.tuple([z.string()]).rest(z.boolean()) }),
  records: z.object({
    free: z.record(z.string(), z.number()),
    keyed: z.record(z.enum(['a', 'b']), z.string()),
    partial: z.partialRecord(z.enum(['x', 'y']), z.number()),
    patterned: z.record(z.string().regex(/^k\d+$/), z.boolean()),
  }),
  unions: z.object({
    a: z.union([z.string(), z.number()]),
    b: z.union([z.object({ x: z.number() }), z.object({ y: z.string() })]),
    c: z.string().or(z.null()),
  }),
  'discriminated unions': z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('circle'), radius: z.number().positive() }),
        z.object({ kind: z.literal('text'), body: z.string().min(1) }),
      ]),
    )
    .min(3),
  'exclusive unions': z.xor([z.object({ a: z.string() }).strict(), z.object({ b: z.number() }).strict()]),
  intersections: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number().min(2) })),
  nullable: z.object({ a: z.string().nullable(), b: z.array(z.number().nullable()), c: z.object({ d: z.int() }).nullable() }),
  'a tree': Tree,
  'a chain': Chain,
  'mutual recursion': Expression,
  'a deep object': z.object({
    a: z.object({
      b: z.object({
        c: z.object({
          d: z.object({ e: z.object({ f: z.object({ g: z.object({ h: z.object({ i: z.string().min(3) }) }) }) }) }),
        }),
      }),
    }),
  }),
  'a report': z.object({
    title: z.string().max(80),
    summary: z.string().min(20),
    sections: z
      .array(z.object({ heading: z.string(), body: z.string(), sources: z.array(z.url()).max(2) }))
      .min(1)
      .max(4),
    risks: z.array(z.object({ risk: z.string(), likelihood: z.number().min(0).max(1), severity: z.enum(['low', 'high']) })),
  }),
  'a bill': z.object({
    number: z.string().regex(/^INV-\d{4}-\d{3}$/),
    lines: z
      .array(z.object({ text: z.string(), quantity: z.int().min(1), price: z.number().multipleOf(0.01).nonnegative() }))
      .nonempty(),
    currency: z.string().length(3),
  }),
  'odd names': z.object({ __proto_: z.string(), 'with space': z.number(), $ref: z.string(), ключ: z.boolean(), '': z.string() }),
  'pipes and brands': z.object({
    id: z.string().min(3).brand('id'),
    size: z.string().pipe(z.string().max(9)),
    read: z.array(z.string()).readonly(),
  }),
  'string bool and template': z.object({
    t: z.templateLiteral(['v', z.number()]),
    w: z.templateLiteral([z.enum(['a', 'b']), '-', z.string()]),
  }),
  wide: z.object(
    Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [`field${index}`, z.array(z.object({ name: z.string(), value: z.number() }))]),
    ),
  ),
};

const HARD = ['', '???', 'bakery', '为村图书馆规划一个网络应用程序', '🎉'.repeat(50), 'word '.repeat(20_000)];

describe('fill', () => {
  describe.each(Object.entries(SCHEMAS))('%s', (_, schema) => {
    it.each(['draft-2020-12', 'draft-7'] as const)('is valid (%s)', async (target) => {
      const json = z.toJSONSchema(schema, { target, io: 'output' });
      for (const seed of [0, 1, 2]) {
        const value = await fillJson(json, INSTRUCTION, seed);
        const result = schema.safeParse(value);
        expect(result.error?.issues ?? [], JSON.stringify(value)).toEqual([]);
      }
    });

    it('is valid whatever the instruction', async () => {
      const json = z.toJSONSchema(schema);
      for (const instruction of HARD) {
        const result = schema.safeParse(await fillJson(json, instruction));
        expect(result.error?.issues ?? []).toEqual([]);
      }
    });
  });

  it('takes its words from the instruction', async () => {
    const schema = z.object({
      title: z.string(),
      summary: z.string(),
      tags: z.array(z.string()),
      guests: z.int(),
      year: z.int(),
      budget: z.number(),
      kind: z.enum(['mobile', 'web', 'desktop']),
      steps: z.array(z.object({ title: z.string(), dueDate: z.iso.date() })),
    });
    const value = schema.parse(await fillJson(z.toJSONSchema(schema)));
    expect(value).toMatchObject({ guests: 20, year: 2027, budget: 500, kind: 'web' });
    expect(value.title).toContain('web application');
    expect(value.summary).toContain('village library');
    expect(value.tags).toContain('village library');
    expect(new Set(value.steps.map(({ title }) => title)).size).toBe(value.steps.length);
    expect(value.steps.map(({ dueDate }) => dueDate)).toEqual(value.steps.map(({ dueDate }) => dueDate).sort());
  });

  it('says different things to different instructions', async () => {
    const json = z.toJSONSchema(z.object({ title: z.string(), ideas: z.array(z.string()) }));
    expect(await fillJson(json, 'Open a bakery')).not.toEqual(await fillJson(json, 'Learn Spanish'));
  });

  it.each([
    [{ type: ['string', 'null'], minLength: 2 }, (value: unknown) => typeof value === 'string' && value.length >= 2],
    [
      { type: 'array', items: { enum: [1, 2, 3] }, uniqueItems: true, minItems: 3 },
      (value: unknown) => Array.isArray(value) && new Set(value).size === 3,
    ],
    [
      { type: 'array', items: { type: 'string' }, uniqueItems: true, minItems: 30 },
      (value: unknown) => Array.isArray(value) && new Set(value).size === 30,
    ],
    [
      { type: 'array', items: { type: 'integer', minimum: 1, maximum: 9 }, uniqueItems: true, minItems: 9 },
      (value: unknown) => Array.isArray(value) && new Set(value).size === 9,
    ],
    [
      { type: 'array', items: [{ type: 'string' }, { type: 'boolean' }], additionalItems: false, minItems: 2 },
      (value: unknown) => Array.isArray(value) && value.length === 2 && typeof value[1] === 'boolean',
    ],
    [
      { type: 'object', minProperties: 3, additionalProperties: { type: 'integer' } },
      (value: unknown) => Object.values(value as object).length >= 3,
    ],
    [
      { type: 'object', required: ['a'], additionalProperties: { type: 'integer' } },
      (value: unknown) => Number.isInteger((value as { a: unknown }).a),
    ],
    [
      { type: 'object', patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false, minProperties: 1 },
      (value: unknown) => Object.keys(value as object).every((key) => key.startsWith('x-')),
    ],
    [
      { $ref: '#/definitions/a~1b', definitions: { 'a/b': { type: 'integer', minimum: 4, exclusiveMaximum: 5 } } },
      (value: unknown) => value === 4,
    ],
    [
      { allOf: [{ type: 'number', minimum: 3 }, { maximum: 3.5 }] },
      (value: unknown) => Number(value) >= 3 && Number(value) <= 3.5,
    ],
    [
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { const: 1 } }, required: ['b'] },
        ],
      },
      (value: unknown) => (value as { b: unknown }).b === 1 && 'a' in (value as object),
    ],
    [
      { properties: { a: { minLength: 1 } }, required: ['a'] },
      (value: unknown) => typeof (value as { a: unknown }).a === 'string',
    ],
    [
      { type: 'object', properties: { b: { $ref: '#' }, a: { type: 'string' } }, required: ['a'] },
      (value: unknown) => typeof (value as { a: unknown }).a === 'string',
    ],
    [true, (value: unknown) => typeof value === 'object'],
  ])('fills %j', async (schema, isValid) => {
    const value = await fillJson(schema);
    expect(isValid(value), JSON.stringify(value)).toBe(true);
  });

  it('says so when nothing finite could be valid', async () => {
    const endless = {
      $ref: '#/$defs/a',
      $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, required: ['a'] } },
    };
    await expect(fillJson(endless)).rejects.toThrow('no value of finite depth');
  });
});
