import { UNKNOWN } from '../../model/state.ts';
import type { NullReason, WindowStats, Windows } from '../../model/windows.ts';

/** An instant as the API writes it. @param ms since the epoch */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

export function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}

/** A called service as the API names it; null for the one that stands for all whose records name none. */
export function nameOf(service: string): string | null {
  return service === UNKNOWN ? null : service;
}

export function nameReason(service: string): 'not_known' | undefined {
  return service === UNKNOWN ? 'not_known' : undefined;
}

/** Leaves out what is undefined, so that a field which is not null has no reason. */
export function reasons<T extends Record<string, string | undefined>>(all: T): T {
  return Object.fromEntries(Object.entries(all).filter(([, why]) => why !== undefined)) as T;
}

export function latencyReason(stats: WindowStats): NullReason | undefined {
  if (stats.p99_latency !== null) return undefined;
  return stats.null_reasons?.latency ?? 'too_few_requests';
}

export function successReason(stats: WindowStats): NullReason | undefined {
  if (stats.success_rate !== null) return undefined;
  return stats.null_reasons?.success_rate ?? 'no_requests';
}

/**
 * Requests of the last minute per second. What was first seen less than a minute ago is measured over that time,
 * and over at least a second.
 */
export function requestsPerSecond(windows: Windows, firstSeen: number, asOf: number): number {
  const seconds = Math.min(60, Math.max(1, (asOf - firstSeen) / 1000));
  return Math.round((windows['1m'].requests / seconds) * 1000) / 1000;
}
