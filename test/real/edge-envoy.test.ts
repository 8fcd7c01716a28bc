import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenOf } from '../chaos/setting.ts';
import { percentile, probe } from './edge/probes.ts';
import { Edge } from './edge/world.ts';
import { LISTENERS, type Listener } from './envoy/config.ts';
import { type Envoy, startEnvoy } from './envoy/envoy.ts';
import { expectedBins, expectedServices, pick, type Service } from './envoy/expected.ts';
import { sendTraffic } from './envoy/traffic.ts';
import type { Line } from './envoy/truth.ts';
import { startUpstream, type Upstream } from './envoy/upstream.ts';
import { settled, told } from './envoy/world.ts';
import { type Asked, asking } from './meshpulse.ts';
import { describePart } from './parts.ts';

const PROBES = 40;
const TOKENS = Object.fromEntries(
  Object.values(LISTENERS).map(({ provider, token }) => [provider, token]),
);

describePart('kafka', 'A real Envoy, the Worker in workerd and a real Kafka', (launcher) => {
  describePart('envoy', 'of which the Worker is told by OTLP and Zipkin', (binary) => {
    let edge: Edge;
    let api: Asked;
    let envoy: Envoy;
    const upstreams: Upstream[] = [];
    let lines: Line[];

    beforeAll(async () => {
      edge = await Edge.start({ launcher, partitions: 4, tokens: TOKENS });
      await edge.startRoles();
      api = asking(`http://127.0.0.1:${edge.apiPort}`, tokenOf('reader'));
      for (let at = 0; at < 3; at++) upstreams.push(await startUpstream());
      const [upstream, ...shipping] = upstreams as [Upstream, Upstream, Upstream];
      envoy = await startEnvoy(binary, {
        upstreamPort: upstream.port,
        shippingPorts: shipping.map(({ port }) => port),
        meshpulsePort: edge.port,
      });
      await sendTraffic(envoy, upstream);
      await settled(envoy, api);
      lines = envoy.lines();
    }, 180_000);
    afterAll(async () => {
      await envoy?.stop();
      for (const upstream of upstreams) await upstream.close();
      await edge?.stop();
    });

    test('every report got the answer that it must have', async () => {
      expect(lines.length).toBeGreaterThan(700);
      const { spans, reports, asTheyMustBeAnswered, dropped } = told(await envoy.stats());
      expect({ spans, answers: asTheyMustBeAnswered, dropped }).toEqual({
        spans: lines.length,
        answers: reports,
        dropped: 0,
      });
    });

    test('the API counts what Envoy’s own file log says, service by service', async () => {
      const read = async () => {
        const { services } = await api.get<{ services: Service[] }>('/api/v1/services');
        return Object.fromEntries(
          services.map(({ service, windows }) => [service, pick(windows['5m'])]),
        );
      };
      await expect.poll(read, { timeout: 30_000 }).toEqual(expectedServices(lines));
      console.table(await read());
    });

    test('every record is in one bin of its own provider and input', async () => {
      const metrics = await api.metrics();
      for (const listener of Object.keys(LISTENERS) as Listener[]) {
        const own = lines.filter((line) => line.listener === listener);
        for (const input of listener === 'spans'
          ? ['zipkin_spans']
          : ['otlp_logs', 'zipkin_spans']) {
          const of = (bin: string) =>
            metrics.get(`meshpulse_events_${bin}_total{provider="${listener}",input="${input}"}`);
          const expected = expectedBins(listener, input, own);
          const bins = Object.keys(expected).map((bin) => [bin, of(bin)]);
          expect({
            listener,
            input,
            received: of('received'),
            ...Object.fromEntries(bins),
          }).toEqual({
            listener,
            input,
            received: own.length,
            ...expected,
          });
        }
      }
    });

    test('what is posted is acknowledged, and shown', async () => {
      const headers = { authorization: `Bearer ${LISTENERS.text.token}` };
      const post = (body: string) =>
        fetch(`${edge.worker.url}/v1/access-logs`, { method: 'POST', headers, body });
      const { acknowledged, visible } = await probe(post, api, PROBES);
      expect([acknowledged.length, visible.length]).toEqual([PROBES, PROBES]);
      const rows = Object.entries({ acknowledged, visible }).map(([after, of]) => ({
        'post →': after,
        'p50 ms': Math.round(percentile(of, 0.5)),
        'p99 ms': Math.round(percentile(of, 0.99)),
      }));
      console.table(rows);
    });
  });
});
