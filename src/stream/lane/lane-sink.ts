import { checkPartition } from '../checks.ts';
import { RateLimited, RecordTooLarge, StreamFull, StreamUnavailable } from '../errors.ts';
import { partitionCount } from '../kafka/topics.ts';
import { piecesOf } from '../pieces.ts';
import type { AppendRecord, Topic } from '../record.ts';
import type { RecordTaker, Sent } from '../sink.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from './calls.ts';
import { encodeFrame } from './frame.ts';

export interface LaneSinkOptions {
  /** Partitions of `requests`. */
  partitions: number;
  lanes: number;
  /** The lane of that number, from 0. */
  lane(number: number): LaneCalls;
  /** By provider; those that are not named may send as much as they like. */
  recordsPerSecond: ReadonlyMap<string, number>;
}

/**
 * Hands records to the lanes that have a connection to Kafka. A partition is always one lane's: what one sends after the
 * other arrives in that order.
 */
export class LaneSink implements RecordTaker {
  readonly #options: LaneSinkOptions;

  constructor(options: LaneSinkOptions) {
    this.#options = options;
  }

  partitions(topic: Topic): number {
    return partitionCount(topic, this.#options.partitions);
  }

  async append(records: readonly AppendRecord[], sent?: Sent): Promise<void> {
    const lanes = this.#byLane(records);
    const part = sent && { ...sent, records: sent.records / lanes.size };
    const calls = [...lanes].map(([number, frames]) => this.#call(number, frames, part));
    const answers = await Promise.all(calls);
    const refusals = answers.filter(({ refused }) => refused !== null);
    if (refusals[0] !== undefined) throw errorOf(refusals[0], refusals.length < answers.length);
  }

  async #call(number: number, frames: readonly LaneFrame[], sent?: Sent): Promise<LaneAnswer> {
    try {
      return await this.#options.lane(number).append(frames, this.#bounded(sent));
    } catch (error) {
      // It was stopped, or is asked too much. What it had taken it may have written.
      const message = `lane ${number} does not answer: ${String(error)}`;
      return { refused: 'unavailable', message, inDoubt: true };
    }
  }

  /** Of each lane its part: services are spread over them. */
  #bounded(sent: Sent | undefined): Bounded | null {
    const { recordsPerSecond, lanes } = this.#options;
    const most = sent && recordsPerSecond.get(sent.provider);
    return most === undefined ? null : { ...sent!, recordsPerSecond: most / lanes };
  }

  #byLane(records: readonly AppendRecord[]): Map<number, LaneFrame[]> {
    const lanes = new Map<number, LaneFrame[]>();
    for (const { topic, partition } of records) checkPartition(topic, partition, this);
    for (const { records: own } of piecesOf(records, FRAME_BYTES)) {
      const { topic, partition } = own[0]!;
      const number = partition % this.#options.lanes;
      const frames = lanes.get(number) ?? [];
      lanes.set(number, frames);
      frames.push({ topic, partition, records: own.length, frame: encodeFrame(own) });
    }
    return lanes;
  }
}

function errorOf(answer: LaneAnswer, isPartly: boolean): Error {
  const message = answer.refused === null ? '' : answer.message;
  if (answer.refused === 'rate') return new RateLimited(message);
  if (answer.refused === 'full' && !isPartly) return new StreamFull(message);
  if (answer.refused === 'too_large') return new RecordTooLarge(message);
  const inDoubt = isPartly || (answer.refused === 'unavailable' && answer.inDoubt);
  return new StreamUnavailable(message, { inDoubt });
}

const FRAME_BYTES = 1024 * 1024;
