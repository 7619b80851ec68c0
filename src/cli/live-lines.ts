import { printable } from '../core/failures.js';

/** Lines on a terminal that are written anew in their place; elsewhere nothing is shown. */
export class LiveLines {
  #shown = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  show(lines: readonly string[]): void {
    if (!this.stream.isTTY) return;
    this.clear();
    const width = Math.max(this.stream.columns, 20);
    const fitting = lines.slice(0, Math.max(this.stream.rows, 10) - 1);
    for (const line of fitting) this.stream.write(`${printable(line).slice(0, width - 1)}\n`);
    this.#shown = fitting.length;
  }

  clear(): void {
    if (this.#shown > 0) this.stream.write(`\u001b[${String(this.#shown)}A\u001b[J`);
    this.#shown = 0;
  }
}
