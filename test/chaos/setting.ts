import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';

export const BOUNDS = DEFAULT_BOUNDS;

/** Breakers that trip and recover every few seconds; all else as people have it. */
export const CONFIG = {
  policy: {
    breaker: {
      sliding_window: '3s',
      minimum_number_of_calls: 10,
      wait: '2s',
      max_wait: '4s',
      permitted_calls_in_half_open: 5,
    },
    observed: { refusals: 5, window: '3s', hold: '2s' },
  },
  aggregate: {
    max_services: BOUNDS.maxServices,
    max_dependencies: BOUNDS.maxDependencies,
    max_remembered: BOUNDS.maxRemembered,
  },
  telemetry: { log_format: 'json' },
};

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-chaos-'));
  writeFileSync(join(folder, 'meshpulse.yaml'), stringify(CONFIG));
  return folder;
}

export function tokenOf(provider: string): string {
  return `a-long-enough-token-of-${provider}`;
}

export function environment(
  providers: readonly string[],
  slackUrl: string,
): Readonly<Record<string, string>> {
  const tokens = providers.map((provider) => `${provider}:ingest:${tokenOf(provider)}`);
  return {
    MESHPULSE_TOKENS: [...tokens, `reader:query:${tokenOf('reader')}`].join(','),
    MESHPULSE_SLACK_WEBHOOK_URL: slackUrl,
  };
}
