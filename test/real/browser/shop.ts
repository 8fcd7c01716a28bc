/** What a shop's proxies log of one request that has just ended; `more` is added to the line. */
function line(service: string, code: number, ms: number, more: object): string {
  const [name] = service.split('.');
  return JSON.stringify({
    start_time: new Date(Date.now() - ms).toISOString(),
    method: 'GET',
    path: `/${name}/0`,
    protocol: 'HTTP/1.1',
    response_code: code,
    response_flags: '-',
    duration: ms,
    request_id: crypto.randomUUID(),
    authority: `${name}:9080`,
    upstream_cluster: `outbound|9080|${name === 'reviews' ? 'v2' : ''}|${service}.svc.cluster.local`,
    upstream_host: '10.0.0.7:9080',
    ...more,
  });
}

type Field = 'request_id' | 'authority' | 'upstream_cluster';

/** Posts `count` lines of one service. Latencies run from 5 to 44 ms. */
export async function post(
  url: string,
  service: string,
  count: number,
  {
    code = 200,
    token,
    ...more
  }: { code?: number; token?: string } & Partial<Record<Field, string>> = {},
): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => line(service, code, 5 + (i % 40), more));
  // As a shipper sends it: with the pod that wrote the line, who on outbound lines is the caller.
  const kubernetes = { namespace_name: 'shop', labels: { app: 'frontend' } };
  const records = lines.map((log) => JSON.stringify({ log, kubernetes }));
  const response = await fetch(`${url}/v1/access-logs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-ndjson',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: records.join('\n'),
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
}

/** Keeps posting good requests, a few services' at a time, until stopped. */
export function keepPosting(url: string, services: readonly string[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const posting = (async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      for (const service of services) await post(url, service, 4 + (round % 5));
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await posting;
    },
  };
}
