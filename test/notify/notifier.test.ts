import { describe, expect, it } from 'vitest';
import { PermanentError, RetryableError } from '../../src/model/errors.ts';
import { startNotifier } from '../../src/notify/notifier.ts';
import { InDoubtError, ReceiverGone } from '../../src/notify/port.ts';
import { StreamUnavailable } from '../../src/stream/errors.ts';
import type { RecordSink } from '../../src/stream/sink.ts';
import { firing, incident } from './alerts.ts';
import { settle } from './manual-time.ts';
import { type Answer, FakeReceiver, World } from './world.ts';

const [open, closed] = incident('ratings.default', 1, 40);
const [openAgain, closedAgain] = incident('ratings.default', 90, 120);
const OPEN = ['ratings.default firing'];
const CLOSED = ['ratings.default resolved'];

async function begin(answers: Answer[] = []) {
  const world = new World();
  const slack = new FakeReceiver('slack', answers);
  const notifier = await world.start([slack]);
  return { world, slack, notifier };
}

/** A sink that takes so many appends and no more. */
function failingAfter(appends: number, { stream }: World): RecordSink {
  let left = appends;
  return {
    partitions: () => 1,
    append: (records) =>
      left-- > 0 ? stream.append(records) : Promise.reject(new StreamUnavailable('down')),
    close: async () => {},
  };
}

describe('telling', () => {
  it('tells an opening and its close, once each and in order, and records both', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(2_000);
    await world.publish(closed);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN, CLOSED]);
    expect(await world.told()).toEqual([
      expect.objectContaining({
        receiver: 'slack',
        alertKey: open.key,
        status: 'firing',
        sequence: open.sequence,
        startsAt: open.startsAt,
        attempts: 1,
        reason: 'first_notification',
      }),
      expect.objectContaining({ status: 'resolved', reason: 'resolved', attempts: 1 }),
    ]);
    const keys = (await world.stream.latest('notifications')).map(({ key }) => key);
    expect(keys).toEqual([`slack/${open.key}`]);
    await notifier.stop();
  });

  it('tells every incident of a service', async () => {
    const { world, slack, notifier } = await begin();
    for (const alert of [open, closed, openAgain, closedAgain]) {
      await world.publish(alert);
      await world.time.advance(1_000);
    }
    expect(slack.said).toEqual([OPEN, CLOSED, OPEN, CLOSED]);
    await notifier.stop();
  });

  it('waits half a second before it tells', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(499);
    expect(slack.said).toEqual([]);
    await world.time.advance(1);
    expect(slack.said).toEqual([OPEN]);
    await notifier.stop();
  });

  it('makes one message of a cascade', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(firing('ratings.default', 1));
    await world.time.advance(200);
    await world.publish(firing('reviews.default', 2));
    await world.time.advance(200);
    await world.publish(firing('frontend.default', 3));
    await world.time.advance(5_000);
    expect(slack.said).toEqual([
      ['ratings.default firing', 'reviews.default firing', 'frontend.default firing'],
    ]);
    expect(slack.sent[0]?.publicUrl).toBe('https://mesh.example');
    expect(await world.told()).toHaveLength(3);
    await notifier.stop();
  });

  it('says nothing of flapping within half a second', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(300);
    await world.publish(closed);
    await world.time.advance(10_000);
    expect(slack.said).toEqual([]);
    expect(world.outcomes('slack')).toEqual({ resolved_before_sent: 2 });
    await notifier.stop();
  });

  it('sends three messages at once, then one a second', async () => {
    const { world, slack, notifier } = await begin();
    const times: number[] = [];
    slack.send = async () => {
      times.push(world.time.now);
    };
    for (let n = 0; n < 6; n += 1) {
      await world.publish(firing(`s${n}.default`, n + 1));
      await world.time.advance(500);
    }
    await world.time.advance(10_000);
    const begun = times[0]!;
    for (const [n, at] of times.entries()) {
      // A bucket of 3 that fills by one a second never lets more than this through.
      expect(n + 1).toBeLessThanOrEqual(3 + (at - begun) / 1_000);
    }
    expect(world.outcomes('slack')).toEqual({ sent: 6 });
    await notifier.stop();
  });

  it('tells each receiver for itself, and a slow one holds up no other', async () => {
    const world = new World();
    const slow = new FakeReceiver('slow', ['hang']);
    const fast = new FakeReceiver('fast');
    const notifier = await world.start([slow, fast]);
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(1_000);
    expect(slow.said).toEqual([OPEN]);
    expect(fast.said).toEqual([OPEN, CLOSED]);
    const stopped = notifier.stop();
    await world.time.advance(10_000);
    await stopped;
  });

  it('does not repeat what the stream repeats', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open, closed);
    await world.time.advance(1_000);
    // An aggregate that crashed before its commit publishes the same ids again.
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([]);
    await notifier.stop();
  });

  it('survives records that are no alerts', async () => {
    const { world, slack, notifier } = await begin();
    const texts = ['', '{', 'null', '7', '[]', '{"status":"firing"}', '\u{0}'];
    await world.stream.append(
      texts.map((text) => ({
        topic: 'alerts' as const,
        partition: 0,
        key: 'x',
        value: new TextEncoder().encode(text),
      })),
    );
    await world.publish(open);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([OPEN]);
    expect(world.metrics.exposition()).toContain(
      `meshpulse_notify_unreadable_records_total{topic="alerts"} ${texts.length}`,
    );
    await notifier.stop();
  });
});

