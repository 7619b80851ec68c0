import { seededRandom, shuffled } from '../core/seeded-random.js';
import { cellId, setupOf, type Cell, type WorkerSetup } from './cell.js';

/** Runs of one worker's life: its cells, one run each. */
export interface Block {
  readonly setup: WorkerSetup;
  /** 1 for the first run of these cells. */
  readonly round: number;
  readonly cells: readonly Cell[];
}

/**
 * The runs in random order: each cell once in each round, cells of one setup one after another, so that a worker is
 * started for them once; the blocks of all rounds shuffled, and the cells of each.
 *
 * @param seed the same gives the same order: a run that was killed goes on in it
 * @param isDone leaves out runs that are there already
 */
export function orderRuns(
  cells: readonly Cell[],
  runs: number,
  seed: number,
  isDone: (id: string, round: number) => boolean,
): Block[] {
  const bySetup = new Map<string, { setup: WorkerSetup; cells: Cell[] }>();
  for (const cell of cells) {
    const setup = setupOf(cell);
    const key = JSON.stringify(setup);
    const group = bySetup.get(key) ?? { setup, cells: [] };
    group.cells.push(cell);
    bySetup.set(key, group);
  }
  const random = seededRandom(seed);
  const rounds = Array.from({ length: runs }, (_, index) => index + 1);
  const blocks = rounds.flatMap((round) => [...bySetup.values()].map((group) => ({ ...group, round })));
  return shuffled(blocks, random)
    .map((block) => ({
      ...block,
      cells: shuffled(block.cells, random).filter((cell) => !isDone(cellId(cell), block.round)),
    }))
    .filter((block) => block.cells.length > 0);
}
