/** Verdict by policy on the facts of one request event. */
export type Outcome = 'success' | 'failure' | 'refused' | 'excluded';

/** Index order of the per-cell counters. */
export const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'refused', 'excluded'];

/** Where an input record ends: exactly one bin each. */
export const BINS = ['counted', 'excluded', 'duplicate', 'late', 'dead_lettered'] as const;
export type Bin = (typeof BINS)[number];
