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
    expect(event.seq, `after ${last} in ${JSON.stringify(events.map((each) => [each.seq, endOf(each)]))}`).toBe(last + 1);
    expect(endOf(event)).toBeGreaterThanOrEqual(event.seq);
    last = endOf(event);
  }
  expect(last).toBe(end);
}
