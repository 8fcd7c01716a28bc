import type { VARIABLES } from '../config/secrets.ts';
import type { Command } from './arguments.ts';
import { VERSION } from './version.ts';

const USAGE = `meshpulse ${VERSION}: rates, p99 and breaker state from what your mesh logs

  meshpulse serve      receive, aggregate, answer and notify
  meshpulse check      print the configuration serve would use, secrets masked
  meshpulse topics     compare Kafka's topics with the configuration
  meshpulse demo       a mesh in trouble, on this machine, in a minute;
                       --kafka: on a real Kafka and four processes;
                       --edge: the same, received by a Cloudflare Worker
  meshpulse version
  meshpulse help

serve, check and topics take

  --config FILE        configuration (default: ./meshpulse.yaml, if there)
  --host ADDRESS       where to listen (default 127.0.0.1)
  --port PORT          default 4320; 0 takes a free one
  --data FOLDER        where everything is kept (default ./data)
  --roles LIST         of receive, aggregate, api, notify (default all)
  --stream KIND        embedded (default) or kafka
  --brokers LIST       host:port of Kafka's brokers, separated by commas
  --create             of topics: make those that are missing
  --debug              log more; show stack traces

Secrets come from the environment

`;

const SECRETS: Readonly<Record<keyof typeof VARIABLES, string>> = {
  MESHPULSE_TOKENS: 'who may post and read; none on this machine',
  MESHPULSE_SLACK_WEBHOOK_URL: 'who hears of breakers',
  MESHPULSE_KAFKA_PASSWORD: 'of stream.kafka.sasl.username',
  MESHPULSE_OTLP_HEADERS: 'for the collector of its own traces',
};

const EXAMPLES: Readonly<Partial<Record<Command, string>>> = {
  serve: `For example one of many processes on Kafka, whose topics are there

  meshpulse serve --stream kafka --brokers kafka-0:9092 --roles aggregate

`,
  topics: `For example before the first start on Kafka

  meshpulse topics --stream kafka --brokers kafka-0:9092 --create

`,
};

const STATUS = `Exit status: 0 fine, 1 failed while running (topics: or not all as wanted),
2 wrong flags or configuration.
`;

/** @param command whose examples are shown; absent: all */
export function help(command?: Command): string {
  const secrets = Object.entries(SECRETS).map(([name, what]) => `  ${name.padEnd(29)}${what}\n`);
  const own = command === undefined ? undefined : EXAMPLES[command];
  const examples = own === undefined ? Object.values(EXAMPLES) : [own];
  return [USAGE, ...secrets, '\n', ...examples, STATUS].join('');
}
