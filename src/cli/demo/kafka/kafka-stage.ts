import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROLES, type Role } from '../../../config/config.ts';
import { type LoadOptions, loadConfig } from '../../../config/load.ts';
import { Closing } from '../../closing.ts';
import { edgePrograms } from '../edge/needs.ts';
import { startWorker, workerLines } from '../edge/worker-receiver.ts';
import { timers } from '../polled.ts';
import { type Stage, type StageOptions, WAIT_SECONDS } from '../stage.ts';
import { Broker } from './broker.ts';
import { kafkaProgram } from './kafka-program.ts';
import { outage } from './outage.ts';
import { freePort } from './ports.ts';
import { RoleProcesses } from './role-processes.ts';
import { makeTopics } from './topics.ts';

export interface KafkaStageOptions extends StageOptions {
  /** The Worker receives, not a process. */
  edge: boolean;
  /** Gives up. */
  signal: AbortSignal;
}

/** A real Kafka of one node, and one process for each role; or the Worker for that of the receiver. */
export async function kafkaStage(options: KafkaStageOptions): Promise<Stage> {
  const closing = new Closing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(options: KafkaStageOptions, closing: Closing): Promise<Stage> {
  const { folder, signal, slackUrl, onFailed, say, edge } = options;
  if (edge) edgePrograms();
  const { env, ownSlack } = roleEnvironment(process.env, slackUrl);
  const load = (from: Omit<LoadOptions, 'env' | 'cwd'>) =>
    loadConfig({ ...from, env, cwd: folder });
  const flags = options.port === undefined ? {} : { port: options.port };
  const { listen } = load({ flags });
  // What links lead to is known before the page is there.
  const port = Number(options.port) > 0 ? listen.port : await freePort(listen.port);

  const launcher = await kafkaProgram(say, signal);
  say(`Starting Apache Kafka${edge ? ', workerd and three' : ' and four'} processes …\n`);
  const kafka = join(folder, 'kafka');
  const broker = await Broker.start({ launcher, folder: kafka, signal, onEnded: onFailed });
  // What it would save is removed with the folder.
  closing.add(() => broker.kill());
  const file = join(folder, 'meshpulse.yaml');
  writeFileSync(file, stringify(roleSettings(broker.address, port)));
  const config = load({ path: file });
  await makeTopics(config);

  mkdirSync(join(folder, 'data'));
  const portOf = (role: Role) => (role === 'api' ? port : 0);
  const own = edge ? ROLES.filter((role) => role !== 'receive') : ROLES;
  const roles = new RoleProcesses(own, { file, folder, env, portOf, onEnded: onFailed, signal });
  closing.add(() => roles.stop());
  await roles.startAll();
  const edgeFolder = join(folder, 'edge');
  const worker = edge
    ? await startWorker({ folder: edgeFolder, config, signal, onEnded: onFailed })
    : null;
  closing.add(async () => worker?.stop());
  return {
    url: roles.urlOf('api'),
    doors: worker?.url ?? roles.urlOf('receive'),
    tokens: config.tokens,
    ownSlack,
    processes: {
      lines: () => [kafkaLine(broker), ...(worker ? workerLines(worker) : []), ...roles.lines()],
      replaceAggregate: (say) => roles.replaceAggregate(say),
      outage: worker && ((scene) => outage(broker, scene, timers)),
    },
    stop: () => closing.close(),
  };
}

/** `meshpulse.yaml` of all four. */
export function roleSettings(broker: string, pagePort: number) {
  return {
    public_url: `http://127.0.0.1:${pagePort}`,
    stream: {
      kind: 'kafka',
      kafka: {
        brokers: [broker],
        partitions: 4,
        replication: 1,
        min_insync_replicas: 1,
        // A process that is killed is missed after so long.
        session_timeout: '3s',
      },
    },
    policy: { breaker: { wait: `${WAIT_SECONDS}s` } },
  };
}

/** Of what else the viewer has set for a Meshpulse of their own, nothing is for this one. */
export function roleEnvironment(
  own: NodeJS.ProcessEnv,
  slackUrl: string,
): { env: NodeJS.ProcessEnv; ownSlack: boolean } {
  const others = Object.entries(own).filter(([name]) => !name.startsWith('MESHPULSE_'));
  const webhook = own[WEBHOOK];
  const env = { ...Object.fromEntries(others), [WEBHOOK]: webhook || slackUrl };
  return { env, ownSlack: Boolean(webhook) };
}

const WEBHOOK = 'MESHPULSE_SLACK_WEBHOOK_URL';

function kafkaLine({ address, pid }: Broker): string {
  return `${'kafka'.padStart(12)}  pid ${pid}  ${address}`;
}
