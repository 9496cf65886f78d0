import { budgetChecks } from './budgets.ts';
import type { Check } from './check.ts';
import { counterChecks } from './counters.ts';
import { historyChecks } from './histories.ts';
import { claimsOfFormer, claimWithoutNode, operationChecks } from './operations.ts';
import { referenceChecks } from './references.ts';
import { sessionChecks } from './sessions.ts';
import { stepChecks, waitChecks } from './steps-and-waits.ts';

/**
 * All that has to hold in a database, in the order in which it is mended.
 *
 * @param isHeld whether a Lion works with it: then its claims are as they should be
 */
export const checksOf = (isHeld: boolean): readonly Check[] => [
  ...referenceChecks,
  ...historyChecks,
  ...sessionChecks,
  ...operationChecks,
  isHeld ? claimWithoutNode : claimsOfFormer,
  ...stepChecks,
  ...waitChecks,
  ...counterChecks,
  ...budgetChecks,
];
