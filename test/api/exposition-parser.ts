interface Sample {
  labels: Record<string, string>;
  value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/**
 * Prometheus' text format 0.0.4, strictly: every family has its HELP and TYPE before its samples and comes once, no
 * sample comes twice, every value is a finite number, and the text ends with a line break.
 */
export function parseExposition(text: string) {
  const types = new Map<string, string>();
  const samples = new Map<string, Sample[]>();
  const seen = new Set<string>();
  let family: string | null = null;
  let help: string | null = null;
  if (text !== '' && !text.endsWith('\n')) throw new Error('no line break at the end');
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      help = comment[2]!;
      if (!NAME.test(help) || types.has(help)) throw new Error(`HELP again or bad: ${line}`);
    } else if (comment) {
      family = comment[2]!;
      if (family !== help || types.has(family)) throw new Error(`TYPE without HELP: ${line}`);
      if (!['counter', 'gauge'].includes(comment[3]!)) throw new Error(`bad TYPE: ${line}`);
      types.set(family, comment[3]!);
    } else {
      const sample = /^([^\s{]+)(\{.*\})? (\S+)$/.exec(line);
      if (!sample || sample[1] !== family) throw new Error(`sample outside its family: ${line}`);
      const value = Number(sample[3]);
      if (!Number.isFinite(value)) throw new Error(`not a finite number: ${line}`);
      const identity = `${sample[1]}${sample[2] ?? ''}`;
      if (seen.has(identity)) throw new Error(`twice: ${line}`);
      seen.add(identity);
      const list = samples.get(family) ?? [];
      samples.set(family, list);
      list.push({ labels: parseLabels(sample[2] ?? '{}'), value });
    }
  }
  return { types, samples };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/y;
  const inner = text.slice(1, -1);
  while (label.lastIndex < inner.length) {
    const at = label.lastIndex;
    const match = label.exec(inner);
    if (!match || match[1]! in labels) throw new Error(`bad labels at ${at}: ${text}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  }
  return labels;
}
