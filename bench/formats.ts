import type { PartBuilderOptions } from '../src/packed/part-builder.ts';
import { BodyParts } from '../src/receive/body-parts.ts';
import { readAccessLogs } from '../src/receive/formats/access-log-body.ts';
import { readOtlpLogsProtobuf } from '../src/receive/formats/otlp-logs-protobuf.ts';
import { readZipkinJson } from '../src/receive/formats/zipkin-json.ts';
import type { Reader } from '../src/receive/ingest.ts';
import { SHAPES, type ShapeName } from './load/payloads.ts';
import { nsPerItem } from './measure.ts';

const ACCESS_LOGS: Way = { read: readAccessLogs, options: { fingerprints: true } };
const OTLP: Way = { read: readOtlpLogsProtobuf, options: {} };

interface Way {
  read: Reader;
  options: PartBuilderOptions;
}

/** Reference ceilings of parsing alone, events/s of one core. */
const FORMATS: Readonly<Record<Exclude<ShapeName, 'zipkin5'>, Way & { ceiling: string }>> = {
  zipkin100: {
    read: readZipkinJson,
    options: { spans: true },
    ceiling: 'byte scanner 800 k, JSON.parse 342 k',
  },
  otlpAttributes100: { ...OTLP, ceiling: '2 800 k' },
  otlpLine100: { ...OTLP, ceiling: '–' },
  envoyText100: { ...ACCESS_LOGS, ceiling: '2 700 k' },
  istioText100: { ...ACCESS_LOGS, ceiling: '1 500 k' },
  istioJson100: { ...ACCESS_LOGS, ceiling: 'JSON.parse alone 612 k' },
  shipped100: { ...ACCESS_LOGS, ceiling: '–' },
};

/** From the bytes of a body to packed columns, as the doors do it: events/s of one core. */
export function run(smoke: boolean): void {
  for (const [shape, { read, options, ceiling }] of Object.entries(FORMATS)) {
    const { name, events, template } = SHAPES[shape as ShapeName];
    const body = template();
    const bytes = body.fill(Buffer.alloc(body.length), 0, Date.UTC(2026, 10, 23, 12));
    const decode = () => {
      const parts = new BodyParts(PARTITIONS, events, options, () => {});
      read(bytes, parts);
      return { parts, columns: parts.columns() };
    };
    const { parts, columns } = decode();
    const decoded = columns.reduce((sum, { columns: { count } }) => sum + count, 0);
    if (decoded !== events || parts.records !== events) {
      throw new Error(
        `${name}: ${decoded} of ${events} events: ${JSON.stringify(parts.deadLetters)}`,
      );
    }
    const ns = nsPerItem(events, decode, smoke);
    const megabytes = (body.length / events / ns) * 1000;
    console.log(
      `${name.padEnd(42)} ${(1e6 / ns).toFixed(0).padStart(6)} k events/s ` +
        `${megabytes.toFixed(0).padStart(5)} MB/s   reference ceiling ${ceiling}`,
    );
  }
}

const PARTITIONS = 1;
