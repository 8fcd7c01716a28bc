import { describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES } from '../../../src/receive/formats/access-log-record.ts';
import { envoyLine, istioLine, istioRecord, readLogs } from './access-log-lines.ts';

const records = [201, 202, 203].map((response_code) => istioRecord({ response_code }));
const texts = records.map((record) => JSON.stringify(record));
const codes = (body: string | Uint8Array) => readLogs(body).events.map(({ code }) => code);

describe('a body is told apart by its bytes', () => {
  it.each([
    [
      'lines',
      [istioLine({ code: '201' }), envoyLine({ code: '202' }), istioLine({ code: '203' })].join(
        '\n',
      ),
    ],
    [
      'lines of Windows',
      `${envoyLine({ code: '201' })}\r\n${envoyLine({ code: '202' })}\r\n${envoyLine({ code: '203' })}\r\n`,
    ],
    ['NDJSON', texts.join('\n')],
    ['NDJSON with a last newline', `${texts.join('\n')}\n`],
    ['a JSON array', JSON.stringify(records)],
    ['a pretty JSON array', JSON.stringify(records, null, 2)],
    [
      'an array of lines',
      JSON.stringify([201, 202, 203].map((code) => envoyLine({ code: `${code}` }))),
    ],
    ['objects with nothing between', texts.join('')],
    ['objects with commas between', texts.join(', ')],
    ['pretty objects', records.map((record) => JSON.stringify(record, null, '\t')).join('\n')],
    ['two arrays', `[${texts[0]}][${texts[1]},${texts[2]}]`],
    ['a mixture', `${texts[0]}\n${envoyLine({ code: '202' })}\n[${texts[2]}]`],
    ['a byte order mark before it', `\ufeff${texts.join('\n')}`],
    ['blank lines between', `\n\n${texts.join('\n \r\n\n')}\n\n`],
  ])('%s', (_, body) => {
    const { events, reasons } = readLogs(body);
    expect(reasons).toEqual([]);
    expect(events.map(({ code }) => code)).toEqual([201, 202, 203]);
  });

  it.each(['', '\n', ' \r\n\t\n', '[]', '[ ]\n', '\ufeff'])('%j holds no record', (body) => {
    expect(readLogs(body).outcomes).toEqual([]);
  });
});

describe('a JSON record', () => {
  it("is read in Istio's, Envoy Gateway's and Fluent Bit's spelling, in any case", () => {
    const spellings = [
      istioRecord({ request_id: 'r1', authority: 'stock:1', user_agent: 'kube-probe/1' }),
      {
        ...istioRecord(),
        request_id: null,
        authority: undefined,
        user_agent: undefined,
        ':authority': 'stock:1',
        'x-request-id': 'r1',
        'user-agent': 'kube-probe/1',
      },
      {
        START_TIME: '2026-03-01T10:00:00.250Z',
        Method: 'GET',
        Protocol: 'HTTP/1.1',
        code: '200',
        Duration: '12',
        x_request_id: 'r1',
        authority: 'stock:1',
        upstream_host: '10.9.0.17:8080',
        upstream_cluster: 'outbound|8080|blue|stock.shop.svc.cluster.local',
        user_agent: 'kube-probe/1',
        response_code_details: 'via_upstream',
      },
    ];
    const { events, reasons } = readLogs(spellings.map((s) => JSON.stringify(s)).join('\n'));
    expect(reasons).toEqual([]);
    expect(events[0]).toMatchObject({ requestId: 'r1', traits: 4, code: 200 });
    expect(events[1]).toEqual(events[0]);
    expect(events[2]).toEqual(events[0]);
  });

  it('means the same with null, "-", "" and no key', () => {
    const unset = [null, '-', '', undefined].map((value) =>
      JSON.stringify(
        istioRecord({
          upstream_host: value,
          duration: value,
          response_flags: value,
          upstream_cluster: value,
        }),
      ),
    );
    const { events, reasons } = readLogs(unset.join('\n'));
    expect(reasons).toEqual([]);
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(events[0]).toMatchObject({ host: null, durationUs: null, destination: 'stock' });
  });

  it('may carry a gRPC status, a trace id and the certificate of the caller', () => {
    const record = istioRecord({
      upstream_cluster: 'inbound|8080||',
      grpc_status: 'Unavailable',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      downstream_peer_uri_san: 'spiffe://cluster.local/ns/shop/sa/cart',
    });
    expect(readLogs(JSON.stringify(record)).events).toMatchObject([
      {
        grpcStatus: 14,
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        source: 'cart.shop',
        mtls: true,
      },
    ]);
  });

  it.each([
    ['unknown_format', {}],
    ['unknown_format', { level: 'info', msg: 'listening' }],
    ['unknown_format', { method: 'GET', code: 200, duration: 3 }],
    ['unknown_format', { resourceLogs: [] }],
    ['missing_field', { start_time: '2026-03-01T10:00:00Z', method: 'GET' }],
    ['missing_field', { response_code: 200, method: 'GET' }],
    ['bad_timestamp', istioRecord({ start_time: 'soon' })],
    ['bad_number', istioRecord({ duration: -1 })],
    ['bad_number', istioRecord({ response_code: 200.5 })],
    ['bad_number', istioRecord({ response_code: 1e21 })],
    ['empty_record', { log: '\n', kubernetes: {} }],
  ])('%s: %j', (reason, record) => {
    expect(readLogs(JSON.stringify(record)).reasons).toEqual([reason]);
  });
});

