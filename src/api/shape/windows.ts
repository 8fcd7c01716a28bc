import type { z } from '@hono/zod-openapi';
import { WINDOWS, type WindowName, type WindowStats, type Windows } from '../../model/windows.ts';
import type { windowStats, windows as windowsSchema } from '../schemas/window.ts';
import { latencyReason, reasons, successReason } from './basics.ts';

export function windowsJson(windows: Windows): z.infer<typeof windowsSchema> {
  return {
    '10s': statsJson(windows['10s']),
    '1m': statsJson(windows['1m']),
    '5m': statsJson(windows['5m']),
    '1h': statsJson(windows['1h']),
  };
}

function statsJson(stats: WindowStats): z.infer<typeof windowStats> {
  return {
    requests: stats.requests,
    successes: stats.successes,
    failures: stats.failures,
    refused: stats.refused,
    excluded: stats.excluded,
    success_rate: stats.success_rate,
    p50_latency: stats.p50_latency,
    p90_latency: stats.p90_latency,
    p95_latency: stats.p95_latency,
    p99_latency: stats.p99_latency,
    latency_samples: stats.latency_samples,
    reporter: stats.reporter,
    null_reasons: reasons({
      success_rate: successReason(stats),
      latency: latencyReason(stats),
    }),
    blind: stats.blind ?? false,
  };
}

/** The shortest window with enough samples for a p99. */
export function p99Window(windows: Windows): WindowName | null {
  return WINDOWS.find((name) => windows[name].p99_latency !== null) ?? null;
}
