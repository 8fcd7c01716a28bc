/**
 * Counters and gauges of this process in Prometheus' text exposition format 0.0.4.
 *
 * Label sets are created on first use; a family holds at most `MAX_SERIES` of them, the rest share `other`.
 */
export interface Family {
  inc(labels: Labels, by?: number): void;
  set(labels: Labels, value: number): void;
  /** The series is no more: what it said is for another process to say. */
  remove(labels: Labels): void;
  /** The series of these labels, for who counts in it often: their text is made once. */
  series(labels: Labels): Series;
}

export type Labels = Readonly<Record<string, string>>;

/** One line of the exposition. */
export class Series {
  value = 0;
  readonly labels: Labels;
  /** Of a counter: what {@link Metrics.takeGrowth} has taken of it. */
  taken = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }
}

/** By how much a counter has grown, for another process that counts for this one. */
export interface Growth {
  name: string;
  labels: Labels;
  by: number;
}

const MAX_SERIES = 1000;

export class Metrics {
  readonly #families: {
    help: string;
    header: string;
    name: string;
    type: 'counter' | 'gauge';
    series: Map<string, Series>;
  }[] = [];

  counter(name: string, help: string): Family {
    return this.#family(name, help, 'counter');
  }

  gauge(name: string, help: string): Family {
    return this.#family(name, help, 'gauge');
  }

  exposition(): string {
    return this.#families
      .filter(({ series }) => series.size > 0)
      .map(({ header, name, series }) =>
        [header, ...[...series].map(([labels, { value }]) => `${name}${labels} ${value}`)].join(
          '\n',
        ),
      )
      .join('\n')
      .concat('\n');
  }

  /** Of all counters, since it was last taken. */
  takeGrowth(): Growth[] {
    const growth: Growth[] = [];
    for (const { name, type, series } of this.#families) {
      if (type === 'gauge') continue;
      for (const one of series.values()) {
        if (one.value === one.taken) continue;
        growth.push({ name, labels: one.labels, by: one.value - one.taken });
        one.taken = one.value;
      }
    }
    return growth;
  }

  /** Nobody could be told: it is taken again. */
  putBack(growth: readonly Growth[]): void {
    for (const { name, labels, by } of growth) {
      const family = this.#families.find((one) => one.name === name);
      if (family !== undefined) seriesOf(family.series, labels).taken -= by;
    }
  }

  /** Has the same families, and nothing counted. */
  empty(): Metrics {
    const other = new Metrics();
    for (const { name, help, type } of this.#families) other.#family(name, help, type);
    return other;
  }

  /** Growth of other processes that have the same counters as this one; what this one does not have is passed over. */
  add(growth: readonly Growth[], also: Labels): void {
    for (const { name, labels, by } of growth) {
      const family = this.#families.find((one) => one.name === name && one.type === 'counter');
      if (family !== undefined) seriesOf(family.series, { ...labels, ...also }).value += by;
    }
  }

  #family(name: string, help: string, type: 'counter' | 'gauge'): Family {
    const all = new Map<string, Series>();
    this.#families.push({
      help,
      header: `# HELP ${name} ${help}\n# TYPE ${name} ${type}`,
      name,
      type,
      series: all,
    });
    const series = (labels: Labels) => seriesOf(all, labels);
    return {
      inc: (labels, by = 1) => {
        series(labels).value += by;
      },
      set: (labels, value) => {
        series(labels).value = value;
      },
      remove: (labels) => {
        all.delete(labelText(labels));
      },
      series,
    };
  }
}

/** One more than there may be is counted with the others. */
function seriesOf(all: Map<string, Series>, labels: Labels): Series {
  const text = labelText(labels);
  const known = all.get(text);
  if (known !== undefined) return known;
  if (all.size >= MAX_SERIES && Object.values(labels).some((label) => label !== 'other')) {
    return seriesOf(all, Object.fromEntries(Object.keys(labels).map((label) => [label, 'other'])));
  }
  const series = new Series(labels);
  all.set(text, series);
  return series;
}

export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
