import type { Growth } from '../../telemetry/metrics.ts';
import type { Topic } from '../record.ts';
import type { Sent } from '../sink.ts';

/** Records of one partition on their way to a lane, see frame.ts. */
export interface LaneFrame {
  topic: Topic;
  partition: number;
  /** How many. */
  records: number;
  frame: Uint8Array;
}

/** Errors lose their class on the way from a lane, so a refusal is an answer. */
export type LaneAnswer =
  | { refused: null }
  | { refused: 'full' | 'too_large' | 'rate'; message: string }
  | { refused: 'unavailable'; message: string; inDoubt: boolean };

/** Whose records come, of a provider that is bounded. */
export type Bounded = Sent & { recordsPerSecond: number };

/** What a lane can be asked, by whatever carries the call. */
export interface LaneCalls {
  /** Answers when all frames are at the brokers or in the lane's outbox; or when some are in neither. */
  append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer>;
  /** What an isolate of a Worker has counted since it last told: isolates come and go, and nobody can ask them. */
  count(growth: readonly Growth[]): Promise<void>;
}
