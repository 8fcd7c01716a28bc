import { isIPv6 } from 'node:net';
import * as z from 'zod';
import { DEFAULT_POLICY as P } from '../model/policy.ts';
import { DEFAULT_RETENTION, TOPICS, type Topic } from '../stream/record.ts';
import {
  CLUSTER,
  CLUSTER_ALLOWED,
  LOG_LEVELS,
  ROLES,
  SCOPES,
  STREAM_KINDS,
  VARIABLE_NAME,
} from './config.ts';
import {
  duration,
  durationOrOff,
  fraction,
  key,
  meantOf,
  oneOf,
  positiveFraction,
  seconds,
  section,
  size,
  wholeNumber,
  yesNo,
} from './fields.ts';
import { kafka } from './kafka-schema.ts';
import { formatDuration, formatSize } from './units.ts';

const inSeconds = (value: number) => formatDuration(value * 1000);

const listen = section({
  host: key(
    z
      .string()
      .regex(/^[0-9A-Za-z.:_-]{1,253}$/)
      // Colons are an IPv6 address or a port too many.
      .refine((host) => !host.includes(':') || isIPv6(host))
      .prefault('127.0.0.1'),
    {
      allowed: 'an IP address or a host name, without a port',
      means: 'Address to listen on. Others than loopback need tokens, or `allow_no_tokens`.',
    },
  ),
  port: wholeNumber(0, 65_535, 4320, 'Port to listen on; 0 takes a free one.'),
  allow_no_tokens: yesNo(
    false,
    'Listen where others can reach it although no token is set: anyone there can post and read.',
  ),
});

const webUrl = z.string().refine(isPlainWebUrl);
const urlAllowed = 'an http:// or https:// address without user, password, query or fragment';

const tokens = z
  .array(
    z
      .strictObject({
        provider: key(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), {
          allowed: '1 to 64 of letters, digits, . _ -',
          means: 'Name that stands for the token in counters; several tokens may share it.',
        }),
        scopes: key(z.array(z.enum(SCOPES)).min(1), {
          allowed: `a list of ${SCOPES.join(', ')}`,
          means:
            '`ingest` may post, `query` may read; `admin` is reserved for later and allows nothing yet.',
        }),
        cluster: key(z.string().regex(CLUSTER).optional(), {
          allowed: CLUSTER_ALLOWED,
          means:
            'Mesh cluster that the called services of its records run in, where a record does not say it.',
        }),
        env: key(z.string().regex(VARIABLE_NAME).optional(), {
          allowed: 'the name of an environment variable',
          means: 'Environment variable that holds the token.',
          sensitive: true,
        }),
        sha256: key(
          z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .optional(),
          {
            allowed: '64 characters of 0-9 and a-f',
            means: 'Instead of `env`: SHA-256 of the token, as `sha256sum` prints it.',
            sensitive: true,
          },
        ),
      })
      .refine((token) => (token.env === undefined) !== (token.sha256 === undefined), {
        error: 'needs exactly one of env (the name of an environment variable) and sha256',
      }),
  )
  .max(1000)
  .prefault([]);

/** Recovery reads `changes`, else `requests`, from minutes before a checkpoint, and the hour's cells from `rollups`. */
const LEAST_AGE: Partial<Record<Topic, string>> = {
  requests: '15m',
  changes: '15m',
  rollups: '2h',
};

function retention(topic: Topic) {
  const { maxAgeMs, maxBytes, compacted } = DEFAULT_RETENTION[topic];
  const records = compacted ? `superseded records of \`${topic}\`` : `records of \`${topic}\``;
  const least = LEAST_AGE[topic] ?? '1m';
  return section({
    max_age: duration(
      least,
      '3650d',
      formatDuration(maxAgeMs ?? 0),
      `How long ${records} are kept at most.`,
    ),
    max_bytes: size(
      '1MiB',
      '1024TiB',
      formatSize(maxBytes ?? 0),
      `Bytes that \`${topic}\` may take; the oldest ${compacted ? 'superseded ones ' : ''}go first.`,
    ),
  });
}

const stream = section({
  kind: oneOf(
    STREAM_KINDS,
    'embedded',
    'Where records are kept: `embedded` is SQLite in `data`, for one process; `kafka` is for many.',
  ),
  max_waiting_bytes: size(
    '1MiB',
    '4GiB',
    '64MiB',
    'Bytes that may wait to be written; over it requests are answered 429.',
  ),
  retention: section(
    Object.fromEntries(TOPICS.map((topic) => [topic, retention(topic)])) as {
      [T in Topic]: ReturnType<typeof retention>;
    },
  ),
  kafka,
});

const receive = section({
  max_body_bytes: size(
    '1KiB',
    '256MiB',
    '8MiB',
    'Largest compressed body of a request, as it travels; plain ones are bounded by `max_inflated_bytes`.',
  ),
  max_inflated_bytes: size(
    '1KiB',
    '1GiB',
    '32MiB',
    'Largest body once inflated, or sent without compression.',
  ),
  max_records: wholeNumber(1, 10_000_000, 50_000, 'Most records in one request.'),
  max_bytes_in_flight: size(
    '1MiB',
    '64GiB',
    '256MiB',
    'Bytes of all bodies held at once, travelled and inflated; over it requests are answered 429.',
  ),
  header_timeout: duration('100ms', '10m', '10s', 'How long the head of a request may take.'),
  request_timeout: duration('1s', '1h', '60s', 'How long a request may take to arrive as a whole.'),
});