describe("a shipper's record", () => {
  const pod = {
    pod_name: 'cart-7f99cc4496-gdxfn',
    namespace_name: 'shop',
    labels: { app: 'cart', 'service.istio.io/canonical-name': 'basket', version: 'v3' },
  };
  const inbound = istioLine({ cluster: 'inbound|8080||' });

  it.each(['log', 'message', 'msg', 'body'])('has its line in %s', (key) => {
    const { events, raws } = readLogs(
      JSON.stringify({ date: 1.5, [key]: `${inbound}\n`, kubernetes: pod }),
    );
    expect(events).toMatchObject([
      { reporter: 'destination', destination: 'basket.shop', subset: 'v3' },
    ]);
    expect(raws).toEqual([inbound]);
  });

  it.each([
    ['JSON text', JSON.stringify(istioRecord())],
    ['an object', istioRecord()],
  ])('has its record as %s', (_, message) => {
    const { events, raws } = readLogs(JSON.stringify({ message, kubernetes: pod }));
    expect(events).toMatchObject([{ source: 'basket.shop', destination: 'stock.shop' }]);
    expect(raws).toEqual([JSON.stringify(istioRecord())]);
  });

  it('has the same bytes as the line sent by itself, whoever ships it', () => {
    const bare = readLogs(inbound).raws;
    const fluentBit = { date: 1, log: `${inbound}\n`, kubernetes: pod };
    const vector = { message: inbound, timestamp: '2026-03-01T10:00:01Z', file: '/x.log' };
    const docker = { log: JSON.stringify({ log: `${inbound}\r\n`, stream: 'stdout' }) };
    const cri = { message: `2026-03-01T10:00:01.1Z stdout F ${inbound}` };
    for (const envelope of [fluentBit, vector, docker, cri]) {
      expect(readLogs(JSON.stringify(envelope)).raws).toEqual(bare);
    }
  });

  it('is read once where the parsed record stands beside the line it came from', () => {
    const line = JSON.stringify(istioRecord());
    const merged = { log: line, kubernetes: pod, ...istioRecord() };
    expect(readLogs(JSON.stringify(merged))).toMatchObject({
      raws: [line],
      events: [{ code: 200 }],
    });
  });

  it('is read where the record is spread over it, or stands under a key of any name', () => {
    const spread = { kubernetes: pod, message: 'done', ...istioRecord() };
    const under = { kubernetes: pod, log_processed: istioRecord() };
    for (const envelope of [spread, under]) {
      expect(readLogs(JSON.stringify(envelope)).events).toMatchObject([
        { source: 'basket.shop', destination: 'stock.shop' },
      ]);
    }
  });

  it("is a dead letter where the line is another program's, shown whole", () => {
    const record = JSON.stringify({ log: 'info  Envoy proxy is ready', kubernetes: pod });
    expect(readLogs(record)).toMatchObject({ reasons: ['unknown_format'], raws: [record] });
  });

  it('is not followed for ever', () => {
    let record: unknown = istioRecord();
    for (let depth = 0; depth < 8; depth += 1) record = { log: record };
    expect(readLogs(JSON.stringify(record)).reasons).toEqual(['unknown_format']);
  });

  it.each([
    [{ labels: { 'app.kubernetes.io/name': 'n', app: 'a', 'k8s-app': 'k' } }, 'n.shop'],
    [{ labels: { app: 'a', 'k8s-app': 'k' } }, 'a.shop'],
    [{ labels: { 'k8s-app': 'k' } }, 'k.shop'],
    [{ labels: { app: 7 } }, 'cart.shop'],
    [{ labels: null }, 'cart.shop'],
    [{ labels: {}, pod_name: 'db-0' }, 'db.shop'],
    [{ labels: {}, pod_name: 'agent-x7k2p' }, 'agent.shop'],
    [{ labels: {}, pod_name: 'lonely' }, 'lonely.shop'],
    [{ labels: {}, pod_name: null }, null],
    [{ labels: {}, pod_owner: 'ReplicaSet/till-557747455f' }, 'till.shop'],
    [{ labels: {}, pod_owner: 'StatefulSet/db-2' }, 'db-2.shop'],
    [{ labels: {}, pod_owner: 'Job/once-12345' }, 'cart.shop'],
  ])('names its pod by %j: %s', (facts, source) => {
    const kubernetes = { ...pod, ...facts };
    const [event] = readLogs(JSON.stringify({ log: istioLine(), kubernetes })).events;
    expect(event?.source).toBe(source);
  });

  it("is read in Vector's key names too", () => {
    const kubernetes = {
      pod_name: 'cart-7f99cc4496-gdxfn',
      pod_namespace: 'shop',
      pod_labels: { app: 'cart', 'service.istio.io/canonical-revision': 'latest' },
    };
    expect(readLogs(JSON.stringify({ message: inbound, kubernetes })).events).toMatchObject([
      { destination: 'cart.shop', subset: null },
    ]);
  });

  it.each([7, 'x', null, []])('may have %j for metadata', (kubernetes) => {
    expect(readLogs(JSON.stringify({ log: istioLine(), kubernetes })).events).toMatchObject([
      { source: null },
    ]);
  });
});

