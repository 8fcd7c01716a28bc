import type { Clock, Timers } from '../model/clock.ts';
import { begunKey, encodeBegun, encodeTold, notificationKey } from '../model/notification.ts';
import type { AppendRecord, StreamRecord } from '../stream/record.ts';
import type { RecordSink } from '../stream/sink.ts';
import type { RecordSource } from '../stream/source.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { decodeAlert } from './alert-record.ts';
import { Delivery, type DeliveryContext, type ReceiverStatus } from './delivery.ts';
import type { Memory } from './ledger.ts';
import { alertsLostSight } from './lost-sight.ts';
import { readMemory } from './memory.ts';
import { rememberTrace } from './notification-span.ts';
import type { Receiver } from './port.ts';

export interface NotifierOptions {
  source: RecordSource;
  sink: RecordSink;
  /** Names must be unique; they appear in metrics and in the keys on `notifications`. */
  receivers: readonly Receiver[];
  clock: Clock;
  timers: Timers;
  /** 0 up to, not including, 1. */
  random: () => number;
  log: Log;
  metrics: Metrics;
  /** Base of links, without a trailing slash; null: messages carry none. */
  publicUrl: string | null;
  /** Reading `alerts` has failed for good: nothing is told any more. */
  onFailed?: (error: unknown) => void;
}

export interface Notifier {
  /** Gives messages on their way 5 s to arrive; what is still owed is told after the next start. */
  stop(): Promise<void>;
  status(): NotifierStatus;
}

export interface NotifierStatus {
  /** Whether this process is the one that tells; with several processes on one stream, one is. */
  active: boolean;
  /** Whether another process does, as far as is known: this one takes over when that is gone. */
  standby: boolean;
  /** Why reading has ended for good; null while it has not. */
  failed: string | null;
  receivers: ReceiverStatus[];
}

/**
 * Tells every receiver the newest state of every alert: at least once, and at most once per state unless it crashed
 * between sending and recording, or an answer was lost.
 *
 * What was told is on `notifications`; the newest states are on `alerts`; what is owed is the difference. Throws a
 * TypeError when two receivers share a name or a name cannot be part of a key.
 */
export async function startNotifier(options: NotifierOptions): Promise<Notifier> {
  const { source, receivers, log } = options;
  checkNames(receivers);
  const partitions = new Set<number>();
  const { context, unreadable } = contextFor(
    options,
    () => partitions.size > 0 && [...partitions].every((each) => subscription.holds(each)),
  );
  let deliveries: Delivery[] = [];
  let isMember = false;
  let failed: string | null = null;
  const active = options.metrics.gauge(
    'meshpulse_notifier_active',
    '1 in the process that tells receivers, 0 where a notifier stands by.',
  );
  active.set({}, 0);

  const offer = (records: readonly StreamRecord[]) => {
    for (const record of records) {
      const alert = decodeAlert(record.value);
      if (alert) {
        rememberTrace(alert, record.headers);
        for (const delivery of deliveries) delivery.offer(alert);
      } else if (record.value !== null) unreadable(record);
      else if (record.key !== null) forget(record.key);
    }
  };
  const forget = (alertKey: string) => {
    for (const delivery of deliveries) delivery.forget(alertKey);
  };

  const end = async () => {
    const ending = deliveries;
    deliveries = [];
    await Promise.all(ending.map((delivery) => delivery.stop()));
  };

  const subscription = await source.subscribe('alerts', 'notify', {
    async assigned(partition) {
      // First the end, then the newest states: what comes between is offered twice, never missed.
      const range = await source.range('alerts', partition);
      const newest = await source.latest('alerts');
      if (partitions.size === 0) {
        const memory = await readMemory(source, unreadable);
        deliveries = receivers.map(
          (receiver) => new Delivery(receiver, memoryOf(memory, receiver), context),
        );
        log.info('notifier_started', { receivers: receivers.map(({ name }) => name) });
        const lost = await alertsLostSight(source, memory, newest);
        offer(lost.states);
        for (const alertKey of lost.gone) forget(alertKey);
      }
      partitions.add(partition);
      active.set({}, 1);
      offer(newest.filter((record) => record.partition === partition));
      return range.end;
    },
    async records(_, records) {
      offer(records);
    },
    settled() {
      isMember = true;
    },
    async revoked(partition) {
      partitions.delete(partition);
      if (partitions.size > 0) return;
      active.set({}, 0);
      await end();
    },
    failed(error) {
      active.set({}, 0);
      failed = error instanceof Error ? error.message : String(error);
      log.error('notifier_failed', { error: failed });
      end().catch(() => {});
      options.onFailed?.(error);
    },
  });

  return {
    async stop() {
      await subscription.stop();
      await end();
    },
    status: () => ({
      active: failed === null && partitions.size > 0,
      standby: failed === null && isMember && partitions.size === 0,
      failed,
      receivers: deliveries.map((delivery) => delivery.status()),
    }),
  };
}

