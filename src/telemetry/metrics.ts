/**
 * Counters and gauges of this process in Prometheus' text exposition format 0.0.4.
 *
 * Label sets are created on first use; a family holds at most `MAX_SERIES` of them, the rest share `other`.
 */
export interface Family {
  inc(labels: Labels, by?: number): void;
  set(labels: Labels, value: number): void;
}

export type Labels = Readonly<Record<string, string>>;

const MAX_SERIES = 1000;

export class Metrics {
  readonly #families: { header: string; name: string; series: Map<string, number> }[] = [];

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
        [header, ...[...series].map(([labels, value]) => `${name}${labels} ${value}`)].join('\n'),
      )
      .join('\n')
      .concat('\n');
  }

  #family(name: string, help: string, type: 'counter' | 'gauge'): Family {
    const series = new Map<string, number>();
    this.#families.push({ header: `# HELP ${name} ${help}\n# TYPE ${name} ${type}`, name, series });
    const slot = (labels: Labels) => {
      const text = labelText(labels);
      if (series.has(text) || series.size < MAX_SERIES) return text;
      return labelText(Object.fromEntries(Object.keys(labels).map((label) => [label, 'other'])));
    };
    return {
      inc: (labels, by = 1) => {
        const key = slot(labels);
        series.set(key, (series.get(key) ?? 0) + by);
      },
      set: (labels, value) => {
        series.set(slot(labels), value);
      },
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
