import { stringify } from 'yaml';
import * as z from 'zod';
import type { Config } from './config.ts';
import { missingLinks } from './links.ts';
import type { LoadedConfig } from './load.ts';
import { fileSchema } from './schema.ts';

/** The file that would say the same with nothing left out, secrets masked; what comes from variables is a comment. */
export function effectiveConfig({ config, file, from }: LoadedConfig): string {
  const written = z.encode(fileSchema, file);
  written.tokens = (written.tokens ?? []).map((token) =>
    token.sha256 === undefined ? token : { ...token, sha256: `${token.sha256.slice(0, 8)}…` },
  );
  const tokens = config.tokens
    .filter((token) => token.from === 'MESHPULSE_TOKENS')
    .map(({ provider, scopes, cluster }) =>
      [provider, `(${scopes.join(', ')})`, ...(cluster ? [`of ${cluster}`] : [])].join(' '),
    );
  const headers = Object.keys(config.telemetry.otlpHeaders);
  const slack = config.notify.slack;
  const notes = [
    `# ${from === null ? 'no meshpulse.yaml: defaults' : `from ${from}`}, flags and environment`,
    `# MESHPULSE_TOKENS: ${list(tokens)}`,
    `# ${written.notify?.slack?.webhook_url_env}: ${slack === null ? 'not set' : mask(slack.webhookUrl)}`,
    ...kafkaPassword(config),
    ...withoutLinks(config),
    `# MESHPULSE_OTLP_HEADERS: ${list(headers.map((name) => `${name}=…`))}`,
  ];
  return `${notes.join('\n')}\n${stringify(written)}`;
}

function kafkaPassword({ stream: { kafka } }: Config): string[] {
  if (kafka === undefined) return [];
  const { sasl } = kafka.connection;
  return [`# ${kafka.passwordFrom}: ${sasl === null ? 'not used' : '… (set)'}`];
}

function withoutLinks(config: Config): string[] {
  const missing = missingLinks(config);
  return missing === null ? [] : [`# ${missing}`];
}

/** The host may be known, the path is the secret. */
function mask(webhookUrl: string): string {
  return `${new URL(webhookUrl).origin}/…`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? 'not set' : items.join(', ');
}
