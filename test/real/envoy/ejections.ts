/** One line of Envoy's ejection log, by Envoy's names. */
export interface Ejection {
  type: string;
  cluster_name: string;
  /** Address of the host. */
  upstream_url: string;
  action: 'EJECT' | 'UNEJECT';
  num_ejections?: number;
  /** False where Envoy only would have ejected; of an UNEJECT it says nothing. */
  enforced: boolean;
  timestamp: string;
}

export interface Period {
  fromMs: number;
  untilMs: number;
}

/** Those that changed who is asked. */
export const enforced = (log: readonly Ejection[]) =>
  log.filter((event) => event.action === 'UNEJECT' || event.enforced);

/** From each EJECT that left none of so many hosts to the UNEJECT that brought one back. */
export function withoutHost(log: readonly Ejection[], hosts: number): Period[] {
  const ejected = new Set<string>();
  const periods: Period[] = [];
  let fromMs: number | null = null;
  for (const { action, upstream_url, timestamp } of enforced(log)) {
    const atMs = Date.parse(timestamp);
    if (action === 'EJECT') ejected.add(upstream_url);
    else ejected.delete(upstream_url);
    if (ejected.size === hosts) fromMs = atMs;
    else if (fromMs !== null) {
      periods.push({ fromMs, untilMs: atMs });
      fromMs = null;
    }
  }
  return periods;
}