describe('one bad record never costs its neighbours', () => {
  const [a, b, c] = texts as [string, string, string];

  it.each([
    ['a cut line of NDJSON', `${a}\n${b.slice(0, 40)}\n${c}`],
    ['a line cut behind a colon', `${a}\n{"a":\n${c}`],
    ['a line cut behind a comma', `${a}\n{"a":1,\n${c}`],
    ['a line cut behind a bracket', `${a}\n{"a":[\n${c}`],
    ['a line cut behind a backslash', `${a}\n{"a":"\\\n${c}`],
    ['a line with a bracket too many', `${a}\n${b}}\n${c}`],
    ['a line with rubbish behind it', `${a}\n${b}rubbish\n${c}`],
    ['a lone quote', `${a}\n${b.replace('"GET"', '"GE"T"')}\n${c}`],
    [
      'a cut line before a text line',
      `{"a":"\n${envoyLine({ code: '201' })}\n${envoyLine({ code: '203' })}`,
    ],
    [
      'a text line cut to a bracket',
      `[\n${envoyLine({ code: '201' })}\n{"a\n${envoyLine({ code: '203' })}`,
    ],
    ['a cut element of an array', `[${a},${b.slice(0, 40)},${c}]`],
    ['an element cut behind a colon', `[${a},{"a":,${c}]`],
    ['an element that is an open bracket', `[${a},{,${c}]`],
    ['rubbish in an array', `[${a},rubbish,${c}]`],
    ['an element with rubbish behind it', `[${a},${b}rubbish,${c}]`],
    ['a cut object among concatenated ones', `${a}${b.slice(0, 40)}${c}`],
    ['one cut behind a colon', `${a}{"a":${c}`],
    ['one cut behind an open bracket', `${a}{"a":[${c}`],
    ['a pretty one that is cut', `${a}\n{\n  "a": 1,\n  "b": {\n${c}`],
    ['nesting without end', `${a}\n${'{"a":'.repeat(1000)}\n${c}`],
  ])('%s', (_, body) => {
    const { events, reasons } = readLogs(body);
    expect(events.map(({ code }) => code)).toEqual([201, 203]);
    expect(reasons).toEqual(['malformed_json']);
  });

  it.each([
    ['unknown_format', `[${a},null,${c}]`],
    ['unknown_format', `[${a},[1,2],${c}]`],
    ['empty_record', `[${a},"",${c}]`],
    ['unknown_format', `[${a},{},${c}]`],
    ['unknown_format', `${a}\nwhat is this\n${c}`],
    ['wrong_field_count', `${a}\n${envoyLine({ agent: 'a" "b' })}\n${c}`],
  ])('%s in %j', (reason, body) => {
    const { events, reasons } = readLogs(body);
    expect(events.map(({ code }) => code)).toEqual([201, 203]);
    expect(reasons).toEqual([reason]);
  });

  it('takes a body that ends in the middle of a record', () => {
    expect(readLogs(`[${a},${b.slice(0, 90)}`)).toMatchObject({
      reasons: ['malformed_json'],
      raws: [a, b.slice(0, 90)],
    });
    expect(codes(`[${a},${b}`)).toEqual([201, 202]);
  });

  it('does not take a part of a broken record for a record', () => {
    const broken = `{"log":${a},"kubernetes":{"pod_name":"x"},"list":[{"a":1},{"b":2}],}`;
    expect(readLogs(`[${broken},${c}]`)).toMatchObject({
      reasons: ['malformed_json'],
      events: [{ code: 203 }],
    });
  });
});

