import { oneLine } from "./terminal.js";
/** Rows as lines of aligned columns, two blanks between them; cells may come from outside. */
export function table(rows) {
    const safe = rows.map((row) => row.map(oneLine));
    const widths = [];
    for (const row of safe) {
        row.forEach((cell, column) => {
            widths[column] = Math.max(widths[column] ?? 0, cell.length);
        });
    }
    const padded = (cell, column) => cell.padEnd(widths[column] ?? 0);
    return safe.map((row) => row.map(padded).join('  ').trimEnd());
}
