export type OperationStatus = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export const operationStatuses = [
  'QUEUED',
  'RUNNING',
  'WAITING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
] as const satisfies OperationStatus[];

/** Where each status can lead. What leads nowhere is terminal. */
const transitions: Record<OperationStatus, readonly OperationStatus[]> = {
  QUEUED: ['RUNNING', 'FAILED', 'CANCELLED'],
  // Back to QUEUED when an attempt is given up.
  RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELLED', 'WAITING', 'QUEUED'],
  WAITING: ['QUEUED', 'FAILED', 'CANCELLED'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
};

/** Whether an operation may go from one status to another. */
export const allows = (from: OperationStatus, to: OperationStatus): boolean => transitions[from].includes(to);

/** Whether a status is final. */
export const isTerminal = (status: OperationStatus): boolean => transitions[status].length === 0;
