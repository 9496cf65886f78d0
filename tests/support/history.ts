import { expect } from 'vitest';

/** What a history shows of an event where it matters which seqs it stands for. */
export interface Shown {
  seq: number;
  type: string;
  through?: number;
}

/** The last seq that an event stands for. */
export const endOf = ({ seq, through }: Shown): number => through ?? seq;

/** Fails unless these events, one after the other, stand for each seq after `after` up to `end` once. */
export function expectWhole(events: readonly Shown[], after: number, end: number): void {
  let last = after;
  for (const event of events) {
    if (event.seq !== last + 1 || endOf(event) < event.seq) {
      throw new Error(`After ${last} came ${event.seq}, in ${JSON.stringify(events.map((each) => [each.seq, endOf(each)]))}`);
    }
    last = endOf(event);
  }
  expect(last).toBe(end);
}
