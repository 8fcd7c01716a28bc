import type { CountsByReason, DeadLetterReason, NotARequestReason } from '../model/input.ts';
import type { RequestEvent } from '../model/request-event.ts';
import type { Columns } from '../packed/columns.ts';
import { PartBuilder, type PartBuilderOptions } from '../packed/part-builder.ts';
import { partitionOf } from '../packed/partition.ts';
import { Refusal } from './errors.ts';
import { Fingerprints } from './fingerprint.ts';
import type { Records } from './formats/records.ts';

const MAX_EVENTS = 5_000;
/**
 * A part is closed once its upper bound is over this. Kafka takes records of 1 MB (`max.message.bytes`); one more
 * event adds at most 6 kB (MAX_NAME and MAX_DETAILS in UTF-8), the frame less than that.
 */
const FULL_BYTES = 880_000;

/**
 * Collects what a reader finds in one body, split into parts: by partition, then by size. The split depends on
 * the bytes of the body and the number of partitions alone, so a body sent again makes the same parts.
 */
export class BodyParts implements Records {
  readonly deadLetters: CountsByReason = {};
  readonly notRequests: CountsByReason = {};
  records = 0;
  events = 0;
  readonly #partitions: number;
  readonly #maxRecords: number;
  readonly #options: PartBuilderOptions;
  readonly #fingerprints: Fingerprints | null;
  readonly #onDeadLetter: (reason: DeadLetterReason, raw: Uint8Array) => void;
  readonly #byDestination = new Map<string | null, PartitionParts>();
  readonly #byPartition = new Map<number, PartitionParts>();
  #lastDestination: string | null = null;
  #lastParts: PartitionParts | null = null;

  constructor(
    partitions: number,
    maxRecords: number,
    options: PartBuilderOptions,
    onDeadLetter: (reason: DeadLetterReason, raw: Uint8Array) => void,
  ) {
    this.#partitions = partitions;
    this.#maxRecords = maxRecords;
    this.#options = options;
    this.#fingerprints = options.fingerprints ? new Fingerprints() : null;
    this.#onDeadLetter = onDeadLetter;
  }

  event(event: RequestEvent, raw: Uint8Array): void {
    this.#count();
    this.events++;
    const parts = this.#partsOf(event.destination);
    const fingerprints = this.#fingerprints;
    if (fingerprints === null) {
      parts.add(event, 0, 0);
    } else {
      fingerprints.next(raw);
      parts.add(event, fingerprints.low, fingerprints.high);
    }
  }

  notARequest(reason: NotARequestReason): void {
    this.#count();
    this.notRequests[reason] = (this.notRequests[reason] ?? 0) + 1;
  }

  deadLetter(reason: DeadLetterReason, raw: Uint8Array): void {
    this.#count();
    this.deadLetters[reason] = (this.deadLetters[reason] ?? 0) + 1;
    this.#onDeadLetter(reason, raw);
  }

  /** Lowest partition first, in the order of the body within each. No event can come after it. */
  columns(): { partition: number; columns: Columns }[] {
    const found: { partition: number; columns: Columns }[] = [];
    const byPartition = [...this.#byPartition].sort(([a], [b]) => a - b);
    for (const [partition, parts] of byPartition) {
      for (const columns of parts.take()) found.push({ partition, columns });
    }
    return found;
  }

  /** An empty part's columns, to carry the counts of a body without a request event. */
  emptyColumns(): Columns {
    return new PartBuilder(this.#options).take();
  }

  #count(): void {
    if (this.records === this.#maxRecords) {
      throw new Refusal(
        'too_many_records',
        `the body holds more than ${this.#maxRecords} records, which is the most taken`,
      );
    }
    this.records++;
  }

  #partsOf(destination: string | null): PartitionParts {
    const last = this.#lastParts;
    if (last !== null && (destination === this.#lastDestination || this.#partitions === 1)) {
      return last;
    }
    const parts = this.#findParts(destination);
    this.#lastDestination = destination;
    this.#lastParts = parts;
    return parts;
  }

  #findParts(destination: string | null): PartitionParts {
    const known = this.#byDestination.get(destination);
    if (known !== undefined) return known;
    const partition = partitionOf(destination, this.#partitions);
    const parts = this.#byPartition.get(partition) ?? new PartitionParts(this.#options);
    this.#byPartition.set(partition, parts);
    this.#byDestination.set(destination, parts);
    return parts;
  }
}

class PartitionParts {
  readonly #options: PartBuilderOptions;
  readonly #closed: Columns[] = [];
  #open: PartBuilder;

  constructor(options: PartBuilderOptions) {
    this.#options = options;
    this.#open = new PartBuilder(options);
  }

  add(event: RequestEvent, low: number, high: number): void {
    const open = this.#open;
    open.addHashed(event, low, high);
    if (open.count === MAX_EVENTS || open.isOver(FULL_BYTES)) {
      this.#closed.push(open.take());
      this.#open = new PartBuilder(this.#options);
    }
  }

  take(): Columns[] {
    if (this.#open.count > 0) this.#closed.push(this.#open.take());
    return this.#closed;
  }
}
