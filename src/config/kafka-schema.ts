import * as z from 'zod';
import { TOPICS } from '../stream/record.ts';
import { VARIABLE_NAME } from './config.ts';
import { duration, key, oneOf, section, wholeNumber, yesNo } from './fields.ts';

/** Kafka takes topic names of at most this many characters. */
const LONGEST_NAME = 249;
const LONGEST_PREFIX = LONGEST_NAME - Math.max(...TOPICS.map((topic) => `.${topic}`.length));

// kafkajs cuts an address at its first colon, so an IPv6 address needs a name.
const broker = z.string().refine((text) => {
  const [, port] = /^[0-9A-Za-z._-]{1,253}:(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) > 0 && Number(port) <= 65_535;
});

function brokerHint(wrong: unknown): string | null {
  const all: unknown[] = Array.isArray(wrong) ? wrong : [wrong];
  for (const each of all) {
    if (typeof each !== 'string') continue;
    const [scheme] = /^\w+:\/\//.exec(each) ?? [];
    if (scheme !== undefined) return `write it without ${scheme}`;
    if (/^[0-9A-Za-z._-]+$/.test(each)) return `the port of ${each} is missing`;
  }
  return null;
}

/** A key that was put here itself is refused and not repeated. */
const pemFile = (what: string, means: string) =>
  key(
    z
      .string()
      .regex(/^(?!.*-----)[^\p{Cc}]{1,4096}$/u)
      .optional(),
    {
      allowed: `the path of ${what} in PEM`,
      means,
      sensitive: true,
    },
  );

const tls = section({
  enabled: yesNo(false, 'Encrypt the connections, and check that the brokers are who they say.'),
  ca: pemFile('a file of certificates', 'Whom to trust instead of what Node trusts.'),
  cert: pemFile('a certificate', 'Own certificate, for brokers that ask for one.'),
  key: pemFile('a private key without passphrase', 'The key of `cert`.'),
});

const sasl = section({
  mechanism: oneOf(
    ['off', 'plain', 'scram-sha-256', 'scram-sha-512'],
    'off',
    'How the brokers learn who this is. `plain` shows the password to whoever reads along: use TLS.',
  ),
  username: key(z.string().min(1).max(1024).optional(), {
    allowed: '1 to 1024 characters',
    means: 'Name the password belongs to.',
    sensitive: true,
  }),
  password_env: key(z.string().regex(VARIABLE_NAME).prefault('MESHPULSE_KAFKA_PASSWORD'), {
    allowed: 'the name of an environment variable',
    means: 'Environment variable that holds the password.',
    sensitive: true,
  }),
});

/** What `stream.kind: kafka` needs; the other kind reads none of it. */
export const kafka = section({
  brokers: key(
    z
      .array(broker)
      .max(100)
      .refine((brokers) => new Set(brokers).size === brokers.length)
      .prefault([]),
    {
      allowed: 'a list of host:port, each once, at most 100',
      hint: brokerHint,
      means: 'Some brokers, by name or IPv4 address; the others are found through them.',
    },
  ),
  prefix: key(
    z
      .string()
      .regex(new RegExp(`^[A-Za-z0-9._-]{1,${LONGEST_PREFIX}}$`))
      .prefault('meshpulse'),
    {
      allowed: `1 to ${LONGEST_PREFIX} of letters, digits, . _ -`,
      means:
        'Topics are named `<prefix>.<topic>`, groups too: another prefix is another Meshpulse.',
    },
  ),
  partitions: wholeNumber(
    1,
    10_000,
    16,
    'Partitions of the topics that services are spread over: as many processes can aggregate at most. Fixed once the topics are there.',
  ),
  replication: wholeNumber(1, 100, 3, 'Brokers that keep each record.'),
  min_insync_replicas: wholeNumber(
    1,
    100,
    2,
    'Brokers that must have a record before it is acknowledged.',
  ),
  session_timeout: duration(
    '1s',
    '5m',
    '10s',
    'A process not heard of for so long loses its partitions to others. The brokers bound it too (`group.min.session.timeout.ms`).',
  ),
  tls,
  sasl,
});
