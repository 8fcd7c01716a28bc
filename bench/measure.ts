/** Fastest of a few rounds, in ns per item: the one that was disturbed least. */
export function nsPerItem(items: number, work: () => void, smoke: boolean): number {
  const rounds = smoke ? 1 : 7;
  const roundMs = smoke ? 1 : 200;
  if (!smoke) runFor(roundMs, work);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) best = Math.min(best, runFor(roundMs, work));
  return (best * 1e6) / items;
}

/** Mean ms of one call, over at least `ms`. */
function runFor(ms: number, work: () => void): number {
  const start = performance.now();
  let calls = 0;
  let spent = 0;
  do {
    work();
    calls++;
    spent = performance.now() - start;
  } while (spent < ms);
  return spent / calls;
}

/** Uniform 0–1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