describe('text from outside is bytes', () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

  it('loses no more than its own field to invalid UTF-8', () => {
    for (const body of [
      envoyLine({ agent: '\xff\xfe\xc3' }),
      JSON.stringify(istioRecord({ user_agent: '\xff\xc3' })),
    ]) {
      expect(readLogs(bytes(body)).events).toMatchObject([{ code: 200 }]);
    }
  });

  it('loses no more than its own field to NULs and other control characters', () => {
    for (const body of [
      envoyLine({ agent: 'a\0b\x07' }),
      JSON.stringify(istioRecord({ user_agent: 'AGENT' })).replace('AGENT', 'a\0b\x07\t'),
    ]) {
      expect(readLogs(body).events).toMatchObject([{ code: 200 }]);
    }
  });

  it.each([
    ['alone', 'NUL', 0],
    ['with an end', 'NUL\n', 0],
    ['behind a byte order mark', '\ufeffNUL', 0],
    ['between records', `${texts[0]}\n NUL \r\n\n${texts[1]}\n`, 2],
    ['of other control characters', `${texts[0]}\n\x01\x1b\n`, 1],
  ])('a line of NULs is not blank: it is one dead letter, %s', (_, body, good) => {
    const { reasons, events } = readLogs(body.replace('NUL', '\0'.repeat(1000)));
    expect(reasons).toEqual(['unknown_format']);
    expect(events).toHaveLength(good);
  });

  it('NULs before a record of the same line, as a truncated log file begins, cost nothing', () => {
    const { reasons, events } = readLogs(`\0\0\0${envoyLine({ code: '201' })}\n\0\0${texts[1]}`);
    expect([reasons, events.map(({ code }) => code)]).toEqual([[], [201, 202]]);
  });

  it('megabytes of NULs are one dead letter with a bounded sample', () => {
    const { outcomes } = readLogs(new Uint8Array(20_000_000));
    expect(outcomes).toEqual([{ reason: 'unknown_format', raw: new Uint8Array(MAX_RECORD_BYTES) }]);
  });

  it('gives the bytes of the record, not of the text made of it', () => {
    const body = bytes(envoyLine({ agent: '\xff' }));
    const [outcome] = readLogs(body).outcomes;
    expect(outcome).toMatchObject({ event: { code: 200 }, raw: body });
  });
});

describe('a record is at most 64 KiB', () => {
  const filler = (length: number) => 'x'.repeat(length);

  it('a line', () => {
    const rest = envoyLine({ agent: '' }).length;
    const body = (agent: number) =>
      `${envoyLine({ agent: filler(agent) })}\n${envoyLine({ code: '201' })}`;
    expect(codes(body(MAX_RECORD_BYTES - rest))).toEqual([200, 201]);
    expect(readLogs(body(MAX_RECORD_BYTES - rest + 1))).toMatchObject({
      reasons: ['too_long'],
      events: [{ code: 201 }],
    });
  });

  it.each(['\n', ','])('an object, before %j', (separator) => {
    const rest = JSON.stringify(istioRecord({ user_agent: '' })).length;
    const body = (agent: number) => {
      const long = JSON.stringify(istioRecord({ user_agent: filler(agent) }));
      return `[${long}${separator}${texts[0]}]`;
    };
    expect(codes(body(MAX_RECORD_BYTES - rest))).toEqual([200, 201]);
    expect(readLogs(body(MAX_RECORD_BYTES - rest + 1))).toMatchObject({
      reasons: ['too_long'],
      events: [{ code: 201 }],
    });
  });
});
