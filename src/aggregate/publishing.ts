import type { Rollup } from '../model/rollup.ts';
import { secondOf } from '../model/time.ts';
import type { Service } from './service.ts';
import type { StreamTime } from './stream-time.ts';

/**
 * The services whose state is to be published now, at watermark second `second`; `seconds` is how many have passed since
 * this was last asked.
 *
 * A service whose breaker moved at once; when a new second has begun, those that changed, longest unpublished first,
 * as many as make all services published within ten seconds.
 */
export function due(services: readonly Service[], second: number, seconds: number): Service[] {
  const moved = services.filter((service) => service.moved);
  if (seconds <= 0) return moved;
  const waiting = services
    .filter((service) => !service.moved && isDue(service, second))
    .sort((a, b) => a.publishedSecond - b.publishedSecond);
  const share = Math.ceil(services.length / REPUBLISH_S) * seconds;
  return [...moved, ...waiting.slice(0, Math.max(share, MIN_STATES_A_SECOND))];
}

function isDue(service: Service, second: number): boolean {
  if (service.publishedSecond >= second) return false;
  const lastSeen = Math.floor(service.lastSeenUs / 1_000_000);
  // Until a minute after its last request the seconds of its windows still move.
  return service.dirty || second - lastSeen < 64 || second - service.publishedSecond >= REPUBLISH_S;
}

/**
 * The final minutes to be rolled up now: a minute ends for all services at once, publishing it does not. `seconds` is
 * how many have passed since this was last asked.
 */
export function dueRollups(
  services: readonly Service[],
  second: number,
  seconds: number,
): [Service, number][] {
  const found = services.flatMap((service) =>
    service.finalMinutes(second).map((minute): [Service, number] => [service, minute]),
  );
  const share = Math.ceil(services.length / ROLLUP_WITHIN_S) * seconds;
  return found.sort(([, a], [, b]) => a - b).slice(0, Math.max(share, MIN_ROLLUPS_A_SECOND));
}

/** Minutes that a rebuild takes from rollups, but that have not been published yet. */
export function pendingRollups(services: Iterable<Service>, time: StreamTime): Rollup[] {
  const { watermarkUs } = time;
  if (watermarkUs === null) return [];
  const second = secondOf(watermarkUs);
  return [...services].flatMap((service) =>
    service.finalMinutes(second).map((minute) => service.rollup(minute, second, [0, 0])),
  );
}

const REPUBLISH_S = 10;
const MIN_STATES_A_SECOND = 100;
/** Half of the time until the next minute is final. What is not published yet is in the checkpoint. */
const ROLLUP_WITHIN_S = 30;
const MIN_ROLLUPS_A_SECOND = 100;
