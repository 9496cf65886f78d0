// The work of the kinds in ../server/kinds.mjs, told of event by event.
import { setTimeout as delay } from 'node:timers/promises';
import { now, tell } from '../server/parent.mjs';

export const noop = (input) => async (tellOf) => {
  for (const step of ['first', 'second', 'third']) {
    await tellOf('StepStarted', { step, try: 1 });
    await tellOf('StepSucceeded', { step, try: 1, result: null });
  }
  return { label: input.label };
};

export const burst =
  ({ count, ratePerSecond, beginAt, mostMs, text, tellCommits }) =>
  async (tellOf) => {
    const begin = beginAt === 0 ? now() : beginAt;
    const commits = [];
    let emitted = 0;
    while (emitted < count && now() < begin + mostMs) {
      const dueAt = ratePerSecond === 0 ? now() : begin + (emitted * 1000) / ratePerSecond;
      if (dueAt > now()) await delay(dueAt - now());
      const onStored = () => tellCommits && commits.push(now());
      await tellOf('DataEmitted', { name: 'burst', data: { index: emitted++, dueAt, text } }, onStored);
    }
    if (tellCommits) tell({ commits });
    return { emitted };
  };
