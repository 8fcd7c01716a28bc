import type { Clock, Stopwatch, Timers } from '../model/clock.ts';
import { addressOf, decodeNotification } from '../model/notification.ts';
import { PARTITION_KEY } from '../model/state.ts';
import type { StreamRecord, Topic } from '../stream/record.ts';
import type { Following, RecordSource } from '../stream/source.ts';
import type { Log } from '../telemetry/log.ts';
import { AlertTable } from './alerts.ts';
import { breakersOf } from './breakers.ts';
import { newestDeadLetters } from './dead-letters.ts';
import { Delays } from './delays.ts';
import { ChangeFeed } from './feed.ts';
import { PartitionTable } from './partitions.ts';
import * as published from './published.ts';
import { readPublished } from './published.ts';
import { ServiceTable } from './services.ts';
import { TransitionLog } from './transitions.ts';
import type { Views } from './views.ts';

export interface ViewBounds {
  services: number;
  transitionsPerKey: number;
  transitions: number;
  alerts: number;
  alertHistory: number;
}

export const VIEW_BOUNDS: ViewBounds = {
  services: 20_000,
  transitionsPerKey: 1_000,
  transitions: 100_000,
  alerts: 10_000,
  alertHistory: 1_000,
};

export interface ViewsOptions {
  source: RecordSource;
  log: Log;
  bounds?: Partial<ViewBounds>;
  /** To tell which partitions they know too little of; without it they tell of none. */
  watch?: { clock: Clock; stopwatch: Stopwatch; timers: Timers };
  /** Reading a topic has failed for good: the views stay as they are, and are no longer ready. Told once. */
  onFailed?: (error: unknown) => void;
}

/**
 * Follows `state`, `transitions`, `alerts` and `notifications` from their starts. Resolves when it follows all four;
 * {@link Views.ready} says when it has read what was there. The caller keeps and closes the source.
 */
export async function openViews(options: ViewsOptions): Promise<Views> {
  const { source, log, bounds = {}, watch, onFailed } = options;
  const max = { ...VIEW_BOUNDS, ...bounds };
  const services = new ServiceTable(max.services);
  const partitions = new PartitionTable();
  const transitions = new TransitionLog(max.transitionsPerKey, max.transitions);
  const alerts = new AlertTable(max.alerts, max.alertHistory);
  const feed = new ChangeFeed();
  const delays =
    watch &&
    new Delays({
      source,
      ...watch,
      log,
      stateOf: (partition) => partitions.get(partition),
      changed: () => feed.publish({ kind: 'delays' }),
    });
  const skipped = new Map<Topic, number>();

  /** False when the record is not what its topic should hold. */
  const readers: Readonly<Record<FollowedTopic, (record: StreamRecord) => boolean>> = {
    state: ({ key, value, partition }) => {
      if (key?.startsWith(`${PARTITION_KEY}/`)) {
        const state = value && readPublished(published.partitionState, value);
        if (state && partitions.apply(state)) services.sweep(partitions.asOf());
        return value === null || state !== null;
      }
      if (value === null) {
        if (key !== null) services.delete(key);
        return key !== null;
      }
      const state = readPublished(published.serviceState, value);
      if (state && services.apply(state, partition)) {
        feed.publish({ kind: 'state', service: state.service, sequence: state.sequence });
      }
      return state !== null;
    },
    transitions: ({ value }) => {
      const transition = value && readPublished(published.transition, value);
      if (transition && transitions.apply(transition)) {
        feed.publish({ kind: 'transition', transition });
      }
      return transition !== null;
    },
    alerts: ({ key, value }) => {
      if (value === null) {
        if (key !== null) alerts.delete(key);
        return key !== null;
      }
      const alert = readPublished(published.alert, value);
      if (alert && alerts.apply(alert)) feed.publish({ kind: 'alert', alert });
      return alert !== null;
    },
    notifications: ({ key, value }) => {
      if (value === null) {
        const whose = key === null ? null : addressOf(key);
        if (whose !== null) alerts.unnotified(whose);
        return key !== null;
      }
      const read = decodeNotification(value);
      if (read !== null && !('begun' in read)) alerts.notified(read);
      return read !== null;
    },
  };

  const read = (topic: FollowedTopic, record: StreamRecord) => {
    if (readers[topic](record)) return;
    const count = (skipped.get(topic) ?? 0) + 1;
    skipped.set(topic, count);
    const { partition, offset } = record;
    // The first says that something is wrong; a topic full of them must not fill the log.
    log[count === 1 ? 'warn' : 'debug']('views_record_skipped', { topic, partition, offset });
  };
  let failure: unknown = null;
  const failed = (topic: FollowedTopic, error: unknown) => {
    log.error('views_reading_failed', { topic, error: String(error) });
    if (failure !== null) return;
    failure = error;
    onFailed?.(error);
  };

  let caught = false;
  const followings: Following[] = [];
  const stop = () => Promise.all(followings.map((following) => following.stop()));
  try {
    for (const topic of FOLLOWED) {
      const onRecords = (records: readonly StreamRecord[]) => {
        // At the start there are many of each service.
        const news = topic === 'state' && !caught ? newestOfEachKey(records) : records;
        for (const record of news) read(topic, record);
      };
      followings.push(
        await source.follow(topic, 'start', onRecords, (error) => failed(topic, error)),
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const caughtUp = Promise.all(followings.map((following) => following.caughtUp())).then(() => {
    caught = true;
    delays?.start();
  });
  // Nobody has to wait for it: why it rejects is told by `failure`, or it was closed before.
  caughtUp.catch(() => {});

  return {
    ready: () => caught && failure === null,
    failure: () => failure,
    caughtUp: () => caughtUp,
    asOf: () => partitions.asOf(),
    services: () => services.list(partitions.asOf()),
    service: (name) => services.get(name, partitions.asOf()),
    dependencies: () => services.dependencies(partitions.asOf()),
    breakers: (state) => breakersOf(state, transitions),
    transitions: (key) => transitions.of(key),
    alerts: () => alerts.latest(),
    alertHistory: () => alerts.history(),
    notifications: (alertKey) => alerts.sent(alertKey),
    partitions: () => partitions.list(),
    delays: () => delays?.list() ?? [],
    delayOf: (service) => {
      const partition = services.partitionOf(service);
      return (partition === undefined ? null : delays?.of(partition)) ?? null;
    },
    lag: (partition) => delays?.lag(partition) ?? null,
    accounting: () => partitions.accounting(),
    deadLetters: (limit) => newestDeadLetters(source, limit),
    skipped: () => skipped,
    subscribe: (listener) => feed.subscribe(listener),
    close: async () => {
      feed.close();
      await delays?.stop();
      await stop();
    },
  };
}

/** Of the records of a compacted topic those that a compaction would keep. */
function newestOfEachKey(records: readonly StreamRecord[]): StreamRecord[] {
  const newest = new Map(records.map((record) => [record.key, record]));
  return records.filter((record) => newest.get(record.key) === record);
}

const FOLLOWED = ['state', 'transitions', 'alerts', 'notifications'] as const;
type FollowedTopic = (typeof FOLLOWED)[number];
