/** Wall clock, injected wherever time is read. Milliseconds since the epoch. */
export type Clock = () => number;

/** Timer functions, injected where something waits. */
export interface Timers {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
