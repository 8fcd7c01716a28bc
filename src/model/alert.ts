import type { Sequence, Transition } from './breaker.ts';

export type AlertStatus = 'firing' | 'resolved';

/** One state of one alert, published on the `alerts` topic, keyed by `key`. Times are ms since the epoch. */
export interface Alert {
  /** `rule/service/basis`: the identity that repeats over firing and resolved. */
  key: string;
  sequence: Sequence;
  rule: 'breaker_open';
  status: AlertStatus;
  service: string;
  /** Event time it began to fire. */
  startsAt: number;
  /** Event time it resolved; null while firing. */
  endsAt: number | null;
  /** The roll-up transition that fired or resolved it. */
  transition: Transition;
  /** The transition that opened the breaker, kept so that a resolved alert can say what it was. */
  opened: Transition;
}

export function alertKey(rule: string, service: string, basis: string): string {
  return `${rule}/${service}/${basis}`;
}
