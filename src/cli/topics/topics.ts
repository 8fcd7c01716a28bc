import type { Config } from '../../config/config.ts';
import { checkTopics, createMissing, withTopicAdmin } from '../../stream/kafka/topic-check.ts';
import { wantedTopics } from '../../stream/kafka/topics.ts';
import { type Log, noLog } from '../../telemetry/log.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { EXIT, type Io } from '../io.ts';
import { kafkaTrouble } from '../kafka-trouble.ts';
import { isAsWanted, type Report, report } from './table.ts';

export interface TopicsOptions {
  config: Config;
  /** Make what is missing. */
  create: boolean;
  /** The command as it was given, after `meshpulse`. */
  given: readonly string[];
  io: Io;
  debug: boolean;
}

/** Compares Kafka's topics with those of the configuration. Returns the exit status: 0 when all are as wanted. */
export async function topics(options: TopicsOptions): Promise<number> {
  const { config, create, given, io, debug } = options;
  const { kafka, retention } = config.stream;
  if (kafka === undefined) {
    io.err(
      'meshpulse: stream.kind is embedded, which has no topics to look at; ' +
        'allowed: kafka (--stream kafka --brokers HOST:PORT, or the file)\n',
    );
    return EXIT.wrongUse;
  }
  const { brokers, prefix } = kafka.connection;
  const wanted = wantedTopics({ ...kafka.topics, prefix, retention });
  const log = debug ? debugLog(io) : noLog;
  let seen: Report;
  try {
    seen = await withTopicAdmin(kafka.connection, log, async (admin) => {
      const checked = await checkTopics(admin, wanted);
      const { length } = (await admin.describeCluster()).brokers;
      const created = create ? await createMissing(admin, checked) : null;
      return { brokers, running: length, checked, created, toCreate: toCreate(given, io) };
    });
  } catch (error) {
    io.err(`meshpulse: ${kafkaTrouble(error, kafka, NEEDED)}\n`);
    if (debug && error instanceof Error) io.err(`${error.stack}\n`);
    return EXIT.failed;
  }
  io.out(report(seen));
  return isAsWanted(seen) ? EXIT.ok : EXIT.failed;
}

/** The same command again, which makes what is missing. */
function toCreate(given: readonly string[], { env }: Io): string {
  const program = env.npm_command === 'exec' ? 'npx meshpulse' : 'meshpulse';
  return [program, ...given.map(quoted), '--create'].join(' ');
}

function quoted(argument: string): string {
  return /^[\w./:=,@%+-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

const NEEDED = 'Describe, DescribeConfigs and Create';

function debugLog({ err, errIsTerminal }: Io): Log {
  const format = errIsTerminal ? 'human' : 'json';
  return createLogger({ level: 'debug', format, write: err, clock: Date.now });
}
