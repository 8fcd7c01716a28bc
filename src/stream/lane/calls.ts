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

/** What goes along with frames. */
export interface LaneNote {
  /** What the Worker has counted since it last told a lane: its isolates come and go, and nobody can ask them. */
  growth: readonly Growth[];
  /** Whose records they are, if that provider is bounded. */
  bounded: (Sent & { recordsPerSecond: number }) | null;
}

/** What a lane can be asked, by whatever carries the call. */
export interface LaneCalls {
  /** Answers when all frames are at the brokers or in the lane's outbox; or when some are in neither. */
  append(frames: readonly LaneFrame[], note: LaneNote): Promise<LaneAnswer>;
  /** As in {@link LaneNote}, when there is nothing to append. */
  count(growth: readonly Growth[]): Promise<void>;
}
