import type { Clock, Timers } from '../../model/clock.ts';
import type { Gate } from './gate.ts';
import { type Hop, type Mesh, shipped, zipkinSpan } from './mesh.ts';

export interface TrafficOptions {
  url: string;
  mesh: Mesh;
  gate: Gate;
  clock: Clock;
  timers: Timers;
  requestsPerSecond: number;
  /** So many records were answered to be kept. */
  acknowledged(records: number): void;
}

/** Posts the mesh's access logs four times a second, and every tenth trace's spans, as real senders do. */
export async function sendTraffic(options: TrafficOptions, signal: AbortSignal): Promise<void> {
  const { url, mesh, gate, clock, timers, requestsPerSecond, acknowledged } = options;
  let traces = 0;
  while (!signal.aborted) {
    await gate.pass();
    const requests = Array.from({ length: requestsPerSecond / BATCHES }, () =>
      mesh.request(clock()),
    );
    const sampled = requests.filter(() => traces++ % 10 === 0).flat();
    const lines = requests.flat();
    const send = async (path: string, type: string, records: readonly Hop[], body: string) => {
      await post(`${url}${path}`, type, body);
      acknowledged(records.length);
    };
    const posts = [send('/v1/access-logs', NDJSON, lines, lines.map(shipped).join('\n'))];
    if (sampled.length > 0) {
      const spans = JSON.stringify(sampled.map(zipkinSpan));
      posts.push(send('/api/v2/spans', JSON_TYPE, sampled, spans));
    }
    await Promise.all(posts);
    await timers.sleep(1000 / BATCHES, signal);
  }
}

const BATCHES = 4;
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

async function post(url: string, type: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
}
