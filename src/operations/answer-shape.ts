import { z } from 'zod';
import type { JsonObject } from '../history/event.ts';
import { parseInput } from '../input.ts';

/** The shape of an answer as JSON Schema: what is stored, and shown to whoever is asked. */
export const answerShape = (schema: z.ZodType): JsonObject =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonObject;

/** @throws InputInvalidError with each field of an answer that does not fit */
export function refuseUnfit(answer: unknown, shape: JsonObject): void {
  parseInput(checkOf(shape), answer, 'answer');
}

/** What JSON Schema has and cannot be checked here is checked by the definition, which asks again where it has to. */
function checkOf(shape: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(shape);
  } catch {
    return z.any();
  }
}