describe('after a restart', () => {
  it('knows what was told last although an earlier state was recorded behind it', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(2_000);
    const [opening] = await world.stream
      .read('notifications', 0, 0)
      .then((records) =>
        records.filter(({ key, value }) => value !== null && key === `slack/${open.key}`),
      );
    await world.publish(closed);
    await world.time.advance(2_000);
    expect(slack.said).toEqual([OPEN, CLOSED]);
    await notifier.stop();
    await world.stream.append([opening!]);
    const next = new FakeReceiver('slack');
    const after = await world.start([next]);
    await world.time.advance(5_000);
    expect(next.said).toEqual([]);
    await after.stop();
  });

  it('does not repeat what was recorded', async () => {
    const { world, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    await notifier.stop();

    const again = new FakeReceiver('slack');
    const second = await world.start([again]);
    await world.time.advance(60_000);
    expect(again.said).toEqual([]);
    expect(world.outcomes('slack')).toEqual({ already_sent: 1 });
    await world.publish(closed);
    await world.time.advance(1_000);
    expect(again.said).toEqual([CLOSED]);
    await second.stop();
  });

  it('repeats once what was sent but not recorded', async () => {
    const world = new World();
    const down: RecordSink = {
      partitions: () => 1,
      append: () => Promise.reject(new StreamUnavailable('down')),
      close: async () => {},
    };
    const first = new FakeReceiver('slack');
    const crashed = await world.start([first], down);
    await world.publish(open);
    await world.time.advance(1_000);
    expect(first.said).toEqual([OPEN]);
    await crashed.stop();
    expect(await world.told()).toEqual([]);

    for (const expected of [[OPEN], []]) {
      const next = new FakeReceiver('slack');
      const notifier = await world.start([next]);
      await world.time.advance(10_000);
      expect(next.said).toEqual(expected);
      await notifier.stop();
    }
  });

  it('records late rather than never, without telling again', async () => {
    const world = new World();
    let failures = 3;
    const flaky: RecordSink = {
      partitions: () => 1,
      append: (records) =>
        failures-- > 0
          ? Promise.reject(new StreamUnavailable('down'))
          : world.stream.append(records),
      close: async () => {},
    };
    const slack = new FakeReceiver('slack');
    const notifier = await world.start([slack], flaky);
    await world.publish(open);
    await world.time.advance(30_000);
    expect(slack.said).toEqual([OPEN]);
    expect(await world.told()).toHaveLength(1);
    await notifier.stop();
  });

  it('tells what opened while it was away, however long ago', async () => {
    const world = new World();
    await world.publish(open);
    world.time.now += 6 * 3_600_000;
    const slack = new FakeReceiver('slack');
    const notifier = await world.start([slack]);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([OPEN]);
    await notifier.stop();
  });

  it('is silent about what opened and closed while it was away, and counts it', async () => {
    const world = new World();
    await world.publish(open, closed);
    const slack = new FakeReceiver('slack');
    const notifier = await world.start([slack]);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([]);
    expect(world.outcomes('slack')).toEqual({ resolved_before_sent: 1 });
    await notifier.stop();
  });

  it('tells the close of what it had told before', async () => {
    const { world, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    await notifier.stop();
    await world.publish(closed);
    const slack = new FakeReceiver('slack');
    const second = await world.start([slack]);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([CLOSED]);
    await second.stop();
  });

  it('owes the close of an opening that was on its way when it died', async () => {
    const world = new World();
    const first = new FakeReceiver('slack');
    const died = await world.start([first], failingAfter(1, world));
    await world.publish(open);
    await world.time.advance(1_000);
    expect(first.said).toEqual([OPEN]);
    await died.stop();
    expect(await world.told()).toEqual([]);
    await world.publish(closed);
    for (const expected of [[CLOSED], []]) {
      const next = new FakeReceiver('slack');
      const notifier = await world.start([next]);
      await world.time.advance(10_000);
      expect(next.said).toEqual(expected);
      await notifier.stop();
    }
  });

  it('owes nothing for an opening that was surely not taken', async () => {
    const later = new RetryableError('429', { retryAfterSeconds: 30 });
    const { world, slack, notifier } = await begin([later]);
    await world.publish(open);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([OPEN]);
    await notifier.stop();
    await world.publish(closed);
    const next = new FakeReceiver('slack');
    const second = await world.start([next]);
    await world.time.advance(60_000);
    expect(next.said).toEqual([]);
    await second.stop();
  });

  it('tells of the incident that goes on now when another was open before', async () => {
    const { world, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    await notifier.stop();
    await world.publish(closed, openAgain);
    const slack = new FakeReceiver('slack');
    const second = await world.start([slack]);
    await world.time.advance(1_000);
    expect(slack.said).toEqual([OPEN]);
    expect((await world.told()).at(-1)).toMatchObject({ reason: 'reopened' });
    await second.stop();
  });

  it('tells a receiver that is new what is open', async () => {
    const { world, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    await notifier.stop();
    const [old, added] = [new FakeReceiver('slack'), new FakeReceiver('pager')];
    const second = await world.start([old, added]);
    await world.time.advance(1_000);
    expect(old.said).toEqual([]);
    expect(added.said).toEqual([OPEN]);
    await second.stop();
  });
});

describe('when a receiver refuses', () => {
  it('tries again with growing waits until it is taken, and records the attempts', async () => {
    const down = new RetryableError('down');
    const { world, slack, notifier } = await begin([down, down, down]);
    const times: number[] = [];
    const send = slack.send.bind(slack);
    slack.send = (...message) => {
      times.push(world.time.now);
      return send(...message);
    };
    await world.publish(open);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN, OPEN, OPEN, OPEN]);
    const waits = times.slice(1).map((at, n) => at - times[n]!);
    // Three quarters of 1, 2 and 4 s (random is ½), and the half second every message waits.
    expect(waits).toEqual([1_250, 2_000, 3_500]);
    expect(await world.told()).toEqual([expect.objectContaining({ attempts: 4 })]);
    await notifier.stop();
  });

  it('waits as long as it was asked to', async () => {
    const { world, slack, notifier } = await begin([
      new RetryableError('429', { retryAfterSeconds: 30 }),
    ]);
    await world.publish(open);
    await world.time.advance(30_499);
    expect(slack.sent).toHaveLength(1);
    expect(notifier.status().receivers[0]).toMatchObject({ state: 'retrying', error: '429' });
    await world.time.advance(1_000);
    expect(slack.sent).toHaveLength(2);
    expect(notifier.status().receivers[0]).toMatchObject({ state: 'ready', error: null });
    await notifier.stop();
  });

  it('drops an opening that was surely not told when it closes meanwhile', async () => {
    const { world, slack, notifier } = await begin([
      new RetryableError('429', { retryAfterSeconds: 30 }),
    ]);
    await world.publish(open);
    await world.time.advance(5_000);
    await world.publish(closed);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN]);
    expect(world.outcomes('slack')).toEqual({ resolved_before_sent: 2 });
    await notifier.stop();
  });

  it('tells the close when the opening may have arrived', async () => {
    const { world, slack, notifier } = await begin([new InDoubtError('reset')]);
    await world.publish(open);
    await world.time.advance(600);
    await world.publish(closed);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN, CLOSED]);
    expect(world.outcomes('slack')).toEqual({ superseded: 1, sent: 1 });
    await notifier.stop();
  });

  it('sends what piled up as one message', async () => {
    const { world, slack, notifier } = await begin([
      new RetryableError('429', { retryAfterSeconds: 10 }),
    ]);
    await world.publish(firing('a.default', 1));
    await world.time.advance(1_000);
    await world.publish(firing('b.default', 2), firing('c.default', 3));
    await world.time.advance(20_000);
    expect(slack.said.at(-1)).toEqual(['a.default firing', 'b.default firing', 'c.default firing']);
    expect(slack.said).toHaveLength(2);
    await notifier.stop();
  });

  it('gives a rejected message up and goes on', async () => {
    const { world, slack, notifier } = await begin([new PermanentError('invalid_payload')]);
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed, openAgain);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN, OPEN]);
    expect(world.outcomes('slack')).toEqual({ rejected: 1, resolved_before_sent: 1, sent: 1 });
    expect(world.logged.map(({ event }) => event)).toContain('notification_rejected');
    await notifier.stop();
  });

  it('treats an error of no known kind as a rejection', async () => {
    const { world, slack, notifier } = await begin([new TypeError('a bug')]);
    await world.publish(open);
    await world.time.advance(60_000);
    expect(slack.sent).toHaveLength(1);
    expect(world.outcomes('slack')).toEqual({ rejected: 1 });
    await notifier.stop();
  });

  it('disables a receiver that is gone, visibly, and the others go on', async () => {
    const world = new World();
    const gone = new FakeReceiver('slack', [new ReceiverGone('404 no_service')]);
    const other = new FakeReceiver('other');
    const notifier = await world.start([gone, other]);
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(60_000);
    expect(gone.said).toEqual([OPEN]);
    expect(other.said).toEqual([OPEN, CLOSED]);
    expect(world.outcomes('slack')).toEqual({ disabled: 2 });
    expect(notifier.status().receivers).toMatchObject([
      { name: 'slack', state: 'disabled', error: '404 no_service' },
      { name: 'other', state: 'ready' },
    ]);
    expect(world.metrics.exposition()).toContain('meshpulse_receiver_disabled{receiver="slack"} 1');
    expect(world.logged.map(({ event }) => event)).toContain('receiver_disabled');
    await notifier.stop();
  });

  it('drops the oldest over the bound of its queue and counts them', async () => {
    const { world, slack, notifier } = await begin([
      new RetryableError('429', { retryAfterSeconds: 600 }),
    ]);
    const alerts = Array.from({ length: 1_005 }, (_, n) => firing(`s${n}.default`, n + 1));
    await world.publish(alerts[0]!);
    await world.time.advance(1_000);
    await world.publish(...alerts.slice(1));
    expect(notifier.status().receivers[0]?.queued).toBe(1_000);
    expect(world.outcomes('slack')).toEqual({ queue_full: 5 });
    await world.time.advance(700_000);
    const told = slack.sent.slice(1).flatMap(({ alerts: each }) => each.map(({ key }) => key));
    expect(told).toEqual(alerts.slice(5).map(({ key }) => key));
    await notifier.stop();
  });
});

