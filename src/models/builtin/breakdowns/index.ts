import type { KindName } from '../kinds.ts';
import type { StepTemplate } from './breakdown.ts';
import { DATA, PURCHASE, RESEARCH } from './finding.ts';
import { EVENT, HIRING, MARKETING, TRIP } from './gathering.ts';
import { FITNESS, IMPROVEMENT, LEARNING } from './growing.ts';
import { BUSINESS, MIGRATION, SOFTWARE, WRITING } from './making.ts';
import { GENERAL, RELOCATION, RENOVATION } from './settling.ts';

export type { StepTemplate } from './breakdown.ts';

/** How each kind of work breaks down. */
export const BREAKDOWNS: Readonly<Record<KindName, readonly StepTemplate[]>> = {
  software: SOFTWARE,
  migration: MIGRATION,
  research: RESEARCH,
  data: DATA,
  event: EVENT,
  trip: TRIP,
  writing: WRITING,
  purchase: PURCHASE,
  learning: LEARNING,
  hiring: HIRING,
  marketing: MARKETING,
  fitness: FITNESS,
  relocation: RELOCATION,
  renovation: RENOVATION,
  business: BUSINESS,
  improvement: IMPROVEMENT,
  general: GENERAL,
};
