/** One line of Envoy's own file log: what it says of one request. */
export interface Line {
  listener: string;
  cluster: string | null;
  authority: string;
  code: number;
  flags: string;
  details: string | null;
  /** µs since the epoch. */
  start: string;
  ms: number;
  agent: string | null;
}

export interface Tally {
  requests: number;
  successes: number;
  failures: number;
  refused: number;
  excluded: number;
}

type Outcome = Exclude<keyof Tally, 'requests'>;

/** What became of a request, written down anew from Envoy's documentation: shares nothing with the product. */
export function outcomeOf({ code, flags }: Line): Outcome {
  const set = flags.split(',');
  const any = (...names: string[]) => names.some((name) => set.includes(name));
  if (any('DC', 'DPE', 'NR')) return 'excluded';
  if (any('UO', 'UH')) return 'refused';
  if (any('UF', 'UC', 'UR', 'URX', 'UPE', 'UT', 'LR', 'FI')) return 'failures';
  return code >= 500 ? 'failures' : 'successes';
}

export function tally(lines: readonly Line[]): Tally {
  const sum: Tally = { requests: 0, successes: 0, failures: 0, refused: 0, excluded: 0 };
  for (const line of lines) sum[outcomeOf(line)] += 1;
  sum.requests = sum.successes + sum.failures + sum.refused;
  return sum;
}

/** When the request was over, in µs since the epoch, as far as Envoy says: it tells durations in ms. */
export const endUsOf = ({ start, ms }: Line) => Number(start) + ms * 1000;

/** Nearest-rank p99 in ms of the requests that the upstream was asked. */
export function exactP99(lines: readonly Line[]): number {
  const asked = lines.filter(
    (line) => !['excluded', 'refused'].includes(outcomeOf(line)) && !line.flags.includes('FI'),
  );
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1]!;
}
