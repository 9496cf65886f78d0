import { ANALOGIES } from './analogies.ts';
import type { Lens } from './lens.ts';
import { PERSPECTIVES } from './perspectives.ts';
import { SCAMPER } from './scamper.ts';
import { STRUCTURES } from './structures.ts';

export type { Lens, Move, Scope } from './lens.ts';

/** Every lens that ideas are looked for with. */
export const LENSES: readonly Lens[] = [...SCAMPER, ...PERSPECTIVES, ...STRUCTURES, ...ANALOGIES];