const breaker = section({
  sliding_window: seconds(
    '1s',
    '60s',
    inSeconds(P.breaker.slidingWindowSeconds),
    'Event time a breaker judges.',
  ),
  minimum_number_of_calls: wholeNumber(
    1,
    1_000_000,
    P.breaker.minimumNumberOfCalls,
    'Fewer calls in the window judge nothing.',
  ),
  failure_rate_threshold: positiveFraction(
    P.breaker.failureRateThreshold,
    'Opens when this fraction of the calls failed, or more.',
  ),
  slow_call_duration: durationOrOff('1ms', '1h', 'A call that took longer than this is slow.'),
  slow_call_rate_threshold: positiveFraction(
    P.breaker.slowCallRateThreshold,
    'Opens when this fraction of the calls was slow, or more.',
  ),
  wait: seconds(
    '1s',
    '1h',
    inSeconds(P.breaker.waitSeconds),
    'Open until half-open, times the number of openings in a row.',
  ),
  max_wait: seconds(
    '1s',
    '24h',
    inSeconds(P.breaker.maxWaitSeconds),
    'The wait never gets longer.',
  ),
  permitted_calls_in_half_open: wholeNumber(
    1,
    10_000,
    P.breaker.permittedCallsInHalfOpen,
    'Calls that judge a half-open breaker.',
  ),
});

const observed = section({
  refusals: wholeNumber(
    1,
    1_000_000,
    P.observed.refusals,
    'Refusals by proxies (UO, UH) within the window that count as open.',
  ),
  window: seconds(
    '1s',
    '60s',
    inSeconds(P.observed.windowSeconds),
    'Event time they are counted in.',
  ),
  hold: seconds(
    '1s',
    '1h',
    inSeconds(P.observed.holdSeconds),
    'Half-open after this long without a refusal.',
  ),
});

const aggregate = section({
  max_services: wholeNumber(
    1,
    1_000_000,
    5000,
    'Services kept apart; the rest share the service `@other`.',
  ),
  max_dependencies: wholeNumber(
    1,
    10_000_000,
    20_000,
    'Pairs of caller and callee kept apart; the rest share the caller `@other`.',
  ),
  max_remembered: wholeNumber(
    1000,
    100_000_000,
    5_000_000,
    'Records and spans remembered to recognise what is sent again; overflow is counted.',
  ),
});

const slack = section({
  webhook_url_env: key(z.string().regex(VARIABLE_NAME).prefault('MESHPULSE_SLACK_WEBHOOK_URL'), {
    allowed: 'the name of an environment variable',
    means: 'Environment variable that holds the incoming webhook; unset: nothing goes to Slack.',
    sensitive: true,
  }),
});

const telemetry = section({
  otlp_endpoint: key(z.union([z.literal('off'), webUrl]).prefault('off'), {
    allowed: `off, or ${urlAllowed}`,
    means: 'OTLP/HTTP collector for its own traces; `/v1/traces` is appended.',
    sensitive: true,
  }),
  sample_ratio: fraction(0.01, 'Fraction of its own traces that is kept.'),
  log_level: oneOf(LOG_LEVELS, 'info', 'Least severity that is logged.'),
  log_format: oneOf(
    ['auto', 'json', 'human'],
    'auto',
    '`auto` is readable on a terminal and JSON lines elsewhere.',
  ),
});

/** The file `meshpulse.yaml`. */
export const fileSchema = z.strictObject({
  listen,
  public_url: key(z.union([z.literal('off'), webUrl]).prefault('off'), {
    allowed: `off, or ${urlAllowed}`,
    means:
      'Where people reach the page; base of links in messages. `off`: the address listened on, or 127.0.0.1 when that is every address; a process without the role `api` has no page, so its messages carry no link.',
    sensitive: true,
  }),
  data: key(z.string().min(1).max(4096).prefault('./data'), {
    allowed: 'the path of a folder',
    means: 'Folder for everything that is kept, relative to the working folder.',
  }),
  roles: key(
    z
      .array(z.enum(ROLES))
      .min(1)
      .refine((roles) => new Set(roles).size === roles.length)
      .prefault([...ROLES]),
    {
      allowed: `a list of ${ROLES.join(', ')}, each once`,
      hint: meantOf(ROLES),
      means:
        'What this process does. On the embedded stream, which is for one process, `receive` and `aggregate` with `api`, `notify` or both.',
    },
  ),
  stream,
  tokens: key(tokens, {
    allowed: 'a list of {provider, scopes, env} or {provider, scopes, sha256}, at most 1000',
    means: 'Who may post and read, beside `MESHPULSE_TOKENS`.',
  }),
  receive,
  policy: section({ breaker, observed }),
  aggregate,
  notify: section({ slack }),
  telemetry,
});

/** Durations in ms, sizes in bytes, `off` as written. */
export type FileConfig = z.output<typeof fileSchema>;

/** No credentials in it (they belong into the environment), nothing that appending a path would break. */
function isPlainWebUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}
