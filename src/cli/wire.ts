import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { type Aggregate, startAggregate } from '../aggregate/runner.ts';
import { createApi } from '../api/create-api.ts';
import { authorize } from '../auth/authorize.ts';
import { TokenTable } from '../auth/tokens.ts';
import type { Config, Role } from '../config/config.ts';
import { linkBase } from '../config/links.ts';
import { createDashboard } from '../dashboard/routes.ts';
import type { Timers } from '../model/clock.ts';
import { type Notifier, startNotifier } from '../notify/notifier.ts';
import type { Receiver } from '../notify/port.ts';
import { slackWebhook } from '../notify/slack/webhook.ts';
import { receiverApp } from '../receive/app.ts';
import { createDoors } from '../receive/doors.ts';
import type { KafkaStream, KafkaStreamOptions } from '../stream/kafka/kafka-stream.ts';
import { SqliteStream } from '../stream/sqlite/sqlite-stream.ts';
import { openViews } from '../views/open.ts';
import type { Views } from '../views/views.ts';
import { Closing } from './closing.ts';
import { nodeListener } from './http/listener.ts';
import { listen } from './http/server.ts';
import { notReady, standingBy } from './readiness.ts';
import type { Running, StartOptions } from './running.ts';

/** Starts the roles of the config on its stream. See {@link Running}. */
export async function startMeshpulse(config: Config, options: StartOptions): Promise<Running> {
  const closing = new Closing();
  try {
    return await start(config, options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(config: Config, options: StartOptions, closing: Closing): Promise<Running> {
  const { clock, log, metrics, version, onFailed } = options;
  const has = (role: Role) => config.roles.includes(role);
  metrics
    .gauge('meshpulse_build_info', '1, for the version and the roles of this process.')
    .set({ version, roles: config.roles.join(',') }, 1);

  const stream = await openStream(config, options);
  closing.add(() => stream.close());
  const ports = { source: stream, sink: stream };

  let opened: Views | null = null;
  let aggregate: Aggregate | null = null;
  let notifier: Notifier | null = null;
  if (has('api')) {
    const watch = { clock, stopwatch: () => performance.now(), timers };
    opened = await openViews({ source: stream, log, watch, onFailed });
  }
  if (has('aggregate')) {
    const { policy, aggregate: bounds } = config;
    const started = await startAggregate({
      ...ports,
      policy,
      bounds,
      random: Math.random,
      clock,
      timers,
      metrics,
      log,
      onFailed,
    });
    closing.add(() => started.stop());
    aggregate = started;
  }

  const views = opened;
  const tokens = new TokenTable(config.tokens);
  const api = createApi({
    views,
    roles: config.roles,
    authorize: ({ headers }, scope) =>
      authorize(tokens, { authorization: headers.get('authorization'), pathToken: null }, scope),
    metrics,
    version,
    status: () =>
      notReady({
        roles: config.roles,
        stream: stream.health(),
        silences: 'silences' in stream ? stream.silences() : [],
        aggregate,
        notifier,
      }),
    standby: () => standingBy(aggregate, notifier),
    clock,
    timers,
    newId: randomUUID,
    log,
  });
  const app = new Hono();
  const doors = has('receive')
    ? createDoors({
        sink: stream,
        metrics,
        clock,
        ids: randomUUID,
        log,
        tokens: config.tokens,
        limits: config.receive,
        messagingSystem: config.stream.kind === 'kafka' ? 'kafka' : 'sqlite',
      })
    : null;
  if (doors !== null) app.route('/', receiverApp(doors));
  if (has('api')) app.route('/', createDashboard());
  // Whatever is not a door or the page is the API's to answer, also with its 404.
  app.mount('/', api.fetch);
  const others = getRequestListener(app.fetch);
  const listener = doors === null ? others : nodeListener(doors, others);
  const server = await listen(listener, config.listen, config.receive);
  closing.add(() => server.close());
  // Before the server: open event streams end with the views, and hold nothing up.
  if (views !== null) closing.add(() => views.close());

  if (has('notify')) {
    const started = await startNotifier({
      ...ports,
      receivers: receivers(config, clock),
      clock,
      timers,
      random: Math.random,
      log,
      metrics,
      publicUrl: linkBase(config, server.url),
      onFailed,
    });
    closing.add(() => started.stop());
    notifier = started;
  }

  return { url: server.url, stop: () => closing.close() };
}

async function openStream(
  { data, stream }: Config,
  { clock, log, onFailed }: StartOptions,
): Promise<SqliteStream | KafkaStream> {
  const { maxWaitingBytes, retention } = stream;
  if (stream.kind === 'embedded') {
    return SqliteStream.open({ folder: data, clock, log, retention, maxWaitingBytes, onFailed });
  }
  // Only where it is wanted: it takes a while to load.
  const [{ KafkaStream }, { startKafka }] = await Promise.all([
    import('../stream/kafka/kafka-stream.ts'),
    import('./kafka-start.ts'),
  ]);
  const open = (options: KafkaStreamOptions) => KafkaStream.open(options);
  return startKafka({ kafka: stream.kafka, maxWaitingBytes, log, open });
}

const timers: Timers = {
  async sleep(ms, signal) {
    // An aborted sleep is over, not failed.
    await sleep(ms, undefined, signal ? { signal } : {}).catch(() => {});
  },
};

function receivers({ notify }: Config, clock: () => number): Receiver[] {
  const { slack } = notify;
  return slack === null
    ? []
    : [slackWebhook({ name: 'slack', url: slack.webhookUrl, clock, timers })];
}
