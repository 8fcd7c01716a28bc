import type { Random } from '../../random.ts';
import type { Sent, Unit } from './unit.ts';
import { between, NAMESPACE, SERVICES, type Weather } from './weather.ts';

export interface AccessLogOptions {
  random: Random;
  weather: Weather;
  /** When the request ended, given when its line is written. */
  endMs?: (nowMs: number, random: Random) => number;
  /** Fate of what is neither garbage nor the client's fault. */
  fate?: Sent['fate'];
}

/** Writes lines of Istio's default text format as the callers' sidecars do, with some garbage among them. */
export class AccessLog {
  readonly #options: AccessLogOptions;
  #written = 0;

  constructor(options: AccessLogOptions) {
    this.#options = options;
  }

  unit(nowMs: number): Unit {
    const { random, weather, endMs = (now) => now, fate = 'counted' } = this.#options;
    const kind = random.next();
    const id = `${hex(random, 8)}-${this.#written++}`;
    if (kind < 0.01) {
      return { text: `no access log at all ${id}`, events: [], dead: 1, notRequests: 0 };
    }
    const end = Math.floor(endMs(nowMs, random));
    const service = random.pick(SERVICES);
    const aborted = kind < 0.04;
    const [code, flags] = aborted ? ([0, 'DC'] as const) : answer(service, weather, nowMs, random);
    const line = accessLogLine({ service, code, flags, end, id, random });
    const event: Sent = {
      fate: aborted && fate === 'counted' ? 'excluded' : fate,
      to: `${service}.${NAMESPACE}`,
    };
    // Two requests whose lines are the same to the letter are two requests all the same.
    const twins = kind > 0.99;
    const text = twins ? `${line}\n${line}` : line;
    return { text, events: twins ? [event, { ...event }] : [event], dead: 0, notRequests: 0 };
  }
}

function answer(service: string, weather: Weather, nowMs: number, random: Random) {
  const bad = weather.isBad(service, nowMs);
  if (bad && service === SERVICES[0] && random.next() < 0.4) return [503, 'UO'] as const;
  const failed = random.next() < (bad ? 0.9 : 0.02);
  return [failed ? 503 : 200, '-'] as const;
}

interface Line {
  service: string;
  code: number;
  flags: string;
  end: number;
  id: string;
  random: Random;
}

function accessLogLine({ service, code, flags, end, id, random }: Line): string {
  const durationMs = Math.floor(between(random, 1, 80));
  const subset = random.next() < 0.5 ? 'v1' : 'v2';
  return [
    `[${new Date(end - durationMs).toISOString()}] "GET /${service} HTTP/1.1" ${code} ${flags}`,
    `via_upstream - "-" 0 128 ${durationMs} ${durationMs} "-" "chaos/1.0" "${id}"`,
    `"${service}:9080" "10.1.0.7:9080" outbound|9080|${subset}|${service}.${NAMESPACE}.svc.cluster.local`,
    '10.1.0.2:40312 10.96.0.11:9080 10.1.0.2:51844 - default',
  ].join(' ');
}

export function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) text += random.integer(16).toString(16);
  return text;
}
