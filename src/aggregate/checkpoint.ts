import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { Policy } from '../model/policy.ts';
import type { Rollup } from '../model/rollup.ts';
import type { AccountingRow } from '../model/state.ts';
import type { AlertBookSnapshot } from './alert-book.ts';
import type { PublisherSnapshot } from './publisher.ts';
import { seal, unseal } from './sealed.ts';
import type { ServiceSnapshot } from './service.ts';
import type { StreamTimeSnapshot } from './stream-time.ts';

export const CHECKPOINT_VERSION = 7;

/** The fold at an offset, but for windows and duplicates: those are rebuilt from the stream. */
export interface Checkpoint {
  version: typeof CHECKPOINT_VERSION;
  partition: number;
  /** The next record to fold. */
  offset: number;
  time: StreamTimeSnapshot;
  policy: Policy | null;
  accounting: AccountingRow[];
  alerts: AlertBookSnapshot;
  pendingRollups: Rollup[];
  services: ServiceSnapshot[];
  overflowed: number;
  forgottenIds: number;
  newestRequestUs: number | null;
  publisher: PublisherSnapshot;
  forgottenSecond: number;
}

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return seal(gzipSync(JSON.stringify(checkpoint), { level: constants.Z_BEST_SPEED }));
}

/** Null for anything that is not a whole checkpoint of this version and partition. */
export function decodeCheckpoint(value: Uint8Array | null, partition: number): Checkpoint | null {
  const body = unseal(value);
  if (body === null) return null;
  const checkpoint = JSON.parse(gunzipSync(body).toString()) as Checkpoint;
  const fits = checkpoint.version === CHECKPOINT_VERSION && checkpoint.partition === partition;
  return fits ? checkpoint : null;
}
