import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { samplesIn } from '../shared-samples.ts';
import type { Account, Post } from './client.ts';

/** Published records of real proxies. */
export const LOGS = 'samples-logs';

export interface Sample {
  file: string;
  /** The requests that carry the file. */
  posts: (text: string) => Post[];
  /** Where its records end when they are of this moment; what is not named is 0. */
  expected: Partial<Omit<Account, 'reasons' | 'received' | 'late'>>;
  excluded?: Record<string, number>;
  dead?: Record<string, number>;
}

const lines = (text: string): Post[] => [
  { path: '/v1/access-logs', type: 'text/plain', body: text },
];
const ndjson = (text: string): Post[] => [
  { path: '/v1/access-logs', type: 'application/x-ndjson', body: text },
];
const records = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Not read yet (or not to be): every record is a dead letter, and says why. */
function unread(file: string, count: number, reason: string): Sample {
  const posts = file.endsWith('json') ? ndjson : lines;
  return { file, posts, expected: { dead_lettered: count }, dead: { [reason]: count } };
}

/** One integration test's record of Envoy's names no code and no time. */
const OTLP = {
  expected: { counted: 2, dead_lettered: 1 },
  dead: { unknown_format: 1 },
};

/** Every file, and where its records end: derived by reading them, with the table of `classify.ts`. */
export const FILES: readonly Sample[] = [
  {
    file: 'envoy-default.log',
    posts: lines,
    expected: { counted: 7, excluded: 2 },
    excluded: { client_abort: 1, denied: 1 },
  },
  {
    file: 'envoy-default-hostile.log',
    posts: lines,
    expected: { dead_lettered: 1 },
    dead: { wrong_field_count: 1 },
  },
  {
    file: 'envoy-default-ambassador-prefix.log',
    posts: lines,
    expected: { excluded: 2 },
    excluded: { denied: 2 },
  },
  {
    file: 'istio-default.log',
    posts: lines,
    expected: { counted: 11, excluded: 9 },
    excluded: { connection: 4, denied: 2, client_abort: 1, no_route: 1, rate_limited: 1 },
  },
  { file: 'istio-waypoint.log', posts: lines, expected: { counted: 6 } },
  {
    file: 'istio-json.ndjson',
    posts: ndjson,
    expected: { counted: 2, excluded: 1 },
    excluded: { denied: 1 },
  },
  { file: 'istio-json-legacy-strings.ndjson', posts: ndjson, expected: { counted: 1 } },
  {
    file: 'istio-failure-matrix.ndjson',
    posts: ndjson,
    expected: { counted: 52, excluded: 6 },
    excluded: { client_abort: 6 },
  },
  { file: 'envoy-gateway-json.ndjson', posts: ndjson, expected: { counted: 1 } },
  {
    file: 'shipper-envelopes.derived.ndjson',
    posts: (text) =>
      records(text).map(({ headers, body }) => ({
        path: '/v1/access-logs',
        type: headers['content-type'],
        body,
      })),
    // Six of the eight ship the same two lines, two the same JSON record.
    expected: { counted: 3, duplicate: 11 },
  },
  {
    file: 'otlp-als.json',
    posts: (text) => {
      const { _comment, ...requests } = JSON.parse(text);
      return Object.values(requests).map((request) => ({
        path: '/v1/logs',
        type: 'application/json',
        body: JSON.stringify(request),
      }));
    },
    ...OTLP,
  },
  {
    file: 'otlp-als-protobuf.derived.ndjson',
    posts: (text) =>
      records(text).map(({ path, contentType, bodyBase64 }) => ({
        path,
        type: contentType,
        body: Buffer.from(bodyBase64, 'base64'),
      })),
    ...OTLP,
  },
  {
    file: 'synthetic-edge-cases.log',
    posts: lines,
    expected: { counted: 7, dead_lettered: 1 },
    dead: { wrong_field_count: 1 },
  },
  unread('envoy-default-plus-details.log', 10, 'wrong_field_count'),
  unread('istio-default-missing-route.log', 2, 'wrong_field_count'),
  unread('istio-legacy.log', 3, 'wrong_field_count'),
  unread('linkerd-apache.log', 5, 'unknown_format'),
  unread('linkerd-json.ndjson', 5, 'unknown_format'),
  unread('ztunnel.log', 13, 'unknown_format'),
  unread('ztunnel-json.ndjson', 1, 'unknown_format'),
  unread('ztunnel-json.derived.ndjson', 5, 'unknown_format'),
  unread('grpc-als-http-entry.json', 1, 'unknown_format'),
];

export function postsOf({ file, posts }: Sample): Post[] {
  return posts(readFileSync(resolve(samplesIn(LOGS).path, file), 'utf8'));
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}/g;

/** The same records as of `ms`: times in text, and the nanoseconds of OTLP in both encodings. */
export function atTime(post: Post, ms: number): Post {
  const time = new Date(ms).toISOString().slice(0, -1);
  if (typeof post.body === 'string') {
    const body = post.body.replace(TIME, time).replace(/"\d{19}"/g, `"${ms}000000"`);
    return { ...post, body };
  }
  const bytes = Buffer.from(
    Buffer.from(post.body).toString('latin1').replace(TIME, time),
    'latin1',
  );
  // LogRecord.time_unix_nano: field 1, fixed64, at the begin of a record (field 2) of this size.
  for (let at = bytes.indexOf(0x09); at >= 0; at = bytes.indexOf(0x09, at + 1)) {
    const nanos = at + 9 <= bytes.length ? bytes.readBigUInt64LE(at + 1) : 0n;
    const isTime = nanos > 1_500_000_000n * BILLION && nanos < 2_000_000_000n * BILLION;
    if (isTime) bytes.writeBigUInt64LE(BigInt(ms) * 1_000_000n, at + 1);
  }
  return { ...post, body: bytes };
}

const BILLION = 1_000_000_000n;
