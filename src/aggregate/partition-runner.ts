import { isDeepStrictEqual } from 'node:util';
import { encodeDeadLetter } from '../model/dead-letter.ts';
import { decodeMessage } from '../packed/codec.ts';
import type { Message } from '../packed/message.ts';
import type { AppendRecord, StreamRecord } from '../stream/record.ts';
import type { Family } from '../telemetry/metrics.ts';
import { traced } from './batch-span.ts';
import { NotedChanges } from './changes/noted-changes.ts';
import { type Checkpoint, encodeCheckpoint } from './checkpoint.ts';
import { Fold } from './fold.ts';
import type { AggregateOptions } from './options.ts';
import type { Output } from './output.ts';
import {
  ChangesUnusable,
  changesFor,
  newestCheckpoint,
  recordsBetween,
  recordsFor,
  rollupsFor,
} from './recovery.ts';
import { RecoveryFigures } from './recovery-figures.ts';

/** One partition's fold, its recovery, and its bytes in and out. */
export class PartitionRunner {
  readonly #partition: number;
  readonly #options: AggregateOptions;
  readonly #noted: NotedChanges;
  #fold: Fold;
  readonly #undecodable: Family;
  readonly #tooLarge: Family;
  #atEnd = true;
  #checkpointMs = 0;

