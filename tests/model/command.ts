import fc from 'fast-check';
import type { OnBusy } from '../../src/history/event.ts';

/**
 * What is done to a Lion. Numbers choose among what there is by then, whatever number of these there are: so a list of commands that is
 * made shorter still makes sense.
 */
export type Command = { after: number } & (
  | { do: 'create'; onBusy: OnBusy }
  | { do: 'start'; session: number; plan: Word[]; onBusy?: OnBusy }
  /** With an idempotency key: the same request again, or with `other` another payload. */
  | { do: 'repeat'; session: number; key: number; other: boolean; onBusy?: OnBusy }
  /** Lets steps go on that wait at their gates. */
  | { do: 'go'; gate: number; count: number }
  | { do: 'answer'; question: number; unfit?: boolean }
  | { do: 'cancel'; operation: number; any: boolean }
  | { do: 'retry'; operation: number }
  /** Forks a session so far back from its end. */
  | { do: 'fork'; session: number; back: number }
  | { do: 'prune' }
  | { do: 'delete'; session: number }
  | { do: 'crash' }
  | { do: 'read'; session: number; size: number; backward: boolean; cursor: number }
  | { do: 'follow'; session: number; cursor: number }
  | { do: 'followOperation'; operation: number; cursor: number }
);

/** Commands that are given at once: each begins so many turns of the event loop `after` the batch does. */
export interface Batch {
  commands: Command[];
  /** Whether the next batch waits until nothing goes on by itself any more. */
  settle: boolean;
}

/** What an operation of the kind `job` does, one after another. */
export const words = ['step', 'ask', 'emit', 'model', 'child', 'asker', 'pair', 'chatter', 'fail'] as const;
export type Word = (typeof words)[number];

const onBusy = fc.constantFrom<OnBusy>('PARALLEL', 'QUEUE', 'REJECT', 'CANCEL_PREVIOUS');
const maybeOnBusy = fc.option(onBusy, { nil: undefined, freq: 2 });
const index = fc.nat(5);
const few = fc.nat(2);
const plan = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Word>('step') },
    { weight: 3, arbitrary: fc.constant<Word>('ask') },
    { weight: 3, arbitrary: fc.constant<Word>('chatter') },
    { weight: 6, arbitrary: fc.constantFrom(...words) },
  ),
  { minLength: 1, maxLength: 3 },
);

/** Which commands come, and how often. */
const weighted: [number, fc.Arbitrary<object>][] = [
  [1, fc.record({ do: fc.constant('create'), onBusy })],
  [9, fc.record({ do: fc.constant('start'), session: few, plan, onBusy: maybeOnBusy })],
  [4, fc.record({ do: fc.constant('repeat'), session: few, key: fc.nat(1), other: fc.boolean(), onBusy: maybeOnBusy })],
  [14, fc.record({ do: fc.constant('go'), gate: index, count: fc.integer({ min: 1, max: 4 }) })],
  [
    5,
    fc.record({
      do: fc.constant('answer'),
      question: fc.nat(1),
      unfit: fc.option(fc.constant(true), { nil: undefined, freq: 5 }),
    }),
  ],
  [5, fc.record({ do: fc.constant('cancel'), operation: few, any: fc.boolean() })],
  [2, fc.record({ do: fc.constant('retry'), operation: index })],
  [5, fc.record({ do: fc.constant('fork'), session: few, back: fc.nat(12) })],
  [4, fc.record({ do: fc.constant('prune') })],
  [2, fc.record({ do: fc.constant('delete'), session: few })],
  [2, fc.record({ do: fc.constant('crash') })],
  [
    3,
    fc.record({
      do: fc.constant('read'),
      session: few,
      size: fc.integer({ min: 1, max: 9 }),
      backward: fc.boolean(),
      cursor: fc.nat(99),
    }),
  ],
  [2, fc.record({ do: fc.constant('follow'), session: few, cursor: fc.nat(99) })],
  [2, fc.record({ do: fc.constant('followOperation'), operation: index, cursor: fc.nat(99) })],
];

const command = fc
  .tuple(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), fc.nat(6))
  .map(([rest, after]) => ({ ...rest, after }) as Command);

/** Two that want the same at once: chance alone would bring them together too seldom. */
const race = fc
  .tuple(
    fc.constantFrom<[object, object]>(
      [
        { do: 'answer', question: 0 },
        { do: 'answer', question: 0 },
      ],
      [
        { do: 'go', gate: 0, count: 9 },
        { do: 'cancel', operation: 0, any: false },
      ],
      [
        { do: 'go', gate: 0, count: 9 },
        { do: 'cancel', operation: 1, any: false },
      ],
      [
        { do: 'go', gate: 0, count: 9 },
        { do: 'start', session: 0, plan: ['step'], onBusy: 'CANCEL_PREVIOUS' },
      ],
      [{ do: 'go', gate: 0, count: 9 }, { do: 'crash' }],
      [
        { do: 'answer', question: 0 },
        { do: 'cancel', operation: 0, any: false },
      ],
      [
        { do: 'fork', session: 0, back: 0 },
        { do: 'delete', session: 0 },
      ],
      [
        { do: 'repeat', session: 0, key: 0, other: false },
        { do: 'repeat', session: 0, key: 0, other: false },
      ],
      [{ do: 'repeat', session: 0, key: 1, other: false }, { do: 'crash' }],
    ),
    // A request takes some turns on its way: what begins at once with it is long over when it arrives.
    fc.nat(40),
    fc.nat(6),
  )
  .map(([[first, second], ...after]) => [{ ...first, after: after[0] } as Command, { ...second, after: after[1] } as Command]);

export const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.record({
    commands: fc.oneof(
      { weight: 4, arbitrary: fc.array(command, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: race },
    ),
    settle: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  }),
  { minLength: 4, maxLength: 14, size: 'max' },
);
