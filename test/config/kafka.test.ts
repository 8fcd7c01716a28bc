import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KafkaConfig } from '../../src/config/config.ts';
import { effectiveConfig } from '../../src/config/effective.ts';
import { type LoadOptions, loadConfig, readConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { DEFAULT_RETENTION } from '../../src/stream/record.ts';
import { certificateAuthority } from '../kafka/certificates.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'meshpulse-kafka-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

/** A file that says `stream.kind: kafka` and these keys of `stream.kafka`. */
function write(kafka: object, name = 'meshpulse.yaml'): void {
  writeFileSync(join(cwd, name), JSON.stringify({ stream: { kind: 'kafka', kafka } }));
}

function load(options: Partial<LoadOptions> = {}): KafkaConfig {
  const { stream } = loadConfig({ env: {}, cwd, ...options });
  if (stream.kind !== 'kafka') throw new Error('it is another stream');
  return stream.kafka;
}

function problemsOf(options: Partial<LoadOptions> = {}): string {
  try {
    load(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
  throw new Error('it was accepted');
}

describe('Kafka', () => {
  test('needs its brokers and nothing else', () => {
    write({ brokers: ['kafka.example:9092', '10.0.0.1:9093'] });
    expect(load()).toEqual({
      connection: {
        brokers: ['kafka.example:9092', '10.0.0.1:9093'],
        clientId: 'meshpulse',
        tls: null,
        sasl: null,
        prefix: 'meshpulse',
        sessionTimeoutMs: 10_000,
      },
      passwordFrom: 'MESHPULSE_KAFKA_PASSWORD',
      topics: { partitions: 16, replication: 3, minInsyncReplicas: 2 },
    });
  });

  test('keeps records as long as the embedded stream does', () => {
    write({ brokers: ['a:1'] });
    const { stream } = loadConfig({ env: {}, cwd });
    expect(stream.retention).toEqual(DEFAULT_RETENTION);
    expect(stream.maxWaitingBytes).toBe(64 * 1024 ** 2);
  });

  test('can be asked for with flags alone', () => {
    const flags = { stream: 'kafka', brokers: 'a:9092, b:9092', roles: 'receive' };
    expect(load({ flags }).connection.brokers).toEqual(['a:9092', 'b:9092']);
  });

  test('flags win over the file, key by key', () => {
    write({ brokers: ['a:1'], prefix: 'mine' });
    expect(load({ flags: { brokers: 'b:2' } }).connection).toMatchObject({
      brokers: ['b:2'],
      prefix: 'mine',
    });
    expect(loadConfig({ env: {}, cwd, flags: { stream: 'embedded' } }).stream.kind).toBe(
      'embedded',
    );
  });

  test('is not read where the stream is another one', () => {
    const sasl = { mechanism: 'plain', username: 'bob' };
    const tls = { enabled: true, ca: 'not-there.pem' };
    write({ min_insync_replicas: 9, sasl, tls });
    expect(loadConfig({ env: {}, cwd, flags: { stream: 'embedded' } }).stream).not.toHaveProperty(
      'kafka',
    );
  });

  test('without brokers is refused', () => {
    expect(problemsOf({ flags: { stream: 'kafka' } })).toContain(
      'stream.kafka.brokers: no broker is given; add --brokers HOST:PORT, or this key',
    );
    expect(problemsOf({ flags: { stream: 'kafak' } })).toBe(
      '--stream  stream.kind: found "kafak"; did you mean kafka? allowed: embedded, kafka',
    );
  });

  test.each([
    [{ brokers: ['a:1', 'b'] }, '; the port of b is missing; allowed: a list of host:port'],
    [{ brokers: ['http://a:1'] }, '; write it without http://; allowed: a list of host:port'],
    [{ brokers: 'a:9092' }, 'found "a:9092", allowed: a list of host:port'],
    [
      { brokers: ['a'] },
      'brokers: found ["a"]; the port of a is missing; allowed: a list of host:port',
    ],
    [{ brokers: ['a:0'] }, 'brokers: found'],
    [{ brokers: ['a:65536'] }, 'brokers: found'],
    [{ brokers: ['[::1]:9092'] }, 'brokers: found'],
    [{ brokers: ['kafka://a:9092'] }, 'brokers: found'],
    [{ brokers: ['a:1', 'a:1'] }, 'each once'],
    [{ prefix: 'a b' }, 'allowed: 1 to 235 of letters, digits, . _ -'],
    [{ prefix: '' }, 'prefix'],
    [{ prefix: 'x'.repeat(236) }, 'prefix'],
    [{ partitions: 0 }, 'partitions: found 0'],
    [{ session_timeout: '500ms' }, 'allowed: a duration from 1s to 5m'],
    [{ session_timeout: '6m' }, 'allowed: a duration from 1s to 5m'],
    [{ replication: 1 }, 'min_insync_replicas: is more than stream.kafka.replication'],
    [{ sasl: { mechanism: 'gssapi' } }, 'allowed: off, plain, scram-sha-256, scram-sha-512'],
    [{ sasl: { mechanism: 'plain' } }, 'sasl.username: is missing; plain needs one'],
    [{ sasl: { username: 'bob' } }, 'sasl.mechanism: is off, but username is set'],
    [{ tls: { ca: 'ca.pem' } }, 'tls.enabled: is false, but ca is set'],
    [{ tls: { enabled: true, cert: 'c.pem' } }, 'tls.key: is missing; allowed: cert and key'],
    [{ tls: { enabled: true, ca: 'no.pem' } }, 'tls.ca: no.pem cannot be read (ENOENT)'],
    [{ tls: { enabled: true, ca: '.' } }, 'tls.ca: . cannot be read (EISDIR)'],
    [{ tls: true }, 'stream.kafka.tls: found true, allowed: the keys enabled, ca, cert, key'],
  ])('%j is refused', (kafka, expected) => {
    write({ brokers: ['a:9092'], ...kafka });
    expect(problemsOf()).toContain(expected);
  });

  test('the longest prefix and the longest topic are a name that Kafka takes', () => {
    write({ brokers: ['a:1'], prefix: 'x'.repeat(235) });
    expect(`${load().connection.prefix}.notifications`).toHaveLength(249);
  });
});

describe('the password', () => {
  const sasl = { mechanism: 'scram-sha-256', username: 'bob' };

  test('comes from its variable, or the one that the file names', () => {
    write({ brokers: ['a:1'], sasl });
    expect(load({ env: { MESHPULSE_KAFKA_PASSWORD: 'hush' } }).connection.sasl).toEqual({
      mechanism: 'scram-sha-256',
      username: 'bob',
      password: 'hush',
    });
    write({ brokers: ['a:1'], sasl: { ...sasl, password_env: 'TEAM_KAFKA' } });
    const { connection, passwordFrom } = load({ env: { TEAM_KAFKA: 'hush2' } });
    expect([connection.sasl?.password, passwordFrom]).toEqual(['hush2', 'TEAM_KAFKA']);
  });

  test('is asked for by the name of its variable', () => {
    write({ brokers: ['a:1'], sasl });
    expect(problemsOf()).toContain('the environment variable MESHPULSE_KAFKA_PASSWORD is not set');
  });

  test.each([{ password: 'hush-hush' }, { password_env: 'hush-hush' }])(
    'in the file is refused and not repeated: %j',
    (wrong) => {
      write({ brokers: ['a:1'], sasl: { ...sasl, ...wrong } });
      const said = problemsOf();
      expect(said).toContain('environment variable');
      expect(said).not.toContain('hush');
    },
  );

  test('with the line break of the file it came from is refused and not repeated', () => {
    write({ brokers: ['a:1'], sasl });
    const said = problemsOf({ env: { MESHPULSE_KAFKA_PASSWORD: 'hush\n' } });
    expect(said).toContain('holds a line break or another control character');
    expect(said).not.toContain('hush');
  });

  test('is not printed by check, whose file says the same again', () => {
    write({ brokers: ['a:1'], sasl, prefix: 'mine', session_timeout: '30s' });
    const env = { MESHPULSE_KAFKA_PASSWORD: 'hush' };
    const loaded = readConfig({ env, cwd });
    const printed = effectiveConfig(loaded);
    expect(printed).toContain('# MESHPULSE_KAFKA_PASSWORD: … (set)');
    expect(printed).not.toContain('hush');
    writeFileSync(join(cwd, 'again.yaml'), printed);
    expect(loadConfig({ path: 'again.yaml', env, cwd })).toEqual(loaded.config);
  });
});

describe('keys and certificates', () => {
  const authority = certificateAuthority('Tests');
  const { certificate, key } = authority.issue('meshpulse');
  const files: Record<string, string> = {
    'ca.pem': `Our own authority\n${authority.certificate}`,
    'cert.pem': certificate + authority.certificate,
    'key.pem': key,
    'other.pem': authority.issue('another').key,
    'locked.pem': createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'secret',
    }) as string,
    'cut.pem': certificate.replace(/(?<=-----\n)[A-Za-z0-9+/]{64}\n/, ''),
    'empty.pem': '',
  };
  beforeEach(() => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  });

  test('are read from their files', () => {
    const tls = { enabled: true, ca: 'ca.pem', cert: 'cert.pem', key: join(cwd, 'key.pem') };
    write({ brokers: ['a:1'], tls });
    expect(load().connection.tls).toEqual({
      ca: files['ca.pem'],
      certificate: { cert: files['cert.pem'], key },
    });
  });

  test('are those that Node trusts, and none of its own, where none is named', () => {
    write({ brokers: ['a:1'], tls: { enabled: true } });
    expect(load().connection.tls).toEqual({ ca: null, certificate: null });
  });

  test.each([
    [{ ca: 'key.pem' }, 'tls.ca: key.pem holds something else; allowed: certificates in PEM'],
    [{ ca: 'empty.pem' }, 'tls.ca: empty.pem holds something else'],
    [{ ca: 'cut.pem' }, 'tls.ca: cut.pem holds something else'],
    [{ cert: 'key.pem', key: 'key.pem' }, 'tls.cert: key.pem holds something else'],
    [{ cert: 'cert.pem', key: 'cert.pem' }, 'tls.key: cert.pem holds something else'],
    [{ cert: 'cert.pem', key: 'locked.pem' }, 'allowed: a private key in PEM without passphrase'],
    [{ cert: 'cert.pem', key: 'other.pem' }, 'tls.key: is not the key of cert'],
    [{ cert: 'cert.pem', key }, 'tls.key: found something else (not shown), allowed: the path of'],
    [{ cert: 'cert.pem', key: key.replaceAll('\n', ' ') }, 'tls.key: found something else (not'],
  ])('that are none, or of another, are refused and not repeated: case %#', (tls, expected) => {
    write({ brokers: ['a:1'], tls: { enabled: true, ...tls } });
    const said = problemsOf();
    expect(said).toContain(expected);
    expect(said).not.toContain('BEGIN');
    expect(said).not.toContain(key.split('\n')[1]);
  });
});
