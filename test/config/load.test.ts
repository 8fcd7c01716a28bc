import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { effectiveConfig } from '../../src/config/effective.ts';
import { linkBase } from '../../src/config/links.ts';
import { type LoadOptions, loadConfig, readConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { DEFAULT_RETENTION } from '../../src/stream/record.ts';

const TOKEN = '0123456789abcdef0123';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'meshpulse-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function write(yaml: string): void {
  writeFileSync(join(cwd, 'meshpulse.yaml'), yaml);
}

function load(options: Partial<LoadOptions> = {}) {
  return loadConfig({ env: {}, cwd, ...options });
}

function problemsOf(options: Partial<LoadOptions> = {}): readonly string[] {
  try {
    load(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('without a file', () => {
  test('everything has a default, on loopback, without tokens, under ./data', () => {
    const config = load();
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 4320, allowNoTokens: false });
    expect(config.data).toBe(resolve(cwd, 'data'));
    expect(config.roles).toEqual(['receive', 'aggregate', 'api', 'notify']);
    expect(config.tokens).toEqual([]);
    expect(config.notify.slack).toBeNull();
    expect(config.telemetry.otlpEndpoint).toBeNull();
    expect(config.publicUrl).toBeNull();
  });

  test('the defaults of policy and retention are those of the model and the stream', () => {
    const config = load();
    expect(config.policy).toEqual(DEFAULT_POLICY);
    expect(config.stream.retention).toEqual(DEFAULT_RETENTION);
  });

  test('a file that was asked for must be there', () => {
    expect(problemsOf({ path: 'other.yaml' })).toEqual([
      `${join(cwd, 'other.yaml')}  does not exist`,
    ]);
  });
});

describe('a file', () => {
  test('sets what it says and leaves the rest at the defaults', () => {
    write(`
listen:
  port: 9999
receive:
  max_body_bytes: 65536
  max_inflated_bytes: 1MiB
  header_timeout: 1.5s
policy:
  breaker:
    sliding_window: 30s
    slow_call_duration: 250ms
    failure_rate_threshold: 0.2
stream:
  retention:
    dead-letters: {max_age: 2h}
public_url: https://mesh.example/pulse/
notify:
`);
    const config = load();
    expect(config.listen).toEqual({ host: '127.0.0.1', port: 9999, allowNoTokens: false });
    expect(config.receive.maxBodyBytes).toBe(65_536);
    expect(config.receive.maxInflatedBytes).toBe(1024 ** 2);
    expect(config.receive.headerTimeoutMs).toBe(1500);
    expect(config.policy.breaker).toEqual({
      ...DEFAULT_POLICY.breaker,
      slidingWindowSeconds: 30,
      slowCallDurationMs: 250,
      failureRateThreshold: 0.2,
    });
    expect(config.stream.retention['dead-letters']).toEqual({
      ...DEFAULT_RETENTION['dead-letters'],
      maxAgeMs: 7_200_000,
    });
    expect(config.publicUrl).toBe('https://mesh.example/pulse');
  });

  test.each(['', '# nothing but a comment\n', 'listen:\n', '---\n'])(
    '%j means the defaults',
    (yaml) => {
      write(yaml);
      expect(load()).toEqual(loadConfig({ env: {}, cwd, path: 'meshpulse.yaml' }));
      expect(load().listen.port).toBe(4320);
    },
  );

  test('flags win over it', () => {
    write('listen: {host: 127.0.0.2, port: 1}\ndata: ./a\nroles: [receive, aggregate, notify]\n');
    const flags = { host: '::1', port: '7000', data: 'b', roles: 'receive, aggregate, api' };
    const config = load({ flags });
    expect(config.listen).toMatchObject({ host: '::1', port: 7000 });
    expect(config.data).toBe(resolve(cwd, 'b'));
    expect(config.roles).toEqual(['receive', 'aggregate', 'api']);
  });
});

describe('a mistake', () => {
  test('is named with line, column, key, what was found and what is allowed', () => {
    write('policy:\n  breaker:\n    failure_rate_threshold: 50\n');
    expect(problemsOf()).toEqual([
      'meshpulse.yaml:3:5  policy.breaker.failure_rate_threshold: found 50, ' +
        'allowed: a number above 0, at most 1 (0.5 is 50 %)',
    ]);
  });

  test('does not hide the others, and they come in the order of the file', () => {
    write('roles: [cook]\nlisten: {port: 99999}\naggregate: {max_services: 1.5}\n');
    expect(problemsOf().map((line) => line.split(': ')[0])).toEqual([
      'meshpulse.yaml:1:1  roles',
      'meshpulse.yaml:2:10  listen.port',
      'meshpulse.yaml:3:13  aggregate.max_services',
    ]);
  });

  test.each([
    ['lisen: {}', 'did you mean listen?'],
    ['listen: {prot: 1}', 'did you mean port?'],
    ['port: 4320', 'did you mean listen.port?'],
    [
      'policy: {breaker: {wait_duration: 3s}}',
      'allowed here: sliding_window, minimum_number_of_calls',
    ],
    ['__proto__: {}', 'unknown key'],
    ['constructor: 1', 'unknown key'],
    [
      'tokens: [{provider: a, scopes: [ingest], env: A, colour: red}]',
      'tokens[0].colour: unknown key',
    ],
  ])('in a key is refused: %s', (yaml, expected) => {
    write(yaml);
    expect(problemsOf().join('\n')).toContain(expected);
  });

  test.each([
    ['listen: {port: "4320"}', 'found "4320", allowed: a whole number from 0 to 65535'],
    ['listen: {host: "127.0.0.1:4320/x"}', 'listen.host'],
    ['listen: {host: "0.0.0.0:80"}', 'found "0.0.0.0:80", allowed: an IP address or a host name'],
    ['listen: 4320', 'listen: found 4320, allowed: the keys host, port, allow_no_tokens'],
    [
      'policy: {breaker: {wait: 30}}',
      'found 30, allowed: a duration in whole seconds from 1s to 1h',
    ],
    ['policy: {breaker: {wait: 1500ms}}', 'found "1500ms", allowed: a duration in whole seconds'],
    ['policy: {breaker: {wait: 10m}}', 'max_wait: is shorter than policy.breaker.wait'],
    [
      'policy: {breaker: {slow_call_duration: never}}',
      'found "never", allowed: off, or a duration',
    ],
    ['receive: {max_body_bytes: 64MB}', 'found "64MB", allowed: a size from 1KiB to 256MiB'],
    ['receive: {max_body_bytes: 64MiB}', 'is less than receive.max_body_bytes'],
    ['stream: {retention: {requests: {max_age: 5m}}}', 'allowed: a duration from 15m'],
    ['telemetry: {sample_ratio: 2}', 'allowed: a number from 0 to 1'],
    ['roles: []', 'allowed: a list of receive, aggregate, api, notify, each once'],
    ['roles: [api, api]', 'found ["api","api"]'],
    ['data: ""', 'found "", allowed: the path of a folder'],
    ['public_url: ftp://x', 'allowed: off, or an http:// or https:// address'],
  ])('in a value is refused: %s', (yaml, expected) => {
    write(yaml);
    expect(problemsOf().join('\n')).toContain(expected);
  });

  test.each([
    ['a: 1\na: 2\n', 'meshpulse.yaml:2:1  a: given twice here; allowed: each key once'],
    ['listen: {port: 1,\tport: 2}\n', 'meshpulse.yaml:1:19  port: given twice'],
    [
      'listen:\n\tport: 1\n',
      'meshpulse.yaml:2:1  found a tab in front of the key; allowed: spaces',
    ],
    ['listen: {port: 1\n', 'meshpulse.yaml:2:1'],
    ['- 1\n', 'found no keys'],
    ['4320\n', 'found no keys'],
    ['listen: !custom x\n', 'meshpulse.yaml:1:9'],
    ['data: *none\n', 'meshpulse.yaml'],
    ['a: 1\n---\nb: 2\n', 'meshpulse.yaml'],
  ])('in the YAML is refused: %j', (yaml, expected) => {
    write(yaml);
    expect(problemsOf()[0]).toContain(expected);
  });

  test('in the encoding, a huge file and a bomb of aliases are refused', () => {
    writeFileSync(join(cwd, 'latin.yaml'), Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xe9]));
    expect(problemsOf({ path: 'latin.yaml' })[0]).toContain('cannot be read');
    writeFileSync(join(cwd, 'huge.yaml'), '#'.repeat(1024 ** 2 + 1));
    expect(problemsOf({ path: 'huge.yaml' })[0]).toContain('allowed: at most 1048576');
    const levels = Array.from(
      { length: 9 },
      (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`,
    );
    writeFileSync(join(cwd, 'bomb.yaml'), `l0: &l0 [x]\n${levels.join('\n')}\n`);
    expect(problemsOf({ path: 'bomb.yaml' })[0]).toContain('bomb.yaml');
    writeFileSync(join(cwd, 'deep.yaml'), '['.repeat(200_000));
    expect(problemsOf({ path: 'deep.yaml' })[0]).toContain('deep.yaml');
  });

  test('in a flag is named by the flag', () => {
    expect(problemsOf({ flags: { port: 'x' } })).toEqual([
      '--port  listen.port: found "x", allowed: a whole number from 0 to 65535',
    ]);
    expect(problemsOf({ flags: { roles: 'recieve' } })[0]).toContain(
      '--roles  roles: found ["recieve"]; did you mean receive? allowed: a list of receive,',
    );
  });
});

describe('who may listen where', () => {
  test.each(['0.0.0.0', '::', '10.1.2.3', 'mesh.example'])(
    '%s without tokens is refused',
    (host) => {
      expect(problemsOf({ flags: { host } })[0]).toContain(
        `others can reach ${host} and no token is set`,
      );
    },
  );

  test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('%s needs no tokens', (host) => {
    expect(load({ flags: { host } }).listen.host).toBe(host);
  });

  test('tokens or a clear word open it', () => {
    const env = { MESHPULSE_TOKENS: `a:ingest:${TOKEN}` };
    expect(load({ flags: { host: '0.0.0.0' }, env }).listen.host).toBe('0.0.0.0');
    write('listen: {host: 0.0.0.0, allow_no_tokens: true}');
    expect(load().listen.allowNoTokens).toBe(true);
  });

  test.each([
    ['127.0.0.1', 'http://localhost:4320'],
    ['127.0.0.1', 'http://127.0.0.1:4320/otlp'],
    ['::1', 'http://[::1]:4320'],
    ['10.0.0.7', 'http://10.0.0.7:4320'],
  ])('listening on %s, its own spans may not go to %s', (host, endpoint) => {
    write(
      `listen: {host: "${host}", allow_no_tokens: true}\ntelemetry: {otlp_endpoint: "${endpoint}"}`,
    );
    expect(problemsOf()[0]).toContain(
      `telemetry.otlp_endpoint: found ${endpoint}, which is this server itself`,
    );
  });

  test('a collector on another port or host is fine', () => {
    write('telemetry: {otlp_endpoint: "http://localhost:4318/"}');
    expect(load().telemetry.otlpEndpoint).toBe('http://localhost:4318');
    write('telemetry: {otlp_endpoint: "https://collector.example:4320"}');
    expect(load().telemetry.otlpEndpoint).toBe('https://collector.example:4320');
  });
});

describe('secrets', () => {
  const hash = createHash('sha256').update(TOKEN).digest('hex');

  test('come as provider:scopes:token and are kept as hashes only', () => {
    const config = load({
      env: { MESHPULSE_TOKENS: `shipper:ingest:${TOKEN},ops:query+admin:${TOKEN}x` },
    });
    expect(config.tokens.map(({ provider, scopes }) => [provider, scopes])).toEqual([
      ['shipper', ['ingest']],
      ['ops', ['query', 'admin']],
    ]);
    expect(config.tokens[0]).toMatchObject({ sha256: hash, from: 'MESHPULSE_TOKENS' });
    expect(JSON.stringify(config)).not.toContain(TOKEN);
  });

  test('of the environment may stand for a cluster', () => {
    const loaded = readConfig({
      cwd,
      env: { MESHPULSE_TOKENS: `east:ingest:${TOKEN}:us-east-1,ops:query:${TOKEN}x` },
    });
    expect(loaded.config.tokens.map(({ cluster }) => cluster)).toEqual(['us-east-1', undefined]);
    const said = '# MESHPULSE_TOKENS: east (ingest) of us-east-1, ops (query)\n';
    expect(effectiveConfig(loaded)).toContain(said);
  });

  test('can be named in the file, by variable or by hash', () => {
    write(
      `tokens:\n  - {provider: a, scopes: [ingest], env: MY_TOKEN}\n  - {provider: b, scopes: [query], cluster: east, sha256: "${'0'.repeat(64)}"}\n`,
    );
    expect(load({ env: { MY_TOKEN: TOKEN } }).tokens).toEqual([
      { provider: 'a', scopes: ['ingest'], sha256: hash, from: 'MY_TOKEN' },
      { provider: 'b', scopes: ['query'], cluster: 'east', sha256: '0'.repeat(64), from: 'file' },
    ]);
    expect(problemsOf()).toEqual([
      'meshpulse.yaml:2:37  tokens[0].env: the environment variable MY_TOKEN is not set; ' +
        'set it, or use sha256, which needs no variable',
    ]);
  });

  test('stand for a cluster whose name is a plain one', () => {
    write(`tokens: [{provider: a, scopes: [ingest], cluster: "@other", env: A}]`);
    expect(problemsOf()[0]).toContain('tokens[0].cluster: found "@other", allowed: 1 to 63 of');
  });

  test.each([
    [
      `tokens: [{provider: a, scopes: [ingest], token: ${TOKEN}}]`,
      'put it into an environment variable',
    ],
    [
      `tokens: [{provider: a, scopes: [ingest], env: "${TOKEN}"}]`,
      'tokens[0].env: found something else',
    ],
    [
      `tokens: [{provider: a, scopes: [ingest], sha256: "${TOKEN}"}]`,
      'tokens[0].sha256: found something else',
    ],
    [`notify: {slack: {webhook_url: "https://x/${TOKEN}"}}`, 'put it into an environment variable'],
    [
      `notify: {slack: {webhook_url_env: "https://x/${TOKEN}"}}`,
      'the name of an environment variable',
    ],
    [`slack_webhook_url: https://x/${TOKEN}`, 'put it into an environment variable'],
    [`public_url: https://me:${TOKEN}@x`, 'without user, password'],
    [`telemetry: {otlp_endpoint: "https://me:${TOKEN}@x"}`, 'without user, password'],
    [`telemetry: {otlp_headers: {authorization: ${TOKEN}}}`, 'unknown key'],
  ])('in the file itself are refused and not repeated: %s', (yaml, expected) => {
    write(yaml);
    const said = problemsOf().join('\n');
    expect(said).toContain(expected);
    expect(said).not.toContain(TOKEN);
  });

  test.each([
    ['x', 'entry 1: found 1 parts, allowed: provider:scopes:token'],
    ['a:ingest:short', 'entry 1: found a token of 5 characters'],
    [`a:write:${TOKEN}`, 'entry 1: found other scopes, allowed: ingest, query, admin'],
    [`a b:ingest:${TOKEN}`, 'entry 1'],
    [`a:ingest:${TOKEN}:@east`, 'entry 1: found another cluster, allowed: 1 to 63 of letters'],
    [`a:ingest:${TOKEN},b:query:${TOKEN}`, 'the same token stands for a and b'],
    [
      `a:ingest:${TOKEN}/=`,
      'entry 1: found a token of 22 characters, allowed: 16 to 256 of letters',
    ],
  ])('MESHPULSE_TOKENS=%s is refused', (value, expected) => {
    const said = problemsOf({ env: { MESHPULSE_TOKENS: value } }).join('\n');
    expect(said).toContain(expected);
    expect(said).not.toContain(TOKEN);
  });

  test('a variable that is not set is told of beside what else is wrong', () => {
    write(
      'tokens:\n  - {provider: a, scopes: [ingest], env: MY_TOKEN}\n  - {provider: b, scopes: [write], env: SET}\nrolse: x\n',
    );
    expect(problemsOf({ env: { SET: TOKEN } })).toEqual([
      expect.stringContaining('2:37  tokens[0].env: the environment variable MY_TOKEN is not set'),
      expect.stringContaining('tokens[1].scopes: found ["write"], allowed'),
      expect.stringContaining('4:1  rolse: unknown key'),
    ]);
  });

  test("MESHPULSE_TOKEN, for curl, is nobody's mistake where tokens are set", () => {
    const env = { MESHPULSE_TOKEN: TOKEN, MESHPULSE_TOKENS: `a:ingest:${TOKEN}` };
    expect(load({ env }).tokens).toHaveLength(1);
  });

  test.each([
    'ftp://x/y',
    'http://hooks.slack.example/x',
    'https://u:p@hooks.slack.example/x',
    'x',
  ])('a Slack webhook that serve could not use is refused, not shown: %s', (url) => {
    expect(problemsOf({ env: { MESHPULSE_SLACK_WEBHOOK_URL: url } })).toEqual([
      expect.stringMatching(
        /^MESHPULSE_SLACK_WEBHOOK_URL {2}found something else \(not shown\), allowed: an https:/,
      ),
    ]);
  });

  test.each(['http://127.0.0.1:9/x', 'http://localhost/x', 'http://[::1]:9/x'])(
    'a Slack webhook on this machine may be plain: %s',
    (url) => {
      expect(load({ env: { MESHPULSE_SLACK_WEBHOOK_URL: url } }).notify.slack?.webhookUrl).toBe(
        url,
      );
    },
  );

  test('a mistyped variable is refused, those that Kubernetes sets are not', () => {
    expect(problemsOf({ env: { MESHPULSE_TOKEN: TOKEN } })).toEqual([
      'MESHPULSE_TOKEN  unknown environment variable; did you mean MESHPULSE_TOKENS?',
    ]);
    const env = { MESHPULSE_SERVICE_HOST: '10.0.0.1', MESHPULSE_PORT: 'tcp://10.0.0.1:80' };
    expect(load({ env }).tokens).toEqual([]);
  });

  test('the webhook and the headers of the collector come from variables', () => {
    const env = {
      MESHPULSE_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/T0/B0/x',
      MESHPULSE_OTLP_HEADERS: 'Authorization=Bearer abc,x-team=mesh',
    };
    const config = load({ env });
    expect(config.notify.slack?.webhookUrl).toBe(env.MESHPULSE_SLACK_WEBHOOK_URL);
    expect(config.telemetry.otlpHeaders).toEqual({ authorization: 'Bearer abc', 'x-team': 'mesh' });
    write('notify: {slack: {webhook_url_env: TEAM_HOOK}}');
    expect(load({ env }).notify.slack).toBeNull();
    expect(load({ env: { TEAM_HOOK: 'https://h/x' } }).notify.slack?.from).toBe('TEAM_HOOK');
    expect(problemsOf({ env: { TEAM_HOOK: 'secret-thing' } })[0]).not.toContain('secret-thing');
  });
});

describe('roles on the embedded stream', () => {
  test.each(['receive', 'aggregate', 'api', 'notify', 'receive,aggregate', 'aggregate,api,notify'])(
    '%s alone are refused: no other process can do the rest',
    (roles) => {
      expect(problemsOf({ flags: { roles } })).toEqual([
        `--roles  roles: found [${roles.replaceAll(',', ', ')}]; the embedded stream is for one process, ` +
          'so no other one can do the rest; allowed: receive and aggregate with api, notify or both, ' +
          'or stream.kind kafka (--stream kafka --brokers HOST:PORT)',
      ]);
      const onKafka = { roles, stream: 'kafka', brokers: 'a:9092' };
      expect(load({ flags: onKafka }).roles).toEqual(roles.split(','));
    },
  );

  test.each(['receive,aggregate,api', 'notify,aggregate,receive'])('%s are enough', (roles) => {
    expect(load({ flags: { roles } }).roles).toEqual(roles.split(','));
  });
});

describe('links in messages', () => {
  const flags = { stream: 'kafka', brokers: 'a:9092', roles: 'notify' };
  const env = { MESHPULSE_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/x' };
  const own = 'http://127.0.0.1:4320';
  const said = '# public_url is off: messages carry no link; set it to the address of the page';

  test('lead to the page of this process only where it has one, and check says so', () => {
    const without = readConfig({ cwd, env, flags });
    expect(linkBase(without.config, own)).toBeNull();
    expect(effectiveConfig(without)).toContain(said);
    const withPage = readConfig({ cwd, env, flags: { ...flags, roles: 'api,notify' } });
    expect(linkBase(withPage.config, own)).toBe(own);
    expect(effectiveConfig(withPage)).not.toContain(said);
  });

  test('lead to public_url wherever it is set', () => {
    write('public_url: https://mesh.example/pulse\n');
    const loaded = readConfig({ cwd, env, flags });
    expect(linkBase(loaded.config, own)).toBe('https://mesh.example/pulse');
    expect(effectiveConfig(loaded)).not.toContain(said);
  });

  test('are missed by nobody where nothing is sent', () => {
    expect(effectiveConfig(readConfig({ cwd, env: {}, flags }))).not.toContain(said);
  });
});

describe('the effective configuration', () => {
  test('read back as a file says the same', () => {
    write(
      'policy: {breaker: {slow_call_duration: 90s, wait: 61s}}\nreceive: {max_records: 7}\nroles: [receive, aggregate, api]\n',
    );
    const loaded = readConfig({ env: {}, cwd, flags: { port: '1234' } });
    writeFileSync(join(cwd, 'again.yaml'), effectiveConfig(loaded));
    expect(load({ path: 'again.yaml' })).toEqual(loaded.config);
    expect(loaded.config.listen.port).toBe(1234);
  });

  test('shows no secret', () => {
    write(`tokens: [{provider: b, scopes: [query], sha256: ${hash64}}]`);
    const env = {
      MESHPULSE_TOKENS: `shipper:ingest:${TOKEN}`,
      MESHPULSE_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/T0/B0/hush',
      MESHPULSE_OTLP_HEADERS: 'authorization=hush',
    };
    const text = effectiveConfig(readConfig({ env, cwd }));
    expect(text).toContain('# MESHPULSE_TOKENS: shipper (ingest)');
    expect(text).toContain('# MESHPULSE_SLACK_WEBHOOK_URL: https://hooks.slack.example/…');
    expect(text).toContain('# MESHPULSE_OTLP_HEADERS: authorization=…');
    for (const secret of [TOKEN, 'hush', 'T0', hash64]) expect(text).not.toContain(secret);
  });
});

const hash64 = 'ab'.repeat(32);
