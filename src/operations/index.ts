import { brainstorm } from './brainstorm.ts';
import type { AnyDefinition } from './definition.ts';
import { perform } from './perform.ts';
import { plan } from './plan.ts';
import { run } from './run.ts';
import { select } from './select.ts';

/** The kinds of operation that come with Lion. */
export const builtInDefinitions = [brainstorm, plan, select, perform, run] as const satisfies readonly AnyDefinition[];
