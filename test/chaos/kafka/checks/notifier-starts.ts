import { join } from 'node:path';
import { logOf } from '../../evidence.ts';
import type { MemberName } from '../fleet.ts';

/** A notifier has begun to tell, having read what was told before. Times are ms since the epoch. */
export interface Start {
  name: MemberName;
  /** What it read of `notifications` is at least as new as this. */
  readFrom: number;
  at: number;
}

/** Of both notifiers, in order. */
export function notifierStarts(folder: string): Start[] {
  const starts = (['notify-1', 'notify-2'] as const).flatMap((name) => {
    let joined = 0;
    return logOf(join(folder, `${name}.log`)).flatMap(({ event, at }): Start[] => {
      if (event === 'group_joined') joined = at;
      return event === 'notifier_started' ? [{ name, readFrom: joined, at }] : [];
    });
  });
  return starts.sort((a, b) => a.at - b.at);
}
