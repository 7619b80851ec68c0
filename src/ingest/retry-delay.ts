const FIRST_SECONDS = 15;
const LONGEST_SECONDS = 900;

/**
 * How long a message that failed by a fault outside stays hidden: 15 s after its first delivery, twice as long after each
 * that follows, 15 minutes at most; a fifth less or more, so that many do not come back together.
 *
 * @param receiveCount 1 at the first delivery
 */
export function retryDelaySeconds(receiveCount: number, random: () => number = Math.random): number {
  const doubled = FIRST_SECONDS * 2 ** Math.min(Math.max(receiveCount, 1) - 1, 10);
  return Math.round(Math.min(doubled, LONGEST_SECONDS) * (0.8 + 0.4 * random()));
}
