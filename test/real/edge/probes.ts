import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked } from '../meshpulse.ts';

export interface Delays {
  /** From the post to its 200, ms. */
  acknowledged: number[];
  /** From the post to the API's answer that has it, ms. */
  visible: number[];
}

const BETWEEN_MS = 100;
const LOOK_EVERY_MS = 20;

/** Posts requests to so many services that nobody has heard of yet, and looks when the API shows each. */
export async function probe(
  post: (line: string) => Promise<Response>,
  api: Asked,
  count: number,
): Promise<Delays> {
  const delays: Delays = { acknowledged: [], visible: [] };
  const posted = new Map<string, number>();
  const sending = (async () => {
    for (let at = 0; at < count; at++) {
      const service = `probe-${at}.shop`;
      const from = performance.now();
      posted.set(service, from);
      const response = await post(lineOf(service));
      if (!response.ok) throw new Error(`a probe was answered ${response.status}`);
      delays.acknowledged.push(performance.now() - from);
      await sleep(BETWEEN_MS);
    }
  })();
  const late = performance.now() + 60_000;
  while (delays.visible.length < count && performance.now() < late) {
    const { services } = await api.get<{ services: { service: string | null }[] }>(
      '/api/v1/services?limit=1000',
    );
    for (const { service } of services) {
      const from = service === null ? undefined : posted.get(service);
      if (from === undefined) continue;
      posted.delete(service!);
      delays.visible.push(performance.now() - from);
    }
    await sleep(LOOK_EVERY_MS);
  }
  await sending;
  return delays;
}

/** Nearest rank. */
export function percentile(of: readonly number[], share: number): number {
  const sorted = of.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

function lineOf(service: string): string {
  return [
    `[${new Date(Date.now() - 5).toISOString()}] "GET /probe HTTP/1.1" 200 -`,
    `via_upstream - "-" 0 128 5 5 "-" "probe/1.0" "${crypto.randomUUID()}"`,
    `"probe:9080" "10.1.0.7:9080" outbound|9080||${service}.svc.cluster.local`,
    '10.1.0.2:40312 10.96.0.11:9080 10.1.0.2:51844 - default',
  ].join(' ');
}