function contextFor(
  options: NotifierOptions,
  mayTell: () => boolean,
): {
  context: DeliveryContext;
  unreadable: (record: StreamRecord) => void;
} {
  const { clock, timers, random, log, metrics, publicUrl, sink } = options;
  const outcomes = metrics.counter(
    'meshpulse_notifications_total',
    'Alert states offered to a receiver, by where they ended.',
  );
  const attempts = metrics.counter(
    'meshpulse_notification_attempts_total',
    'Messages sent to a receiver, by its answer.',
  );
  const queue = metrics.gauge(
    'meshpulse_notification_queue_length',
    'Incidents a receiver is still to be told of.',
  );
  const disabled = metrics.gauge(
    'meshpulse_receiver_disabled',
    '1 when a receiver takes nothing until it is configured anew.',
  );
  const unread = metrics.counter(
    'meshpulse_notify_unreadable_records_total',
    'Records on alerts and notifications that could not be read.',
  );
  return {
    context: {
      clock,
      timers,
      random,
      log,
      publicUrl,
      mayTell,
      async begin(told) {
        await sink.append(told.map((each) => notification(begunKey(each), encodeBegun(each))));
      },
      async giveUp(told) {
        await sink.append(told.map((each) => notification(begunKey(each), null)));
      },
      async forget(receiver, alertKeys) {
        await sink.append(
          alertKeys
            .map((alertKey) => ({ receiver, alertKey }))
            .flatMap((each) => [notificationKey(each), begunKey(each)])
            .map((key) => notification(key, null)),
        );
      },
      async record(told) {
        await sink.append(
          told.flatMap((each) => {
            const what = notification(notificationKey(each), encodeTold(each));
            return each.status === 'firing' ? [what, notification(begunKey(each), null)] : [what];
          }),
        );
      },
      count: (receiver, outcome) => outcomes.inc({ receiver, outcome }),
      countAttempt: (receiver, result) => attempts.inc({ receiver, result }),
      showQueue: (receiver, length) => queue.set({ receiver }, length),
      showDisabled: (receiver, yes) => disabled.set({ receiver }, yes ? 1 : 0),
    },
    unreadable({ topic, offset }) {
      unread.inc({ topic });
      log.warn('notify_unreadable_record', { topic, offset });
    },
  };
}

function notification(key: string, value: Uint8Array | null): AppendRecord {
  return { topic: 'notifications', partition: 0, key, value };
}

function memoryOf({ told, begun }: Memory, { name }: Receiver): Memory {
  return {
    told: told.filter(({ receiver }) => receiver === name),
    begun: begun.filter(({ receiver }) => receiver === name),
  };
}

function checkNames(receivers: readonly Receiver[]): void {
  const seen = new Set<string>();
  for (const { name } of receivers) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) {
      throw new TypeError(
        `receiver name ${JSON.stringify(name)} is not 1 to 64 of letters, digits, . _ -`,
      );
    }
    if (seen.has(name)) throw new TypeError(`two receivers are named ${JSON.stringify(name)}`);
    seen.add(name);
  }
}
