import type { Log } from '../src/telemetry/log.ts';

/** Cloudflare's rate limiting binding: approximate, and counted apart in each of its locations. */
export interface RateLimit {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/**
 * Whether the platform's limit lets a provider send. What it may send exactly is for the lanes to say, so a limit that does not
 * answer lets everyone.
 */
export function platformLimit(limits: RateLimit, log: Log): (provider: string) => Promise<boolean> {
  return async (provider) => {
    try {
      return (await limits.limit({ key: provider })).success;
    } catch (error) {
      log.warn('platform_limit_failed', { error: String(error) });
      return true;
    }
  };
}
