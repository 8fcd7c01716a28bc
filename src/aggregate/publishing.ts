import type { Service } from './service.ts';

/**
 * The services whose state is to be published now, at watermark second `second`.
 *
 * A service whose breaker just moved (`publishedSecond` −1) at once; when a new second has begun, those that
 * changed, longest unpublished first, at most {@link MAX_STATES_A_SECOND}; all others every ten seconds.
 */
export function due(services: Iterable<Service>, second: number, newSecond: boolean): Service[] {
  const urgent: Service[] = [];
  const waiting: Service[] = [];
  for (const service of services) {
    if (service.publishedSecond < 0) urgent.push(service);
    else if (newSecond && isDue(service, second)) waiting.push(service);
  }
  waiting.sort((a, b) => a.publishedSecond - b.publishedSecond);
  return [...urgent, ...waiting.slice(0, MAX_STATES_A_SECOND)];
}

function isDue(service: Service, second: number): boolean {
  if (service.publishedSecond >= second) return false;
  const lastSeen = Math.floor(service.lastSeenUs / 1_000_000);
  // Until a minute after its last request the seconds of its windows still move.
  return service.dirty || second - lastSeen < 64 || second - service.publishedSecond >= REPUBLISH_S;
}

/**
 * The closed minutes to be rolled up now, at most {@link MAX_ROLLUPS_A_SECOND}: a minute ends for all services at
 * once, publishing it does not. All of them are out well before REBUILD_US has passed.
 */
export function dueRollups(services: Iterable<Service>, second: number): [Service, number][] {
  const found: [Service, number][] = [];
  for (const service of services) {
    for (const minute of service.closedMinutes(second)) {
      found.push([service, minute]);
      if (found.length === MAX_ROLLUPS_A_SECOND) return found;
    }
  }
  return found;
}

/** 2 000 services all publish within the ten seconds in which every state is repeated. */
const MAX_STATES_A_SECOND = 250;
const REPUBLISH_S = 10;
/** Ten thousand services in twenty seconds. */
const MAX_ROLLUPS_A_SECOND = 500;
