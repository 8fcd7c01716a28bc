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
}

const MAX_SERIES = 1000;

export class Metrics {
  readonly #families: { header: string; name: string; series: Map<string, Series> }[] = [];

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

  #family(name: string, help: string, type: 'counter' | 'gauge'): Family {
    const all = new Map<string, Series>();
    this.#families.push({
      header: `# HELP ${name} ${help}\n# TYPE ${name} ${type}`,
      name,
      series: all,
    });
    const named = (text: string) => {
      const series = all.get(text) ?? new Series();
      all.set(text, series);
      return series;
    };
    const series = (labels: Labels) => {
      const text = labelText(labels);
      if (all.has(text) || all.size < MAX_SERIES) return named(text);
      const others = Object.keys(labels).map((label) => [label, 'other']);
      return named(labelText(Object.fromEntries(others)));
    };
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

export function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
