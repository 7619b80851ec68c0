import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { REPOSITORY } from '../repository.js';
import type { BenchResults } from '../results.js';
import { judge } from '../targets.js';
import { drawPlot } from './draw-plot.js';
import { PLOT_FILE, renderResults } from './render-results.js';

/** Writes RESULTS.md, its plot and results.json into the folder, in the repository's format; gives RESULTS.md back. */
export async function writeResults(results: BenchResults, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const style = await resolveConfig(join(REPOSITORY, 'bench', 'RESULTS.md'));
  const markdown = await format(renderResults(results), { ...style, parser: 'markdown' });
  const json = await format(JSON.stringify({ ...results, targets: judge(results) }), {
    ...style,
    parser: 'json',
  });
  const sha1 = results.comparisons.filter(({ algorithm }) => algorithm === 'sha1');
  if (sha1.length > 0) await writeFile(join(folder, PLOT_FILE), drawPlot(sha1));
  await writeFile(join(folder, 'RESULTS.md'), markdown);
  await writeFile(join(folder, 'results.json'), json);
  return markdown;
}
