import { isDeepStrictEqual } from 'node:util';
import type { Sequence } from './sequence.ts';
import { ourViews, theirViews, type View } from './views.ts';

/** Index of the first call after which the two differ; -1: none. Their count of refusals is not ours to match. */
export function firstDifference(ours: readonly View[], theirs: readonly View[]): number {
  return ours.findIndex((view, i) => !isDeepStrictEqual(judged(view), judged(theirs[i]!)));
}

/** Every round starts a Java. */
const MAX_ROUNDS = 15;

/**
 * A shorter sequence that still differs: what follows the difference is cut off, then stretches of calls are
 * dropped, the longest first, until no single call can be left out.
 */
export async function shrink(launcher: string, sequence: Sequence): Promise<Sequence> {
  let smallest = sequence;
  let next = await cut(launcher, [sequence]);
  for (let round = 0; next !== null && round < MAX_ROUNDS; round++) {
    smallest = next;
    next = await cut(launcher, shorter(smallest));
  }
  return smallest;
}

/** The sequence without its first half, its second half, its first quarter … down to without a single call. */
function shorter(sequence: Sequence): Sequence[] {
  const { calls } = sequence;
  const found: Sequence[] = [];
  for (let length = Math.ceil(calls.length / 2); length > 0; length = Math.floor(length / 2)) {
    for (let at = 0; at < calls.length; at += length) {
      found.push({ ...sequence, calls: calls.toSpliced(at, length) });
    }
  }
  return found;
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
