/** Event times are µs since the epoch inside the fold, ms where they are published. */
export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const MINUTE_MS = 60_000;

/** The epoch second that holds an instant. */
export const secondOf = (us: number) => Math.floor(us / SECOND_US);

/** The epoch second that begins the minute of an epoch second. */
export const minuteOf = (second: number) => second - (second % 60);

export function toMs(us: number): number;
export function toMs(us: number | null): number | null;
export function toMs(us: number | null): number | null {
  return us === null ? null : Math.floor(us / 1_000);
}
