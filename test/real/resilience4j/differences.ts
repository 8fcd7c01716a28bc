import { isDeepStrictEqual } from 'node:util';
import type { Sequence } from './sequence.ts';
import { ourViews, theirViews, type View } from './views.ts';

/** Index of the first call after which the two differ; -1: none. Their count of refusals is not ours to match. */
export function firstDifference(ours: readonly View[], theirs: readonly View[]): number {
  return ours.findIndex((view, i) => !isDeepStrictEqual(judged(view), judged(theirs[i]!)));
}

/**
 * A sequence that still differs, of which no single call can be left out: what follows the difference is cut off,
 * then calls are dropped one at a time.
 */
export async function shrink(launcher: string, sequence: Sequence): Promise<Sequence> {
  let smallest = await cut(launcher, [sequence]);
  for (let next = smallest; next !== null; ) {
    smallest = next;
    const { calls } = smallest;
    const candidates = calls.map((_, drop) => ({ ...smallest!, calls: calls.toSpliced(drop, 1) }));
    next = await cut(launcher, candidates);
  }
  if (smallest === null) throw new Error(`${sequence.name} does not differ any more`);
  return smallest;
}

/** The sequence and what each breaker made of it, a line a call. */
export async function described(launcher: string, sequence: Sequence): Promise<string> {
  const ours = ourViews(sequence);
  const [theirs] = await theirViews(launcher, [sequence]);
  const lines = sequence.calls.map(({ result, endUs, durationUs }, i) => {
    const at = `${(endUs - sequence.startUs) / 1e6} s ${result} ${durationUs} µs`;
    return `${at}\n    ours   ${inWords(ours[i]!)}\n    theirs ${inWords(theirs![i]!)}`;
  });
  return [sequence.name, JSON.stringify(sequence.policy), ...lines].join('\n');
}

/** The first of the candidates that differs, without what follows its difference. */
async function cut(launcher: string, candidates: readonly Sequence[]): Promise<Sequence | null> {
  const theirs = await theirViews(launcher, candidates);
  for (const [i, candidate] of candidates.entries()) {
    const at = firstDifference(ourViews(candidate), theirs[i]!);
    if (at >= 0) return { ...candidate, calls: candidate.calls.slice(0, at + 1) };
  }
  return null;
}

const judged = ({ notPermitted: _, ...view }: View) => view;

function inWords({ state, failurePercent, slowPercent, calls, failed, transitions }: View): string {
  const rates = `${failurePercent} % failed, ${slowPercent} % slow`;
  return `${state} ${rates}, ${failed} of ${calls} ${transitions.join(', ')}`;
}
