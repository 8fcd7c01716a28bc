/**
 * The traffic of a small bookshop: a gateway calls frontend, frontend calls reviews (v1 and v2) and details, reviews
 * calls ratings. Latencies: nine in ten N(20, 5) ms, one in ten N(500, 100) ms; one call in twenty fails.
 */
export interface Hop {
  source: string;
  destination: string;
  port: number;
  subset: string | null;
  startMs: number;
  durationMs: number;
  code: number;
  requestId: string;
  traceId: string;
  spanId: string;
}

export interface MeshOptions {
  /** 0 up to, not including, 1. */
  random: () => number;
}

export class Mesh {
  /** Share of calls that fail, by service. */
  readonly errors = new Map<string, number>();
  readonly #random: () => number;

  constructor({ random }: MeshOptions) {
    this.#random = random;
  }

  /** The hops of one user's request that has just ended, all within the last second or so. */
  request(nowMs: number): Hop[] {
    const requestId = `${this.#hex(8)}-${this.#hex(4)}-4${this.#hex(3)}-a${this.#hex(3)}-${this.#hex(12)}`;
    const traceId = this.#hex(32);
    const reviews = this.#random() < 0.5 ? 'v1' : 'v2';
    const calls = [
      ['istio-ingressgateway', 'frontend', 8080, null],
      ['frontend', 'details', 9080, null],
      ['frontend', 'reviews', 9080, reviews],
      ['reviews', 'ratings', 9080, null],
    ] as const;
    return calls.map(([source, destination, port, subset]) => {
      const durationMs = Math.max(0, Math.round(this.#latency()));
      const failed = this.#random() < (this.errors.get(destination) ?? USUAL_ERRORS);
      const startMs = nowMs - durationMs;
      const code = failed ? 503 : 200;
      const spanId = this.#hex(16);
      return {
        source,
        destination,
        port,
        subset,
        startMs,
        durationMs,
        code,
        requestId,
        traceId,
        spanId,
      };
    });
  }

  #latency(): number {
    return this.#random() > 0.1 ? this.#gauss(20, 5) : this.#gauss(500, 100);
  }

  #gauss(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.#random());
  }

  #hex(length: number): string {
    let text = '';
    while (text.length < length) text += Math.floor(this.#random() * 16).toString(16);
    return text;
  }
}

export const USUAL_ERRORS = 0.05;

/** The line the caller's sidecar writes, in Istio's default text format. */
export function accessLogLine(hop: Hop): string {
  const { destination, port, subset, startMs, durationMs, code, requestId } = hop;
  const host = `${destination}.bookshop.svc.cluster.local`;
  return [
    `[${new Date(startMs).toISOString()}] "GET /${destination} HTTP/1.1" ${code} -`,
    `via_upstream - "-" 0 512 ${durationMs} ${durationMs} "-" "demo/1.0"`,
    `"${requestId}" "${destination}:${port}" "10.1.0.7:${port}"`,
    `outbound|${port}|${subset ?? ''}|${host} 10.1.0.2:40312`,
    `10.96.0.11:${port} 10.1.0.2:51844 - default`,
  ].join(' ');
}

/** The line as a log shipper sends it: with the pod that wrote it, which names the caller. */
export function shipped(hop: Hop): string {
  return JSON.stringify({
    log: accessLogLine(hop),
    kubernetes: {
      pod_name: `${hop.source}-7d9c5b8f6d-x2k4p`,
      namespace_name: 'bookshop',
      labels: { app: hop.source },
    },
  });
}

/** The SERVER span of the called service's sidecar, in Zipkin's JSON v2. */
export function zipkinSpan({
  destination,
  startMs,
  durationMs,
  code,
  requestId,
  traceId,
  spanId,
}: Hop) {
  return {
    traceId,
    id: spanId,
    kind: 'SERVER',
    name: `${destination}.bookshop.svc.cluster.local`,
    timestamp: startMs * 1000,
    duration: Math.max(1, durationMs * 1000),
    localEndpoint: { serviceName: `${destination}.bookshop` },
    tags: {
      'http.status_code': String(code),
      'guid:x-request-id': requestId,
      ...(code >= 500 && { error: 'true' }),
    },
  };
}
