import type { KindName } from '../kinds.ts';
import { LIFE_MOVES } from './crafts-life.ts';
import type { Move } from './lens.ts';
import { WORK_MOVES } from './crafts-work.ts';

/** Ideas that belong to one kind of work, from the practice of those who do it. */
export const CRAFT_MOVES: Partial<Record<KindName, readonly Move[]>> = { ...WORK_MOVES, ...LIFE_MOVES };
