import { MIN_LATENCY_SAMPLES, type View, type WindowStats } from '../model/windows.ts';
import type { Cell } from './cell.ts';

/** A cell as the API shows it. What is not known is null, with the reason. */
export function windowStats(cell: Cell | null, reporter: View, blind: boolean): WindowStats {
  const requests = cell?.requests ?? 0;
  const samples = cell?.latencies.count ?? 0;
  const enough = samples >= MIN_LATENCY_SAMPLES;
  const ms = (q: number) => (enough ? round(cell!.latencies.quantile(q)! / 1000) : null);
  const stats: WindowStats = {
    requests,
    successes: cell?.count('success') ?? 0,
    failures: cell?.count('failure') ?? 0,
    refused: cell?.count('refused') ?? 0,
    excluded: cell?.count('excluded') ?? 0,
    success_rate: requests > 0 ? cell!.count('success') / requests : null,
    p50_latency: ms(0.5),
    p90_latency: ms(0.9),
    p95_latency: ms(0.95),
    p99_latency: ms(0.99),
    latency_samples: samples,
    reporter,
  };
  if (!enough) {
    stats.null_reasons = {
      latency: samples > 0 ? 'too_few_requests' : requests > 0 ? 'no_latencies' : 'no_requests',
      ...(requests === 0 && { success_rate: 'no_requests' as const }),
    };
  }
  if (blind) stats.blind = true;
  return stats;
}

/** To the µs: finer digits would be the sketch's, not the request's. */
const round = (ms: number) => Math.round(ms * 1000) / 1000;
