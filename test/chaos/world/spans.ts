import type { Random } from '../../random.ts';
import { hex } from './access-log.ts';
import type { Unit } from './unit.ts';
import { between, type Weather } from './weather.ts';

/** Spans of called services' sidecars, a few client spans among them. Only spans know these services. */
export class Spans {
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #clientSpans: boolean;

  /** `clientSpans`: not where spans are put into other bodies when they are sent again: those have no identity. */
  constructor(random: Random, weather: Weather, clientSpans: boolean) {
    this.#random = random;
    this.#weather = weather;
    this.#clientSpans = clientSpans;
  }

  unit(nowMs: number): Unit {
    const random = this.#random;
    const service = random.pick(['payments', 'search']);
    const client = this.#clientSpans && random.next() < 0.1;
    const failed = random.next() < (this.#weather.isBad(service, nowMs) ? 0.9 : 0.02);
    const durationMs = Math.ceil(between(random, 1, 80));
    const span = {
      traceId: hex(random, 32),
      id: hex(random, 16),
      kind: client ? 'CLIENT' : 'SERVER',
      name: `get /${service}`,
      timestamp: (nowMs - durationMs) * 1_000,
      duration: durationMs * 1_000,
      localEndpoint: { serviceName: service },
      remoteEndpoint: { serviceName: 'web' },
      tags: { 'http.status_code': failed ? '503' : '200', ...(failed && { error: 'true' }) },
    };
    return {
      text: JSON.stringify(span),
      events: client ? [] : [{ fate: 'counted', to: service }],
      dead: 0,
      notRequests: client ? 1 : 0,
    };
  }
}
