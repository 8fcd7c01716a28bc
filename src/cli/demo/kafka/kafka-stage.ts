import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Role } from '../../../config/config.ts';
import { type LoadOptions, loadConfig } from '../../../config/load.ts';
import { Closing } from '../../closing.ts';
import { type Stage, type StageOptions, WAIT_SECONDS } from '../stage.ts';
import { type Broker, startBroker } from './broker.ts';
import { kafkaProgram } from './kafka-program.ts';
import { freePort } from './ports.ts';
import { RoleProcesses } from './role-processes.ts';
import { makeTopics } from './topics.ts';

export interface KafkaStageOptions extends StageOptions {
  /** Gives up. */
  signal: AbortSignal;
}

/** A real Kafka of one node, and one process for each role. */
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
  const { folder, signal, slackUrl, onFailed, say } = options;
  const { env, ownSlack } = roleEnvironment(process.env, slackUrl);
  const load = (from: Omit<LoadOptions, 'env' | 'cwd'>) =>
    loadConfig({ ...from, env, cwd: folder });
  const flags = options.port === undefined ? {} : { port: options.port };
  const { listen } = load({ flags });
  // What links lead to is known before the page is there.
  const port = Number(options.port) > 0 ? listen.port : await freePort(listen.port);

  const launcher = await kafkaProgram(say, signal);
  say('Starting Apache Kafka and four processes …\n');
  const kafka = join(folder, 'kafka');
  const broker = await startBroker({ launcher, folder: kafka, signal, onEnded: onFailed });
  // What it would save is removed with the folder.
  closing.add(() => broker.process.kill());
  const file = join(folder, 'meshpulse.yaml');
  writeFileSync(file, stringify(roleSettings(broker.address, port)));
  const config = load({ path: file });
  await makeTopics(config);

  mkdirSync(join(folder, 'data'));
  const portOf = (role: Role) => (role === 'api' ? port : 0);
  const roles = new RoleProcesses({ file, folder, env, portOf, onEnded: onFailed, signal });
  closing.add(() => roles.stop());
  await roles.startAll();
  return {
    url: roles.urlOf('api'),
    doors: roles.urlOf('receive'),
    tokens: config.tokens,
    ownSlack,
    processes: {
      lines: () => [kafkaLine(broker), ...roles.lines()],
      replaceAggregate: (say) => roles.replaceAggregate(say),
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

function kafkaLine({ address, process: { pid } }: Broker): string {
  return `${'kafka'.padStart(12)}  pid ${pid}  ${address}`;
}
