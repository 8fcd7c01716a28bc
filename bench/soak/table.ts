import type { Sample } from './sample.ts';

const MB = 2 ** 20;

interface Column {
  name: string;
  of: (samples: readonly Sample[], before: Sample | undefined) => number | null;
  show: (value: number) => string;
}

const whole = (value: number) => value.toFixed(0);
const tenth = (value: number) => value.toFixed(1);
const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
const most = (of: (sample: Sample) => number) => (samples: readonly Sample[]) =>
  Math.max(...samples.map(of));
const sum = (samples: readonly Sample[], of: (sample: Sample) => number) =>
  samples.reduce((total, sample) => total + of(sample), 0);
const mean = (of: (sample: Sample) => number) => (samples: readonly Sample[]) =>
  sum(samples, (sample) => of(sample) * sample.seconds) / sum(samples, ({ seconds }) => seconds);

const COLUMNS: readonly Column[] = [
  { name: 'events/s', of: mean(({ events, seconds }) => events / seconds), show: whole },
  { name: 'heap MB', of: heap, show: (bytes) => whole(bytes / MB) },
  { name: 'RSS MB', of: most(({ rss }) => rss), show: (bytes) => whole(bytes / MB) },
  { name: 'CPU', of: mean(({ cpu }) => cpu), show: percent },
  { name: 'loop p99 ms', of: most(({ loopDelayMs }) => loopDelayMs), show: whole },
  { name: 'p50 ms', of: latency(0.5), show: tenth },
  { name: 'p99 ms', of: latency(0.99), show: tenth },
  { name: 'file MB', of: (samples) => samples.at(-1)!.file, show: (bytes) => whole(bytes / MB) },
  { name: 'B/event', of: growth, show: tenth },
  { name: 'WAL MB', of: most(({ wal }) => wal), show: (bytes) => tenth(bytes / MB) },
  { name: 'behind', of: most(({ behind }) => behind), show: whole },
  { name: 'watermark s', of: most(({ watermarkMs }) => watermarkMs / 1_000), show: tenth },
  { name: 'not 2xx', of: (samples) => sum(samples, othersOf), show: whole },
  { name: 'sender CPU', of: mean(({ senderCpu }) => senderCpu), show: percent },
];

/** Those of which it is asked whether they stay flat. */
const FLAT = ['heap MB', 'B/event', 'p50 ms', 'p99 ms'];

export function header(first: string): string {
  return [first.padEnd(8), ...COLUMNS.map(({ name }) => name.padStart(width(name)))].join(' ');
}

/** `before`: the sample before the first of these. */
export function row(first: string, samples: readonly Sample[], before?: Sample): string {
  const cells = COLUMNS.map(({ name, of, show }) => {
    const value = of(samples, before);
    return (value === null ? '–' : show(value)).padStart(width(name));
  });
  return [first.padEnd(8), ...cells].join(' ');
}

/** Four rows, and what the last quarter is to the second; the first warms up. */
export function quarters(samples: readonly Sample[]): string[] {
  const bounds = [0, 1, 2, 3, 4].map((quarter) => Math.floor((quarter * samples.length) / 4));
  const slices = [0, 1, 2, 3].map((quarter) => ({
    own: samples.slice(bounds[quarter]!, bounds[quarter + 1]!),
    before: samples[bounds[quarter]! - 1],
  }));
  const verdict = COLUMNS.filter(({ name }) => FLAT.includes(name)).map(({ name, of, show }) => {
    const [second, last] = [slices[1]!, slices[3]!].map(({ own, before }) => of(own, before));
    if (second == null || last == null) return `${name} –`;
    const ratio = second > 0 ? (last / second).toFixed(2) : '–';
    return `${name} ${ratio} (${show(second)} → ${show(last)})`;
  });
  return [
    header('quarter'),
    ...slices.map(({ own, before }, quarter) => row(String(quarter + 1), own, before)),
    `last quarter to second: ${verdict.join(', ')}`,
  ];
}

function width(name: string): number {
  return Math.max(name.length, 6);
}

function heap(samples: readonly Sample[]): number | null {
  const known = samples.flatMap(({ heap }) => (heap === null ? [] : [heap]));
  return known.length === 0 ? null : Math.min(...known);
}

function latency(quantile: number) {
  return (samples: readonly Sample[]): number | null => {
    const all = samples.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
    return all[Math.ceil(quantile * all.length) - 1] ?? null;
  };
}

/** Bytes that stream.db grew by, an event. */
function growth(samples: readonly Sample[], before: Sample | undefined): number | null {
  const events = sum(samples, ({ events }) => events);
  return events === 0 ? null : (samples.at(-1)!.file - (before?.file ?? 0)) / events;
}

function othersOf({ others }: Sample): number {
  return Object.values(others).reduce((total, count) => total + count, 0);
}
