import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { describePart } from './parts.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/deploy-cloudflare.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
  ([, yaml]) => parse(yaml!) as Record<string, unknown>,
);

describePart('envoy', 'The Envoy configuration of docs/deploy-cloudflare.md', (envoy) => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'meshpulse-envoy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is taken by a real Envoy, and posts where the Worker listens', async () => {
    const authorities = join(folder, 'authorities.pem');
    writeFileSync(authorities, rootCertificates.join('\n'));
    const file = join(folder, 'envoy.yaml');
    const config = stringify(bootstrap(Object.assign({}, ...blocks)));
    writeFileSync(file, config.replace('/etc/ssl/certs/ca-certificates.crt', authorities));
    const { stdout, stderr } = await promisify(execFile)(envoy, ['--mode', 'validate', '-c', file]);
    expect(stdout + stderr).toContain('OK');
    for (const path of ['/t/<token>/v1/logs', '/t/<token>/api/v2/spans']) {
      expect(config).toContain(path);
    }
  });
});

/** With a listener around it that answers by itself. */
function bootstrap({ clusters, access_log, tracing }: Record<string, unknown>) {
  const route = { match: { prefix: '/' }, direct_response: { status: 200 } };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'in',
    access_log,
    tracing,
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [route] }] },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
        },
      },
    ],
  };
  const filter = {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: manager,
  };
  return {
    node: { id: 'trial', cluster: 'trial' },
    static_resources: {
      listeners: [
        {
          name: 'in',
          address: { socket_address: { address: '127.0.0.1', port_value: 10_000 } },
          filter_chains: [{ filters: [filter] }],
        },
      ],
      clusters,
    },
  };
}
