import { createHash } from 'node:crypto';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { UnsequencedAlert } from '../alert/breaker-alerts.ts';
import type { Policy } from '../model/policy.ts';
import type { Rollup } from '../model/rollup.ts';
import type { AccountingRow } from '../model/state.ts';
import type { PublisherSnapshot } from './publisher.ts';
import type { ServiceSnapshot } from './service.ts';
import { HORIZON_US, type StreamTimeSnapshot, WATERMARK_LAG_US } from './stream-time.ts';

export const CHECKPOINT_VERSION = 3;

/**
 * The end, µs, from which on a rebuild takes events from records. Minutes before it ended over a minute before the
 * horizon: they have their rollups, and no event can change them any more.
 */
export function rebuildFrom({ newestUs }: Pick<StreamTimeSnapshot, 'newestUs'>): number {
  const us = newestUs! - WATERMARK_LAG_US - HORIZON_US - MINUTE_US;
  return us - (us % MINUTE_US);
}

/**
 * The append time, ms, from which on a rebuild reads records again. No end is later than its append time, and a copy
 * has the end of its original: so a minute more than {@link rebuildFrom} is enough. Only a clamped copy has another
 * end; where there were such, what the memory for duplicates held then is read too.
 */
export function rereadFromMs(time: StreamTimeSnapshot): number {
  const fromUs = rebuildFrom(time) - MINUTE_US;
  const clamped = time.clampedMs !== null && time.clampedMs * 1_000 >= fromUs;
  return (fromUs - (clamped ? HORIZON_US + MINUTE_US : 0)) / 1_000;
}

const MINUTE_US = 60_000_000;

/** The fold at an offset, but for windows and duplicates: those are rebuilt from the stream. */
export interface Checkpoint {
  version: typeof CHECKPOINT_VERSION;
  partition: number;
  /** The next record to fold. */
  offset: number;
  time: StreamTimeSnapshot;
  policy: Policy | null;
  accounting: AccountingRow[];
  alerts: UnsequencedAlert[];
  resolved: [alertKey: string, endedAt: number][];
  pendingRollups: Rollup[];
  services: ServiceSnapshot[];
  overflowed: number;
  forgottenIds: number;
  newestRequestUs: number | null;
  publisher: PublisherSnapshot;
  forgottenSecond: number;
}

/** SHA-256 of what follows, then the JSON, gzipped: what is damaged or cut short does not match. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const body = gzipSync(JSON.stringify(checkpoint), { level: constants.Z_BEST_SPEED });
  return Buffer.concat([digest(body), body]);
}

/** Null for anything that is not a whole checkpoint of this version and partition. */
export function decodeCheckpoint(value: Uint8Array | null, partition: number): Checkpoint | null {
  if (value === null || value.length <= DIGEST_BYTES) return null;
  const body = value.subarray(DIGEST_BYTES);
  if (!digest(body).equals(value.subarray(0, DIGEST_BYTES))) return null;
  const checkpoint = JSON.parse(gunzipSync(body).toString()) as Checkpoint;
  const fits = checkpoint.version === CHECKPOINT_VERSION && checkpoint.partition === partition;
  return fits ? checkpoint : null;
}

const DIGEST_BYTES = 32;
const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
