import { z } from 'zod';
import { InputInvalidError } from './errors.ts';

/** Deeper than any honest document, and far from what databases and parsers refuse. */
const deepestJson = 64;

/** Any JSON value. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A JSON value whose text has at most `maxBytes` bytes. What comes over the API is JSON already: only its size is in question. */
export const json = (maxBytes: number) =>
  z.custom<Json>((value) => value !== undefined).superRefine((value, context) => refuseHuge(value, maxBytes, context));

/** A JSON object whose text has at most `maxBytes` bytes. */
export const jsonObject = (maxBytes: number) =>
  z
    .custom<{ [key: string]: Json }>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be a JSON object',
    )
    .superRefine((value, context) => refuseHuge(value, maxBytes, context));

function refuseHuge(value: unknown, maxBytes: number, context: z.RefinementCtx): void {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes > maxBytes)
    context.addIssue({ code: 'custom', message: `must be at most ${maxBytes} bytes of JSON (it is ${bytes})` });
}

/**
 * Parses what a user gave, at the edge.
 *
 * @param root what the input is called in messages
 * @throws InputInvalidError with every field that does not fit
 */
export function parseInput<T>(schema: z.ZodType<T>, given: unknown, root = 'input'): T {
  refuseDeep(given, root);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new InputInvalidError(parsed.error.issues.map(({ path, message }) => ({ path: pathText(root, path), message })));
}

/** @throws InputInvalidError that names the fields that are nested too deep */
function refuseDeep(given: unknown, root: string): void {
  if (!isDeeperThan(given, deepestJson)) return;
  const fields = Object.entries(given as object).filter(([, value]) => isDeeperThan(value, deepestJson - 1));
  const message = `must not be nested more than ${deepestJson} levels deep`;
  throw new InputInvalidError(
    fields.map(([field]) => ({ path: pathText(root, [Array.isArray(given) ? Number(field) : field]), message })),
  );
}

const pathText = (root: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), root);

/** Whether a value is nested deeper than `levels`. Goes no deeper than that itself. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
