import { oneLine } from './terminal.ts';

/** Rows as lines of aligned columns, two blanks between them; cells may come from outside. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const safe = rows.map((row) => row.map(oneLine));
  const widths: number[] = [];
  for (const row of safe) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const padded = (cell: string, column: number) => cell.padEnd(widths[column] ?? 0);
  return safe.map((row) => row.map(padded).join('  ').trimEnd());
}