describe('stopping', () => {
  it('lets a message on its way arrive and records it', async () => {
    const { world, slack, notifier } = await begin();
    const arrive = Promise.withResolvers<void>();
    slack.send = () => arrive.promise;
    await world.publish(open);
    await world.time.advance(500);
    const stopped = notifier.stop();
    await settle();
    arrive.resolve();
    await stopped;
    expect(await world.told()).toHaveLength(1);
  });

  it('cancels a message that takes longer than the grace', async () => {
    const { world, slack, notifier } = await begin(['hang']);
    await world.publish(open);
    await world.time.advance(500);
    const stopped = notifier.stop();
    await world.time.advance(5_000);
    await stopped;
    expect(slack.sent).toHaveLength(1);
    expect(await world.told()).toEqual([]);
  });

  it('leaves nothing sleeping', async () => {
    const { world, notifier } = await begin([new RetryableError('down')]);
    await world.publish(open);
    await world.time.advance(600);
    await notifier.stop();
    expect(world.time.sleeping).toBe(0);
    expect(notifier.status().active).toBe(false);
  });
});

describe('of an alert that is deleted', () => {
  it('forgets what was told, on the stream too', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open, firing('reviews.default', 3));
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(1_000);
    expect(await world.remembered()).toHaveLength(2);
    await world.forget(open.key);
    expect(await world.remembered()).toEqual(['slack/breaker_open/reviews.default/inferred']);
    // It begins anew, as one that was never heard of.
    await world.publish(openAgain);
    await world.time.advance(1_000);
    await world.publish(closedAgain);
    await world.time.advance(1_000);
    expect(slack.said.slice(2)).toEqual([OPEN, CLOSED]);
    await notifier.stop();
  });

  it('tells what is still owed, and forgets it only then', async () => {
    const { world, slack, notifier } = await begin(['ok', new RetryableError('down')]);
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(500);
    await world.forget(open.key);
    expect(await world.remembered()).toEqual([`slack/${open.key}`]);
    await world.time.advance(60_000);
    expect(slack.said).toEqual([OPEN, CLOSED, CLOSED]);
    expect(await world.remembered()).toEqual([]);
    await notifier.stop();
  });

  it('forgets what is on its way only when it has arrived', async () => {
    const { world, slack, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    const arrive = Promise.withResolvers<void>();
    slack.send = () => arrive.promise;
    await world.publish(closed);
    await world.time.advance(500);
    await world.forget(open.key);
    expect(await world.remembered()).toEqual([`slack/${open.key}`]);
    arrive.resolve();
    await settle();
    expect((await world.told()).map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(await world.remembered()).toEqual([]);
    await notifier.stop();
  });

  it('forgets it too when the message was refused or never sent', async () => {
    const { world, slack, notifier } = await begin([new PermanentError('no such channel')]);
    await world.publish(open);
    await world.time.advance(500);
    await world.publish(closed);
    await world.forget(open.key);
    await world.time.advance(10_000);
    expect(slack.said).toEqual([OPEN]);
    expect(await world.remembered()).toEqual([]);
    await notifier.stop();
  });

  it('keeps what is told of it when it opens again before it was forgotten', async () => {
    const { world, slack, notifier } = await begin(['ok', new RetryableError('down')]);
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(500);
    await world.forget(open.key);
    await world.publish(openAgain);
    await world.time.advance(60_000);
    expect(slack.said.at(-1)).toEqual([...CLOSED, ...OPEN]);
    expect(await world.remembered()).toEqual([`slack/${open.key}`]);
    await world.publish(closedAgain);
    await world.time.advance(10_000);
    expect(slack.said.at(-1)).toEqual(CLOSED);
    await notifier.stop();
  });

  it('forgets after a restart what was deleted while nobody ran, having told its end', async () => {
    const { world, notifier } = await begin();
    const [reviews, reviewsClosed] = incident('reviews.default', 3, 50);
    await world.publish(open, reviews);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(1_000);
    await notifier.stop();
    await world.publish(reviewsClosed);
    await world.forget(open.key, reviews.key);

    for (const expected of [[['reviews.default resolved']], []]) {
      const next = new FakeReceiver('slack');
      const again = await world.start([next]);
      await world.time.advance(10_000);
      expect(next.said).toEqual(expected);
      expect(await world.remembered()).toEqual([]);
      await again.stop();
    }
  });

  it('keeps what was told of an alert whose end nobody can find', async () => {
    const { world, notifier } = await begin();
    await world.publish(open);
    await world.time.advance(1_000);
    await notifier.stop();
    // As when the topic was made anew.
    const { latest, read } = world.stream;
    world.stream.latest = async (topic) =>
      topic === 'alerts' ? [] : await latest.call(world.stream, topic);
    world.stream.read = async (topic, ...rest) =>
      topic === 'alerts' ? [] : await read.call(world.stream, topic, ...rest);
    const next = new FakeReceiver('slack');
    const again = await world.start([next]);
    await world.time.advance(1_000);
    expect(await world.remembered()).toEqual([`slack/${open.key}`]);
    await world.publish(closed);
    await world.time.advance(1_000);
    expect(next.said).toEqual([CLOSED]);
    await again.stop();
  });

  it('tries to forget again at the next start what the stream would not take', async () => {
    const world = new World();
    const first = new FakeReceiver('slack');
    // The mark, what was told; the mark is not needed for the end.
    const notifier = await world.start([first], failingAfter(3, world));
    await world.publish(open);
    await world.time.advance(1_000);
    await world.publish(closed);
    await world.time.advance(1_000);
    await world.forget(open.key);
    expect(world.logged.map(({ event }) => event)).toContain('notifications_not_forgotten');
    expect(await world.remembered()).toEqual([`slack/${open.key}`]);
    await notifier.stop();
    const again = await world.start([new FakeReceiver('slack')]);
    await expect.poll(() => world.remembered()).toEqual([]);
    await again.stop();
  });
});

it('refuses receivers it could not tell apart', async () => {
  const world = new World();
  await expect(world.start([new FakeReceiver('a'), new FakeReceiver('a')])).rejects.toThrow(
    'two receivers are named "a"',
  );
  await expect(world.start([new FakeReceiver('a/b')])).rejects.toThrow('"a/b"');
});

it('is active with nobody to tell', async () => {
  const world = new World();
  const notifier = await world.start([]);
  expect(notifier.status()).toEqual({
    active: true,
    standby: false,
    failed: null,
    receivers: [],
  });
  await notifier.stop();
  expect(notifier.status().active).toBe(false);
});

it('says so when reading has failed for good', async () => {
  const world = new World();
  const failed = Promise.withResolvers<unknown>();
  world.stream.latest = () => Promise.reject(new Error('disk gone'));
  const notifier = await startNotifier({
    source: world.stream,
    sink: world.stream,
    receivers: [],
    clock: world.time.clock,
    timers: world.time,
    random: () => 0,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: world.metrics,
    publicUrl: null,
    onFailed: failed.resolve,
  });
  expect(await failed.promise).toMatchObject({ message: 'disk gone' });
  expect(notifier.status()).toMatchObject({ active: false, failed: 'disk gone' });
  await notifier.stop();
});
