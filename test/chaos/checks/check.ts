/** What one check found: figures to print, and what is wrong, if anything. */
export interface Check {
  name: string;
  figures: readonly string[];
  problems: readonly string[];
}

const SHOWN = 20;

export function check(
  name: string,
  figures: readonly string[],
  problems: readonly string[],
): Check {
  const more = problems.length - SHOWN;
  const shown = more > 0 ? [...problems.slice(0, SHOWN), `and ${more} more`] : problems;
  return { name, figures, problems: shown };
}

/** Rows of equal length, the first one a heading. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => String(row[column]).length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        typeof cell === 'number'
          ? String(cell).padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}
