import { expect, it } from 'vitest';
import { allows, isTerminal, operationStatuses } from '../../src/operations/state-machine.ts';

const allowed = new Set([
  'QUEUED RUNNING',
  'QUEUED FAILED',
  'QUEUED CANCELLED',
  'RUNNING SUCCEEDED',
  'RUNNING FAILED',
  'RUNNING CANCELLED',
  'RUNNING WAITING',
  'RUNNING QUEUED',
  'WAITING QUEUED',
  'WAITING FAILED',
  'WAITING CANCELLED',
]);

for (const from of operationStatuses) {
  for (const to of operationStatuses) {
    const may = allowed.has(`${from} ${to}`);
    it(`${from} ${may ? 'can' : 'cannot'} become ${to}`, () => {
      expect(allows(from, to)).toBe(may);
    });
  }
}

it('what has ended stays as it is', () => {
  expect(operationStatuses.filter(isTerminal)).toEqual(['SUCCEEDED', 'FAILED', 'CANCELLED']);
});
