import { expect } from 'vitest';
import type { Alert } from '../../src/model/alert.ts';
import { decodeNotification, type Told } from '../../src/model/notification.ts';
import { type Notifier, startNotifier } from '../../src/notify/notifier.ts';
import type { Notification, Receiver } from '../../src/notify/port.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { RecordSink } from '../../src/stream/sink.ts';
import type { LogFacts } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { ManualTime, settle } from './manual-time.ts';

/** Answers each message in turn: an error is thrown, `'hang'` waits for the signal; then everything is taken. */
export type Answer = Error | 'hang' | 'ok';

export class FakeReceiver implements Receiver {
  readonly name: string;
  /** Every message that was sent, taken or not. */
  readonly sent: Notification[] = [];
  readonly #answers: Answer[];

  constructor(name: string, answers: Answer[] = []) {
    this.name = name;
    this.#answers = answers;
  }

  async send(notification: Notification, signal: AbortSignal): Promise<void> {
    this.sent.push(notification);
    const answer = this.#answers.shift() ?? 'ok';
    if (answer instanceof Error) throw answer;
    if (answer === 'hang') {
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    }
  }

  /** `ratings.default firing`, one list per message. */
  get said(): string[][] {
    return this.sent.map(({ alerts }) =>
      alerts.map(({ service, status }) => `${service} ${status}`),
    );
  }
}

/** A stream, a clock and whatever notifiers run on them, one after the other. */
export class World {
  readonly time = new ManualTime();
  readonly stream = new MemoryStream({ clock: this.time.clock });
  readonly logged: { event: string; facts: LogFacts | undefined }[] = [];
  metrics = new Metrics();

  async start(receivers: Receiver[], sink: RecordSink = this.stream): Promise<Notifier> {
    this.metrics = new Metrics();
    const keep = (event: string, facts?: LogFacts) => this.logged.push({ event, facts });
    const notifier = await startNotifier({
      source: this.stream,
      sink,
      receivers,
      clock: this.time.clock,
      timers: this.time,
      random: () => 0.5,
      log: { debug: keep, info: keep, warn: keep, error: keep },
      metrics: this.metrics,
      publicUrl: 'https://mesh.example',
    });
    await expect.poll(() => notifier.status().active).toBe(true);
    return notifier;
  }

  async publish(...alerts: Alert[]): Promise<void> {
    const bytes = (alert: Alert) => new TextEncoder().encode(JSON.stringify(alert));
    await this.stream.append(
      alerts.map((alert) => ({
        topic: 'alerts',
        partition: 0,
        key: alert.key,
        value: bytes(alert),
      })),
    );
    await settle();
  }

  /** The alert is deleted, as the fold does long after it was resolved. */
  async forget(...alertKeys: string[]): Promise<void> {
    await this.stream.append(
      alertKeys.map((key) => ({ topic: 'alerts', partition: 0, key, value: null })),
    );
    await settle();
  }

  /** Keys that `notifications` remembers. */
  async remembered(): Promise<(string | null)[]> {
    return (await this.stream.latest('notifications')).map(({ key }) => key);
  }

  async told(): Promise<Told[]> {
    const records = await this.stream.read('notifications', 0, 0);
    const read = records.map(({ value }) => decodeNotification(value));
    return read.filter((each): each is Told => each !== null && !('begun' in each));
  }

  /** `{sent: 2, …}` of one receiver. */
  outcomes(receiver: string): Record<string, number> {
    const line = /^meshpulse_notifications_total\{receiver="([^"]*)",outcome="([^"]*)"\} (\d+)$/gm;
    return Object.fromEntries(
      [...this.metrics.exposition().matchAll(line)]
        .filter(([, name]) => name === receiver)
        .map(([, , outcome, count]) => [outcome, Number(count)]),
    );
  }
}
