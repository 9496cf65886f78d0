import { terminalEventTypes } from '../history/event.ts';
import { beingRemoved, keptForForks } from '../history/what-may-go.ts';
import { operationStatuses, isTerminal, type OperationStatus } from '../operations/state-machine.ts';

// Pieces of SQL that several checks are made of.

/** Values of Lion's own, never of a user's. */
const listed = (values: readonly string[]): string => `(${values.map((value) => `'${value}'`).join(', ')})`;

export const unfinished = listed(operationStatuses.filter((status) => !isTerminal(status)));
export const ended = listed(operationStatuses.filter((status) => isTerminal(status)));
export const terminalEvents = listed(terminalEventTypes);
/** The projects of sessions that were deleted. */
export const deletedProjects = listed([beingRemoved, keptForForks]);
export const removedProject = `'${beingRemoved}'`;
export const keptProject = `'${keptForForks}'`;

/** What is in JSON; NULL where it is none, so that what is unreadable is found by the check that is for it. */
export const inJson = (json: string, path: string): string => `(iif(json_valid(${json}), ${json}, '{}') ->> '${path}')`;

/** What each event leaves an operation as. */
const statusAfter = {
  OperationQueued: 'QUEUED',
  OperationStarted: 'RUNNING',
  OperationRecovered: 'QUEUED',
  OperationWaiting: 'WAITING',
  OperationResumed: 'QUEUED',
  OperationSucceeded: 'SUCCEEDED',
  OperationFailed: 'FAILED',
  OperationCancelled: 'CANCELLED',
} satisfies Record<string, OperationStatus>;

export const statusEvents = listed(Object.keys(statusAfter));
export const statusOf = (type: string): string =>
  `CASE ${type} ${Object.entries(statusAfter)
    .map(([of, status]) => `WHEN '${of}' THEN '${status}'`)
    .join(' ')} END`;

/** This moment, as Lion stores times. */
export const now = `strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')`;

export const usageColumns = ['inputTokens', 'outputTokens', 'cachedTokens', 'reasoningTokens'] as const;
