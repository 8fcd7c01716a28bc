/** Smallest number from `low` to `high` for which `holds` is true, `high` when for none; `holds` never turns back. */
export function bisect(low: number, high: number, holds: (at: number) => boolean): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}
