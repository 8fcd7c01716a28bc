import { VERSION } from './version.ts';

export const HELP = `meshpulse ${VERSION}: rates, p99 and breaker state from what your mesh logs

  meshpulse serve      receive, aggregate, answer and notify
  meshpulse check      print the configuration serve would use, secrets masked
  meshpulse topics     compare Kafka's topics with the configuration
  meshpulse demo       a mesh in trouble, on this machine, in a minute
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

Exit status: 0 fine, 1 failed while running (topics: or not all as wanted),
2 wrong flags or configuration.
`;
