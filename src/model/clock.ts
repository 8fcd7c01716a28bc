/** Wall clock, injected wherever time is read. Milliseconds since the epoch. */
export type Clock = () => number;

/** Monotonic clock, ms since some start: nobody sets it, so that what it says passed did pass. */
export type Stopwatch = () => number;

/** Timer functions, injected where something waits. */
export interface Timers {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
