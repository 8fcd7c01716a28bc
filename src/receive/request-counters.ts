import type { Input } from '../model/input.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { FailureCode } from './errors.ts';

/** What the receiver counts of each request. `none` stands for a path without a door. */
export interface RequestCounters {
  body(input: Input, bytes: number): void;
  /** A body of so many records is answered with a success. */
  acknowledged(input: Input, provider: string, records: number): void;
  answered(input: Input | 'none', status: number, refused: FailureCode | null): void;
}

export function requestCounters(metrics: Metrics): RequestCounters {
  const requests = metrics.counter(
    'meshpulse_requests_total',
    'Requests answered by the doors, by HTTP status.',
  );
  const refusals = metrics.counter(
    'meshpulse_requests_refused_total',
    'Requests of which nothing was kept, by the code of docs/failure-modes.md.',
  );
  const acknowledged = metrics.counter(
    'meshpulse_records_acknowledged_total',
    'Input records of the bodies that this process answered with a success.',
  );
  const bytes = metrics.counter(
    'meshpulse_request_bytes_total',
    'Bytes of the bodies read, as they travelled.',
  );
  return {
    body: (input, count) => bytes.inc({ input }, count),
    acknowledged: (input, provider, records) => acknowledged.inc({ provider, input }, records),
    answered: (input, status, refused) => {
      requests.inc({ input, status: String(status) });
      if (refused !== null) refusals.inc({ code: refused, input });
    },
  };
}
