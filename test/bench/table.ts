import type { Figures } from './conditions.ts';

/** Minimum, median and maximum of each line. */
export function table(lines: readonly Figures[]): string {
  const rows = lines.map(row);
  const all = [HEADING, ...rows];
  const widths = HEADING.map((_, column) => Math.max(...all.map((cells) => cells[column]!.length)));
  const isText = (column: number) => column === 0 || column >= 5;
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return all.map((cells) => `  ${line(cells)}`).join('\n');
}

const HEADING = ['', 'min', 'median', 'max', 'runs', 'unit', 'aim or bound'];

function row({ what, samples, unit = 'ms', aim = '' }: Figures): string[] {
  if (samples.length === 0) return [what, '–', '–', '–', '0', unit, aim];
  const sorted = [...samples].sort((a, b) => a - b);
  const figures = [sorted[0]!, median(sorted), sorted.at(-1)!];
  return [what, ...figures.map(rounded), String(samples.length), unit, aim];
}

function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Three significant digits are more than such figures deserve. */
function rounded(value: number): string {
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
}
