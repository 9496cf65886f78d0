// What a process under measurement says to the one that measures it, and answers. It ends when that one is gone.
import { setTimeout as delay } from 'node:timers/promises';

/** A clock that all processes of a machine share (CLOCK_MONOTONIC), in milliseconds. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Bounds how long a collection is repeated for what the operating system takes back only later. */
const mostCollections = 12;

/** The memory that is resident once garbage is collected and what is free is given back. */
async function collectedMemory() {
  let { rss } = process.memoryUsage();
  for (let round = 0; round < mostCollections; round++) {
    globalThis.gc?.();
    await delay(150);
    const before = rss;
    rss = process.memoryUsage().rss;
    if (round >= 3 && Math.abs(before - rss) < before / 500) break;
  }
  const { heapUsed, external } = process.memoryUsage();
  return { rss, heapUsed, external };
}

/** The processor time that the process has taken so far, in ms. */
function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param answers by question, beside `memory` and `processorMs`; each answer is sent back under the number of its question */
export function talkToParent(answers = {}) {
  const all = { memory: collectedMemory, processorMs, ...answers };
  const answerTo = async ({ id, ask }) => tell({ id, answer: await all[ask]() });
  process.on('message', (question) => void answerTo(question));
  process.on('disconnect', () => process.exit(0));
}

export function tell(message) {
  process.send?.(message);
}
