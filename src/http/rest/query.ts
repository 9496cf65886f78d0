import { z } from 'zod';
import { InputInvalidError, type InputIssue } from '../../errors.ts';
import { eventTypes } from '../../history/event.ts';
import { pageSizes } from '../../page.ts';
import { unknownField } from './naming.ts';

/** A whole number, as it stands in an address. */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text),
    z.int('must be a whole number').min(min, `must be at least ${min}`).max(max, `must be at most ${max}`),
  );

/** The greatest `seq` that there can be. */
const greatestSeq = 2 ** 31 - 1;

export const cursor = wholeNumber(0, greatestSeq);

/** Several of something, with commas between them. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess((text) => (typeof text === 'string' ? text.split(',').filter((part) => part !== '') : text), z.array(item));

const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, `must be one of ${values.join(', ')}`);

export const types = listOf(oneOf(eventTypes as [string, ...string[]]))
  .optional()
  .describe('Only events of these types, with commas between them.');

const time = z.iso.datetime({ offset: true, error: 'must be a time as in 2026-11-25T12:00:00Z' }).optional();

export const pageQuery = z.object({
  limit: wholeNumber(1, pageSizes.max).default(pageSizes.default).describe('How many at most.'),
  after: z.string().optional().describe('Only what comes after this cursor: `next` of the page before.'),
});

export const sessionListQuery = pageQuery.extend({
  status: oneOf(['ACTIVE', 'EXPIRED']).optional().describe('Only those of this status.'),
  title_contains: z.string().optional().describe('Only those with this text in the title; ASCII letters match in either case.'),
  created_after: time.describe('Only those that were created after this time.'),
  created_before: time.describe('Only those that were created before this time.'),
});

export const operationListQuery = pageQuery.extend({
  status: listOf(oneOf(['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED']))
    .optional()
    .describe('Only those of these statuses, with commas between them.'),
  kind: listOf(z.string()).optional().describe('Only those of these kinds, with commas between them.'),
  top_level: z
    .preprocess((text) => (text === 'true' ? true : text === 'false' ? false : text), z.boolean('must be true or false'))
    .optional()
    .describe('true: only those that no other operation started; false: only children.'),
  created_after: time.describe('Only those that were created after this time.'),
  created_before: time.describe('Only those that were created before this time.'),
});

/** @throws InputInvalidError for parameters that do not fit, and for those that there are not */
export function parseQuery(schema: z.ZodObject, given: URLSearchParams): Record<string, unknown> {
  const names = Object.keys(schema.shape);
  const issues: InputIssue[] = [];
  const values: Record<string, string> = {};
  for (const name of new Set(given.keys())) {
    if (names.includes(name)) values[name] = given.getAll(name).join(',');
    else
      issues.push({
        path: name,
        message: names.length === 0 ? 'is not known: this takes no parameters' : unknownField(name, names),
      });
  }
  const parsed = schema.safeParse(values);
  for (const { path, message } of parsed.error?.issues ?? []) issues.push({ path: String(path[0]), message });
  if (issues.length > 0 || !parsed.success) throw new InputInvalidError(issues);
  return parsed.data;
}
