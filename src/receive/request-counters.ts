import type { Input } from '../model/input.ts';
import type { Family, Labels, Metrics, Series } from '../telemetry/metrics.ts';
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
  const byInput = seriesBy<Input, ''>(bytes, (input) => ({ input }));
  const byProvider = seriesBy<Input, string>(acknowledged, (input, provider) => ({
    provider,
    input,
  }));
  const byStatus = seriesBy<Input | 'none', number>(requests, (input, status) => ({
    input,
    status: String(status),
  }));
  return {
    body(input, count) {
      byInput(input, '').value += count;
    },
    acknowledged(input, provider, records) {
      byProvider(input, provider).value += records;
    },
    answered(input, status, refused) {
      byStatus(input, status).value++;
      if (refused !== null) refusals.inc({ code: refused, input });
    },
  };
}

/** A family's series by two keys, of which there are few: every request counts in some. */
function seriesBy<A, B>(family: Family, labels: (a: A, b: B) => Labels): (a: A, b: B) => Series {
  const known = new Map<A, Map<B, Series>>();
  return (a, b) => {
    const found = known.get(a)?.get(b);
    if (found !== undefined) return found;
    const made = family.series(labels(a, b));
    if (!known.has(a)) known.set(a, new Map());
    known.get(a)!.set(b, made);
    return made;
  };
}
