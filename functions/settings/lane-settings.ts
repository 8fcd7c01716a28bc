import * as z from 'zod';
import { count } from './read.ts';

const MIB = 1024 * 1024;

/** How a Worker's lanes are made; for {@link readSettings}. */
export const laneSettings = z
  .object({
    // A lane has five connections at most: see docs/deploy-cloudflare.md for how many lanes a large cluster needs.
    MESHPULSE_LANES: count.default(1),
    // Of the 128 MB that an isolate has.
    MESHPULSE_LANE_WAITING_BYTES: count.default(16 * MIB),
    MESHPULSE_OUTBOX_BYTES: count.default(1024 * MIB),
    MESHPULSE_LANE_LOCATION: z
      .enum(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'])
      .optional(),
  })
  .transform((env) => ({
    lanes: env.MESHPULSE_LANES,
    maxWaitingBytes: env.MESHPULSE_LANE_WAITING_BYTES,
    maxOutboxBytes: env.MESHPULSE_OUTBOX_BYTES,
    location: env.MESHPULSE_LANE_LOCATION,
  }));
