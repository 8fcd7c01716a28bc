/** A record to append. The stream carries bytes and knows nothing of what is in them. */
export interface AppendRecord {
  topic: Topic;
  partition: number;
  key: string | null;
  /** Null deletes the key from a compacted topic. */
  value: Uint8Array | null;
  headers?: Readonly<Record<string, string>>;
}

/** A record as it was appended. */
export interface StreamRecord extends AppendRecord {
  /** Position in its partition: grows by one per record. */
  offset: number;
  /** Append time by the stream's own clock, ms since the epoch; never runs backwards within a partition. */
  time: number;
}

export interface Position {
  partition: number;
  offset: number;
}

export const TOPICS = [
  'requests',
  'dead-letters',
  'state',
  'transitions',
  'rollups',
  'changes',
  'checkpoints',
  'alerts',
  'notifications',
] as const;
export type Topic = (typeof TOPICS)[number];

/** How long records of a topic are kept; the oldest go first once either bound is passed. */
export interface Retention {
  /** Milliseconds; null keeps them for ever. */
  maxAgeMs: number | null;
  /** Bytes of values over the topic; null: no bound. */
  maxBytes: number | null;
  /** Keep the latest record of every key whatever its age or size; of a deleted key nothing is kept. */
  compacted: boolean;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;

export const DEFAULT_RETENTION: Readonly<Record<Topic, Retention>> = {
  requests: { maxAgeMs: DAY, maxBytes: 8 * GIB, compacted: false },
  'dead-letters': { maxAgeMs: DAY, maxBytes: GIB / 16, compacted: false },
  state: { maxAgeMs: 60_000, maxBytes: GIB, compacted: true },
  transitions: { maxAgeMs: 7 * DAY, maxBytes: GIB, compacted: false },
  rollups: { maxAgeMs: 49 * HOUR, maxBytes: 4 * GIB, compacted: false },
  changes: { maxAgeMs: HOUR, maxBytes: GIB, compacted: false },
  checkpoints: { maxAgeMs: 60_000, maxBytes: GIB, compacted: true },
  alerts: { maxAgeMs: 7 * DAY, maxBytes: GIB, compacted: true },
  notifications: { maxAgeMs: 7 * DAY, maxBytes: GIB / 4, compacted: true },
};
