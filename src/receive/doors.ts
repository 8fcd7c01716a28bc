import { type TokenEntry, TokenTable } from '../auth/tokens.ts';
import type { Clock } from '../model/clock.ts';
import type { RecordTaker } from '../stream/sink.ts';
import { type Log, noLog } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { accessLogsRoute } from './access-logs-door.ts';
import { DeadLetterSamples } from './dead-letter-samples.ts';
import type { DoorRoute } from './door.ts';
import { Refusal } from './errors.ts';
import { createIngest } from './ingest.ts';
import { jsonRefusal } from './json-error.ts';
import { ByteBudget, effectiveLimits, type ReceiveLimits } from './limits.ts';
import { otlpLogsRoute } from './otlp-logs-door.ts';
import { requestCounters } from './request-counters.ts';
import { createServe, type Serve } from './serve.ts';
import { zipkinRoute } from './zipkin-door.ts';

export interface ReceiverOptions {
  sink: RecordTaker;
  metrics: Metrics;
  /** Wall clock, ms since the epoch. */
  clock: Clock;
  /** Makes the ids of refused requests: unique, nothing to guess from. */
  ids: () => string;
  log?: Log;
  /** None: everyone may send, as provider `anonymous`. */
  tokens?: readonly TokenEntry[];
  limits?: Partial<ReceiveLimits>;
  /** Where docs/failure-modes.md can be read. */
  docsUrl?: string;
  /** `messaging.system` of its own spans. */
  messagingSystem?: string;
  /** Whether a provider may send just now; none: it always may. */
  admit?: (provider: string) => Promise<boolean>;
}

/** The doors, for whatever listens: Hono (app.ts), node:http (src/cli/http). */
export interface Doors {
  routes: readonly DoorRoute[];
  serve: Serve;
  /** The answer where no door is; counted. */
  notFound(path: string): ReturnType<typeof jsonRefusal>;
  /** Dead-letter samples on their way to the stream; null when none are. */
  pending(): Promise<void> | null;
}

export function createDoors(options: ReceiverOptions): Doors {
  const { sink, metrics, clock, ids, log = noLog, docsUrl = 'docs/failure-modes.md' } = options;
  const limits = effectiveLimits(options.limits);
  const samples = new DeadLetterSamples(sink, clock, metrics);
  const counters = requestCounters(metrics);
  const ingest = createIngest({ sink, maxRecords: limits.maxRecords, samples });
  return {
    routes: [otlpLogsRoute(ingest), accessLogsRoute(ingest, docsUrl), zipkinRoute(ingest)],
    serve: createServe({
      tokens: new TokenTable(options.tokens ?? []),
      limits,
      budget: new ByteBudget(limits.maxBytesInFlight),
      counters,
      clock,
      ids,
      log,
      messagingSystem: options.messagingSystem ?? 'meshpulse',
      admit: options.admit,
    }),
    notFound(path) {
      const refusal = new Refusal('not_found', `nothing is at ${path.slice(0, 200)}`);
      const answer = jsonRefusal(refusal, ids(), docsUrl);
      counters.answered('none', answer.status, refusal.code);
      return answer;
    },
    pending: () => samples.pending,
  };
}
