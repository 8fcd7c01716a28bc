import type { Alert } from '../model/alert.ts';
import type { Transition } from '../model/breaker.ts';
import type { DeadLetterSample } from '../model/dead-letter.ts';
import type { Told } from '../model/notification.ts';
import type { AccountingRow, PartitionState, ServiceState } from '../model/state.ts';
import type { Topic } from '../stream/record.ts';
import type { Breaker } from './breakers.ts';
import type { ViewListener } from './feed.ts';
import type { Delay } from './partition-watch.ts';
import type { Dependency } from './services.ts';

/**
 * What the API knows, read from the stream and held in memory. Times are ms since the epoch, of event time.
 *
 * Nothing in it ever goes backwards: of every key the highest sequence is kept, whatever the order of arrival.
 */
export interface Views {
  /** Everything the topics held when the views were opened has been read, and reading goes on. */
  ready(): boolean;
  /** Why reading has ended for good; null while it goes on. */
  failure(): unknown;
  /** Resolves when {@link ready} is true; rejects when the stream could not be read. */
  caughtUp(): Promise<void>;
  /** The oldest watermark over the partitions that ever had a record; null when none had. */
  asOf(): number | null;
  /** By name. Services that have been quiet for an hour, and whose windows are empty, are not in it. */
  services(): ServiceState[];
  service(name: string): ServiceState | null;
  /** Every caller of every service. */
  dependencies(): Dependency[];
  /** The breakers that watch a service, by key, moved on by transitions younger than the state. */
  breakers(state: ServiceState): Breaker[];
  /** In sequence order. */
  transitions(key: string): readonly Transition[];
  /** The newest state of every alert, what changed last first. */
  alerts(): Alert[];
  /** Every state of every alert that is kept, newest first. */
  alertHistory(): Alert[];
  /** What each receiver was last told about an alert. */
  notifications(alertKey: string): Told[];
  partitions(): PartitionState[];
  /** The partitions of which the views lack what the stream has, or may have; by number. */
  delays(): Delay[];
  /** That of the partition from which the service comes; null when it has none, or is not known. */
  delayOf(service: string): Delay | null;
  /** Records of a partition that are not folded yet; null when that is not known. */
  lag(partition: number): number | null;
  /** Where every input record ended, summed over the partitions. */
  accounting(): AccountingRow[];
  /** Samples of what could not be read, newest first; taken from the stream now, rejects when that cannot be read. */
  deadLetters(limit: number): Promise<DeadLetterSample[]>;
  /** Records that could not be read, by topic. */
  skipped(): ReadonlyMap<Topic, number>;
  /** Tells the listener of every change until the returned function is called. */
  subscribe(listener: ViewListener): () => void;
  close(): Promise<void>;
}
