import * as z from 'zod';
import { DEFAULT_LIMITS } from '../../src/receive/limits.ts';
import { count } from './read.ts';

const MIB = 1024 * 1024;

const token = z.strictObject({
  provider: z.string().min(1),
  scopes: z.array(z.enum(['ingest', 'query', 'admin'])).min(1),
  cluster: z.string().min(1).max(63).optional(),
  recordsPerSecond: z.number().positive().optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hex characters'),
});

const tokens = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('must be JSON');
      return z.NEVER;
    }
  })
  .pipe(z.array(token));

/** By provider, where it has any. */
export function rateLimits(tokens: readonly z.output<typeof token>[]): Map<string, number> {
  const limits = new Map<string, number>();
  for (const { provider, recordsPerSecond } of tokens) {
    if (recordsPerSecond !== undefined) limits.set(provider, recordsPerSecond);
  }
  return limits;
}

/** Who may send, and how much at once; for {@link readSettings}. */
export const receiveSettings = z
  .object({
    MESHPULSE_TOKENS: tokens,
    MESHPULSE_MAX_BODY_BYTES: count.default(DEFAULT_LIMITS.maxBodyBytes),
    // An isolate, and the smallest of functions, has 128 MB for everything:
    // what is made of a body takes several times its bytes.
    MESHPULSE_MAX_INFLATED_BYTES: count.default(16 * MIB),
    MESHPULSE_MAX_RECORDS: count.default(DEFAULT_LIMITS.maxRecords),
    MESHPULSE_MAX_BYTES_IN_FLIGHT: count.default(32 * MIB),
  })
  .transform((env) => ({
    tokens: env.MESHPULSE_TOKENS,
    limits: {
      maxBodyBytes: env.MESHPULSE_MAX_BODY_BYTES,
      maxInflatedBytes: env.MESHPULSE_MAX_INFLATED_BYTES,
      maxRecords: env.MESHPULSE_MAX_RECORDS,
      maxBytesInFlight: env.MESHPULSE_MAX_BYTES_IN_FLIGHT,
    },
  }));
