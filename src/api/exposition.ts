import { BINS } from '../model/outcome.ts';
import { type Labels, labelText } from '../telemetry/metrics.ts';
import type { Views } from '../views/views.ts';
import { worstRollup } from './shape/breakers.ts';

/** Services beyond so many, by name, have no series; how many those are is a gauge of its own. */
export const MAX_SERVICES = 1000;

type Sample = readonly [Labels, number];

/** What the views know, in Prometheus' text format 0.0.4. What is not known has no sample: never NaN, never 0. */
export function viewsExposition(views: Views): string {
  const rows = views.accounting();
  const services = views.services();
  const shown = services.slice(0, MAX_SERVICES);
  const events = (bin: string, help: string, of: (row: (typeof rows)[number]) => number) =>
    family(
      `meshpulse_events_${bin}_total`,
      'counter',
      help,
      rows.map((row) => [{ provider: row.provider, input: row.input }, of(row)]),
    );
  const perService = (of: (state: (typeof services)[number]) => number | null) =>
    shown.flatMap((state): Sample[] => {
      const value = of(state);
      return value === null ? [] : [[{ service: state.service }, value]];
    });
  const asOf = views.asOf();

  return [
    events(
      'received',
      'Input records that the aggregate has read: the sum of the other meshpulse_events counters.',
      (row) => row.received,
    ),
    ...BINS.map((bin) => events(bin, HELP[bin], (row) => row.bins[bin])),
    ...(['excluded', 'dead_lettered'] as const).map((bin) =>
      family(
        `meshpulse_events_${bin}_by_reason_total`,
        'counter',
        `The same as meshpulse_events_${bin}_total, by reason.`,
        rows.flatMap(({ provider, input, reasons }) =>
          Object.entries(reasons[bin]).map(
            ([reason, count]): Sample => [{ provider, input, reason }, count],
          ),
        ),
      ),
    ),
    family(
      'meshpulse_service_success_rate',
      'gauge',
      'Fraction of the requests of the last minute that succeeded.',
      perService((state) => state.windows['1m'].success_rate),
    ),
    family(
      'meshpulse_service_p99_latency_seconds',
      'gauge',
      'Nearest-rank p99 of the last minute, within 1 %.',
      perService((state) => {
        const { p99_latency } = state.windows['1m'];
        // Latencies are whole µs: this keeps the digits that division would add out of the text.
        return p99_latency === null ? null : Math.round(p99_latency * 1000) / 1e6;
      }),
    ),
    family(
      'meshpulse_breaker_state',
      'gauge',
      "A service's circuit breaker: 0 closed, 1 open, 2 half-open.",
      shown.flatMap((state) => breakerSamples(views, state)),
    ),
    family(
      'meshpulse_watermark_seconds',
      'gauge',
      'Event time up to which everything is counted, since the epoch; the oldest of the partitions.',
      asOf === null ? [] : [[{}, asOf / 1000]],
    ),
    ...partitionFamilies(views),
    family(
      'meshpulse_services_left_out',
      'gauge',
      `Services without series here because there are more than ${MAX_SERVICES}.`,
      [[{}, services.length - shown.length]],
    ),
    family(
      'meshpulse_view_records_skipped_total',
      'counter',
      'Records of a topic that the views could not read.',
      [...views.skipped()].map(([topic, count]) => [{ topic }, count]),
    ),
  ].join('');
}

const HELP = {
  counted: 'Records that were judged and are in the windows.',
  excluded: 'Records that are not judged: the client left, or it was no request.',
  duplicate: 'Records that were seen before.',
  late: 'Records that ended before the horizon.',
  dead_lettered: 'Records that could not be read.',
} as const;

const STATE = { CLOSED: 0, OPEN: 1, HALF_OPEN: 2 } as const;

/** One sample per basis, of the service's roll-up. */
function breakerSamples(views: Views, state: Parameters<Views['breakers']>[0]): Sample[] {
  const breakers = views.breakers(state);
  return (['inferred', 'observed', 'reported'] as const).flatMap((basis): Sample[] => {
    const rollup = worstRollup(breakers.filter(({ status }) => status.basis === basis));
    if (rollup === null) return [];
    return [[{ service: state.service, basis }, STATE[rollup.status.state]]];
  });
}

/** Of partitions; a lag that is not known has no sample, a delay that is none is 0. */
function partitionFamilies(views: Views): string[] {
  const states = views.partitions();
  const delays = new Map(views.delays().map(({ partition, ms }) => [partition, ms / 1000]));
  const numbers = new Set([...states.map(({ partition }) => partition), ...delays.keys()]);
  const each = (of: (partition: number) => number | null) =>
    [...numbers].flatMap((number): Sample[] => {
      const value = of(number);
      return value === null ? [] : [[{ partition: String(number) }, value]];
    });
  const watermarks = new Map(states.map(({ partition, watermark }) => [partition, watermark]));
  return [
    family(
      'meshpulse_partition_watermark_seconds',
      'gauge',
      'Event time up to which a partition is counted, since the epoch.',
      each((number) => {
        const watermark = watermarks.get(number) ?? null;
        return watermark === null ? null : watermark / 1000;
      }),
    ),
    family(
      'meshpulse_partition_lag_records',
      'gauge',
      'Records of a partition that are not counted yet, as far as these views know.',
      each((number) => views.lag(number)),
    ),
    family(
      'meshpulse_partition_delay_seconds',
      'gauge',
      'For how long something of a partition has been missing here; 0 when nothing is.',
      each((number) => delays.get(number) ?? 0),
    ),
  ];
}

function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: readonly Sample[],
): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
