import type { Figure } from '../harness/figure.ts';
import { fanOut } from './fan-out.ts';
import { flood } from './flood.ts';
import { idleSubscriptions } from './idle-subscriptions.ts';
import { journal } from './journal.ts';
import { latency } from './latency.ts';
import { limits } from './limits.ts';
import { lists } from './lists.ts';
import { memory } from './memory.ts';
import { operation } from './operation.ts';
import { resume } from './resume.ts';
import { sessions } from './sessions.ts';
import { size } from './size.ts';
import { start } from './start.ts';
import { throughput } from './throughput.ts';

/** All figures, in the order of the table. */
export const figures: readonly Figure[] = [
  start,
  operation,
  throughput,
  limits,
  flood,
  journal,
  fanOut,
  latency,
  sessions,
  resume,
  lists,
  memory,
  idleSubscriptions,
  size,
];
