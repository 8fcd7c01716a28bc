import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenOf } from './setting.ts';

const CHECKS = 8;
const WITHIN_MS = 45_000;

/**
 * Waits until all that was acknowledged is in the numbers, they stand still and nobody is owed a message; no longer
 * than it must be, for the checks will say what is missing. Returns `provider` → records received, as /metrics says.
 */
export async function quiet(
  port: number,
  acknowledged: () => number,
): Promise<ReadonlyMap<string, number>> {
  const deadline = performance.now() + WITHIN_MS;
  let received = new Map<string, number>();
  for (let still = 0; still < CHECKS && performance.now() < deadline; ) {
    const text = await metrics(port);
    const now = receivedByProvider(text);
    const total = [...now.values()].reduce((sum, count) => sum + count, 0);
    const same = [...now].every(([provider, count]) => received.get(provider) === count);
    const owed = /^meshpulse_notification_queue_length\{[^}]*\} (\d+)$/m.exec(text)?.[1] ?? '0';
    still = same && total >= acknowledged() && owed === '0' ? still + 1 : 0;
    received = now;
    await sleep(500);
  }
  return received;
}

export function receivedByProvider(text: string): Map<string, number> {
  const byProvider = new Map<string, number>();
  const sample = /^meshpulse_events_received_total\{[^}]*provider="([^"]+)"[^}]*\} (\d+)$/gm;
  for (const [, provider = '', count] of text.matchAll(sample)) {
    byProvider.set(provider, (byProvider.get(provider) ?? 0) + Number(count));
  }
  return byProvider;
}

function metrics(port: number): Promise<string> {
  const headers = { authorization: `Bearer ${tokenOf('reader')}` };
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/metrics', headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}
