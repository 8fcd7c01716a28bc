import type { Config } from '../../config/config.ts';
import {
  type CheckedTopic,
  type Created,
  checkTopics,
  createMissing,
  withTopicAdmin,
} from '../../stream/kafka/topic-check.ts';
import { wantedTopics } from '../../stream/kafka/topics.ts';
import { type Log, noLog } from '../../telemetry/log.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { EXIT, type Io } from '../io.ts';
import { kafkaTrouble } from '../kafka-trouble.ts';
import { isAsWanted, report } from './table.ts';

export interface TopicsOptions {
  config: Config;
  /** Make what is missing. */
  create: boolean;
  io: Io;
  debug: boolean;
}

/** Compares Kafka's topics with those of the configuration. Returns the exit status: 0 when all are as wanted. */
export async function topics({ config, create, io, debug }: TopicsOptions): Promise<number> {
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
  let checked: CheckedTopic[];
  let created: Created | null;
  try {
    [checked, created] = await withTopicAdmin(
      kafka.connection,
      debug ? debugLog(io) : noLog,
      async (admin) => {
        const found = await checkTopics(admin, wanted);
        return [found, create ? await createMissing(admin, found) : null];
      },
    );
  } catch (error) {
    io.err(`meshpulse: ${kafkaTrouble(error, kafka)}\n`);
    if (debug && error instanceof Error) io.err(`${error.stack}\n`);
    return EXIT.failed;
  }
  const seen = { brokers, checked, created };
  io.out(report(seen));
  return isAsWanted(seen) ? EXIT.ok : EXIT.failed;
}

function debugLog({ err, errIsTerminal }: Io): Log {
  const format = errIsTerminal ? 'human' : 'json';
  return createLogger({ level: 'debug', format, write: err, clock: Date.now });
}
