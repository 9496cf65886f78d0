/** How often a step is tried in one attempt; a fallback chain gives each of its models as many. */
export const mostTries = 3;

const firstMs = 500;
const longestMs = 60_000;

/**
 * Twice as long each time, at most a minute, and never the same: those that failed together do not all come back together.
 *
 * @param failures how many there were so far: 1, 2, ...
 */
export function backoffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() * 0.5);
}
