import type { RequestEvent } from '../src/model/request-event.ts';
import { decodeMessage, encodeParts } from '../src/packed/codec.ts';
import type { Part } from '../src/packed/message.ts';
import { PartBuilder, type PartBuilderOptions } from '../src/packed/part-builder.ts';
import { nsPerItem, seeded } from './measure.ts';

const EVENTS = 2000;
/** What a tracer or a sidecar posts once a second: what each part costs counts, not each event. */
const FEW = 5;

/**
 * Parts of 2 000 and of 5 events: to build, to encode, to decode, and their size, beside the same events as JSON.
 *
 * Reference (an earlier sketch of the format, 2 000 events, one core, Node 24): encode 25–33 ns, decode 22 ns,
 * 6.7 bytes an event without ids, 30.7 with trace and span ids; JSON rows 648 and 639 ns, 261 bytes.
 */
export function run(smoke: boolean): void {
  const events = makeEvents();
  report('columns, ids sampled', events, {}, smoke);
  report('columns, fingerprints', events, { fingerprints: true }, smoke);
  report('columns, span identity', events, { spans: true }, smoke);
  reportJson(events, smoke);
  const few = events.slice(0, FEW);
  report('5 events, fingerprints', few, { fingerprints: true }, smoke);
  report('5 events, span identity', few, { spans: true }, smoke);
  reportJson(few, smoke);
}

function reportJson(events: readonly RequestEvent[], smoke: boolean): void {
  const json = JSON.stringify(events);
  const encode = nsPerItem(events.length, () => JSON.stringify(events), smoke);
  const decode = nsPerItem(events.length, () => JSON.parse(json), smoke);
  const bytes = Buffer.byteLength(json) / events.length;
  print('JSON, all ids (baseline)', 0, encode, decode, bytes);
}

function report(
  name: string,
  events: readonly RequestEvent[],
  options: PartBuilderOptions,
  smoke: boolean,
): void {
  const builder = () => {
    const builder = new PartBuilder(options);
    for (let i = 0; i < events.length; i++) builder.addHashed(events[i]!, LOW, HIGH);
    return builder;
  };
  const columns = builder().columns();
  const part: Part = {
    frame: {
      bodyId: '00112233445566778899aabbccddeeff',
      chunk: 0,
      provider: 'mesh',
      input: 'access_logs',
      receivedAt: 1_700_000_000_000,
      events: columns.count,
      deadLetters: {},
      notRequests: {},
    },
    columns,
  };
  const value = encodeParts([part]);
  const build = nsPerItem(events.length, () => builder().take(), smoke);
  const encode = nsPerItem(events.length, () => encodeParts([part]), smoke);
  const decode = nsPerItem(events.length, () => decodeMessage(value), smoke);
  print(name, build, encode, decode, value.length / events.length);
}

function print(name: string, build: number, encode: number, decode: number, bytes: number): void {
  const ns = (value: number) => `${value.toFixed(0).padStart(5)} ns`;
  console.log(
    `${name.padEnd(24)} build ${ns(build)}  encode ${ns(encode)}  decode ${ns(decode)}  ` +
      `${bytes.toFixed(1).padStart(6)} bytes an event`,
  );
}

/** Halves of a fingerprint. */
const [LOW, HIGH] = [0x89abcdef, 0x01234567];

/** One second of a mesh of 30 services, 40 hosts, 5 % failures. */
function makeEvents(): RequestEvent[] {
  const random = seeded(7);
  const pick = (n: number) => Math.floor(random() * n);
  const hex = (length: number) => Array.from({ length }, () => pick(16).toString(16)).join('');
  /** As readers make them: in one piece, and one for all times that a name comes. */
  const names = new Map<string, string>();
  const flat = (text: string) => {
    const known = names.get(text) ?? Buffer.from(text).toString();
    names.set(text, known);
    return known;
  };
  return Array.from({ length: EVENTS }, (_, i) => {
    const failed = random() < 0.05;
    return {
      endUs: 1_700_000_000_000_000 + i * 500 + pick(20_000),
      durationUs: 1000 * Math.ceil(20 * Math.exp(random() * 2 - 1)),
      code: failed ? 503 : 200,
      grpcStatus: null,
      flags: failed ? 32 : 0,
      details: failed
        ? 'upstream_reset_before_response_started{connection_failure}'
        : 'via_upstream',
      reporter: 'source',
      source: flat(`service-${pick(30)}.default`),
      destination: flat(`service-${pick(30)}.default`),
      cluster: null,
      subset: flat(`v${1 + pick(3)}`),
      host: flat(`10.0.0.${pick(40)}:9080`),
      mtls: null,
      traits: 0,
      requestId: flat(`${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`),
      traceId: flat(hex(32)),
      span: { id: flat(hex(16)), shared: true },
    };
  });
}
