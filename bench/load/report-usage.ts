import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

/** `watch` begins to look at the heap and the event loop, which costs a little itself. */
export type Ask = 'usage' | 'watch';

export interface Usage {
  cpuSeconds: number;
  /** Bytes. */
  rss: number;
  /** Since it was last asked; null unless watched. */
  watched: Watched | null;
}

export interface Watched {
  /** Bytes in use, typed arrays included, after the full collection that left least; null when there was none. */
  heap: number | null;
  collections: number;
  /** p99 of how late timers were, ms. */
  loopDelayMs: number;
}

/** Loaded before `meshpulse serve`: tells the bench what the process has used so far. */
let watched: (() => Watched) | null = null;
process.on('message', (ask: Ask) => {
  if (ask === 'watch') watched ??= watch();
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  const usage: Usage = { cpuSeconds: (user + system) / 1e6, rss, watched: watched?.() ?? null };
  process.send?.(usage);
});
// The bench's channel must not keep the server alive.
process.channel?.unref();

function watch(): () => Watched {
  let heap: number | null = null;
  let collections = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as GcEntry[]) {
      if (entry.detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue;
      collections++;
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      heap = Math.min(heap ?? Infinity, heapUsed + arrayBuffers);
    }
  }).observe({ entryTypes: ['gc'] });
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  return () => {
    // The histogram holds the whole time between two looks.
    const loopDelayMs = Math.max(0, delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS);
    const since = { heap, collections, loopDelayMs };
    heap = null;
    collections = 0;
    delay.reset();
    return since;
  };
}

type GcEntry = PerformanceEntry & { detail: { kind: number } };
const LOOP_RESOLUTION_MS = 5;
