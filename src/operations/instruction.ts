import { z } from 'zod';
import type { Json, JsonObject } from '../history/event.ts';
import { json } from '../input.ts';

const longestInstruction = 100_000;

const text = (longest: number) =>
  z.string().max(longest, `must be at most ${longest} characters; put long material into context, or cut it`);

/** What every built-in kind takes: what the user wants, how to go about it, and what there is to know. */
export const instructionFields = {
  instruction: text(longestInstruction)
    .refine((value) => value.trim() !== '', 'must not be empty')
    .describe('What the user wants.'),
  guidance: text(20_000)
    .nullish()
    .transform((value) => value ?? null)
    .describe('How to go about it.'),
  context: json(256 * 1024)
    .nullish()
    .transform((value) => value ?? null)
    .describe('What there is to know: JSON of at most 256 KiB, nested at most 64 levels deep.'),
};

export interface Instruction {
  instruction: string;
  guidance: string | null;
  context: Json;
}

/** The same, and nothing more: what is handed on to a child. */
export const instructionOf = ({ instruction, guidance, context }: Instruction): Instruction => ({
  instruction,
  guidance,
  context,
});

/** What a prompt says of what the user wants, word for word. */
export const instructionValues = ({ instruction, guidance, context }: Instruction): JsonObject => ({
  instruction,
  guidance,
  context: context === null ? null : JSON.stringify(context, null, 2),
});

/** The same as data, for the embedded model. */
export const instructionTask = ({ instruction, guidance, context }: Instruction): JsonObject => ({
  instruction,
  ...(guidance !== null && { guidance }),
  ...(context !== null && { context }),
});