  constructor(partition: number, options: AggregateOptions) {
    this.#partition = partition;
    this.#options = options;
    this.#noted = new NotedChanges(partition, options.clock);
    this.#fold = this.#newFold();
    this.#undecodable = options.metrics.counter(
      'meshpulse_stream_records_undecodable_total',
      'Records of the requests topic that could not be decoded and were skipped.',
    );
    this.#tooLarge = options.metrics.counter(
      'meshpulse_outputs_too_large_total',
      'Outputs of the aggregate that no record can hold and that were left out, by topic.',
    );
  }

  /**
   * Brings the fold to where it was when `committed` was committed: from the newest checkpoint, with the windows and
   * the memory for duplicates rebuilt; without one, by folding all that the stream keeps. Muted: what was published
   * then is not published again. Returns where to go on.
   */
  async recover(committed: number | null): Promise<number> {
    const { source, log, clock } = this.#options;
    const partition = this.#partition;
    const { first } = await source.range('requests', partition);
    if (committed === null) {
      this.#noted.changes.begin(first);
      return first;
    }
    const figures = new RecoveryFigures(clock);
    // Examples are in the checkpoint.
    const decodeAgain = (record: StreamRecord) =>
      figures.decoded(record, this.#decode(record, { samples: false }));
    const checkpoint = await newestCheckpoint(source, partition, committed);
    figures.ended('checkpointMs');
    if (checkpoint !== null) {
      this.#fold.restore(checkpoint);
      figures.ended('restoreMs');
      if (!(await this.#replay(checkpoint, figures))) {
        const rollups = figures.rollups(rollupsFor(source, checkpoint));
        await this.#fold.rebuild(rollups, recordsFor(source, checkpoint, decodeAgain));
        figures.ended('recordsMs');
      }
      const { offset } = checkpoint;
      log.info('checkpoint_restored', { partition, offset, ...figures.take() });
    }
    const from = checkpoint?.offset ?? 0;
    if (from < first) await this.#gap(from, first);
    this.#noted.changes.begin(Math.max(from, first));
    await this.#catchUp(from, committed, figures);
    return Math.max(first, committed);
  }

  /**
   * Goes on from memory after another owner has folded up to `committed`, who has published what comes of it. Null, and
   * nothing is done, when that cannot be: retention has taken what is between.
   */
  async resume(committed: number | null): Promise<number | null> {
    const { source, clock } = this.#options;
    const { first } = await source.range('requests', this.#partition);
    const from = this.#fold.offset;
    if (committed === null || from < first) return null;
    await this.#catchUp(from, committed, new RecoveryFigures(clock));
    return Math.max(from, committed);
  }

  /** Folds what others have published of. */
  async #catchUp(from: number, committed: number, figures: RecoveryFigures): Promise<void> {
    const { source, log } = this.#options;
    const partition = this.#partition;
    for await (const records of recordsBetween(source, 'requests', partition, from, committed)) {
      for (const record of records) {
        const message = figures.decoded(record, this.#decode(record));
        if (message !== null) this.#fold.apply(record, message);
      }
      await this.#keepChanges(records.at(-1)!);
    }
    figures.ended('missedMs');
    log.info('missed_folded', { partition, ...figures.take() });
  }

  /** False, and the fold is as it was before, when the stream does not have all changes, whole. */
  async #replay(checkpoint: Checkpoint, figures: RecoveryFigures): Promise<boolean> {
    const { source, log } = this.#options;
    const changes = await changesFor(source, checkpoint);
    figures.ended('chainMs');
    if (changes === null) return false;
    try {
      const rollups = figures.rollups(rollupsFor(source, checkpoint));
      await this.#fold.replay(rollups, figures.changes(changes));
      figures.ended('changesMs');
      return true;
    } catch (error) {
      if (!(error instanceof ChangesUnusable)) throw error;
      log.warn('changes_unusable', { partition: this.#partition, ...figures.take() });
      this.#fold = this.#newFold();
      this.#fold.restore(checkpoint);
      return false;
    }
  }

  #newFold(): Fold {
    const { bounds, random } = this.#options;
    return new Fold({
      partition: this.#partition,
      bounds,
      changes: this.#noted.changes,
      seed: Math.floor(random() * 2 ** 32),
    });
  }

  /** Retention has passed records that were never folded: counters go on, windows over them say that they are blind. */
  async #gap(from: number, first: number): Promise<void> {
    const { source, log, metrics } = this.#options;
    const partition = this.#partition;
    const [oldest] = await source.read('requests', partition, first);
    this.#fold.missed(oldest?.time ?? null);
    log.error('gap', { partition, records: first - from, from, first });
    metrics
      .counter('meshpulse_stream_gap_records_total', 'Records that retention dropped unread.')
      .inc({}, first - from);
  }

  /** Folds new records; returns what to publish. */
  fold(records: readonly StreamRecord[], atEnd: boolean): AppendRecord[] {
    this.#atEnd = atEnd;
    const outputs = traced(this.#partition, records, () =>
      records.flatMap((record) => this.#apply(record)),
    );
    return [...outputs, ...this.#checkpoint(records.at(-1)!.time)];
  }

  wantsPolicy(): boolean {
    return !this.#fold.hasPolicy || !isDeepStrictEqual(this.#fold.policy, this.#options.policy);
  }

  /** Up to when it is folded, ms; null before the first record. */
  get clocks(): { watermark: number | null; appendTime: number | null } {
    return this.#fold.clocks;
  }

  /** Whether the stream is silent and a tick appended now would change something. */
  wantsTick(nowMs: number): boolean {
    const due = this.#fold.nextTickMs();
    return this.#atEnd && due !== null && nowMs >= due;
  }

  #apply(record: StreamRecord): AppendRecord[] {
    const message = this.#decode(record);
    if (message === null) return [deadLetterOf(record)];
    return this.#fold.apply(record, message).flatMap((output) => this.#encode(output));
  }

  /**
   * A checkpoint every ten seconds of append time, published with the outputs it follows and the changes up to it; changes
   * alone before they are too many for a record.
   */
  #checkpoint(nowMs: number): AppendRecord[] {
    if (nowMs - this.#checkpointMs < CHECKPOINT_EVERY_MS) {
      return this.#noted.areMany ? this.#changes() : [];
    }
    this.#checkpointMs = nowMs;
    const value = encodeCheckpoint(this.#fold.checkpoint());
    const partition = this.#partition;
    const key = String(partition);
    return [...this.#changes(), ...this.#fitting({ topic: 'checkpoints', partition, key, value })];
  }

  #changes(): AppendRecord[] {
    const record = this.#noted.take(this.#fold.offset);
    return record === null ? [] : this.#fitting(record);
  }

  /** What is noted while much is folded at once goes into the stream piece by piece. */
  async #keepChanges({ time }: StreamRecord): Promise<void> {
    if (!this.#noted.areMany) return;
    const { sink, log } = this.#options;
    const record = this.#noted.takeIfOfUse(this.#fold.offset, time);
    if (record === null) return;
    try {
      await sink.append([record]);
    } catch (error) {
      // The next restart reads the records again.
      log.warn('changes_lost', { partition: this.#partition, error: String(error) });
    }
  }

  /** Alerts are one view over all services: their topic has one partition. */
  #encode({ topic, key, value }: Output): AppendRecord[] {
    const partition = topic === 'alerts' ? 0 : this.#partition;
    const bytes = value === null ? null : encoder.encode(JSON.stringify(value));
    return this.#fitting({ topic, partition, key, value: bytes });
  }

  /** An output that the stream would never take must not stop those that it takes. */
  #fitting(output: AppendRecord): AppendRecord[] {
    const bytes = output.value?.length ?? 0;
    if (bytes <= MAX_OUTPUT_BYTES) return [output];
    const { topic, key } = output;
    this.#options.log.error('output_too_large', { topic, key, bytes, most: MAX_OUTPUT_BYTES });
    this.#tooLarge.inc({ topic });
    return [];
  }

  #decode(record: StreamRecord, options = {}): Message | null {
    try {
      return decodeMessage(record.value ?? new Uint8Array(), options);
    } catch (error) {
      this.#undecodable.inc({});
      const { offset } = record;
      const partition = this.#partition;
      this.#options.log.error('record_undecodable', { partition, offset, error: String(error) });
      return null;
    }
  }
}

/** To look at: whatever wrote it into `requests` is no receiver of ours, or a newer one. */
function deadLetterOf({ value, time }: StreamRecord): AppendRecord {
  const sample = encodeDeadLetter({
    reason: 'undecodable_record',
    provider: '@stream',
    input: 'requests',
    sample: lossyUtf8.decode(value?.subarray(0, SAMPLE_BYTES)),
    receivedAt: time,
  });
  return { topic: 'dead-letters', partition: 0, key: null, value: sample };
}

const SAMPLE_BYTES = 512;
const lossyUtf8 = new TextDecoder();

const CHECKPOINT_EVERY_MS = 10_000;

/** Below what the embedded stream takes in one record. */
const MAX_OUTPUT_BYTES = 15 * 1024 * 1024;
const encoder = new TextEncoder();
