import { createHash } from 'node:crypto';
import {
  CLUSTER,
  CLUSTER_ALLOWED,
  SCOPES,
  type SlackConfig,
  type TokenConfig,
  type TokenScope,
  VARIABLE_NAME,
} from './config.ts';
import type { Problem } from './problems.ts';
import type { FileConfig } from './schema.ts';
import { editDistance } from './suggest.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Secrets that have a fixed name; others are named by the file. */
export const VARIABLES = {
  MESHPULSE_TOKENS:
    'Tokens as `provider:scopes:token` or `provider:scopes:token:cluster`, separated by commas; scopes joined by `+`.',
  MESHPULSE_SLACK_WEBHOOK_URL: 'Incoming webhook of Slack; unset: nothing goes to Slack.',
  MESHPULSE_KAFKA_PASSWORD: 'Password of `stream.kafka.sasl.username`.',
  MESHPULSE_OTLP_HEADERS:
    'Headers for `telemetry.otlp_endpoint` as `name=value`, separated by commas.',
} as const;

/** Unreserved in a URL (RFC 3986 2.3), because older Envoys can carry a token only in the path. */
const TOKEN = /^[A-Za-z0-9._~-]{16,256}$/;
const TOKEN_ALLOWED = '16 to 256 of letters, digits, . _ ~ - (openssl rand -hex 24 makes one)';
const PROVIDER = /^[A-Za-z0-9._-]{1,64}$/;

export interface Secrets {
  tokens: TokenConfig[];
  slack: SlackConfig | null;
  otlpHeaders: Record<string, string>;
  problems: Problem[];
}

/** Takes the secrets out of the environment. No message ever repeats one. */
export function readSecrets(file: FileConfig, env: Env): Secrets {
  const problems: Problem[] = [...mistypedVariables(file, env)];
  const tokens = [
    ...tokensFromEnv(env.MESHPULSE_TOKENS, problems),
    ...tokensFromFile(file, env, problems),
  ];
  const seen = new Map<string, TokenConfig>();
  for (const token of tokens) {
    const twin = seen.get(token.sha256);
    if (twin) {
      const text = `the same token stands for ${twin.provider} and ${token.provider}; allowed: once each`;
      problems.push({ path: ['tokens'], text });
    }
    seen.set(token.sha256, token);
  }
  return {
    tokens,
    slack: slackFromEnv(file.notify.slack.webhook_url_env, env, problems),
    otlpHeaders: headersFromEnv(env.MESHPULSE_OTLP_HEADERS, problems),
    problems,
  };
}

function tokensFromEnv(text: string | undefined, problems: Problem[]): TokenConfig[] {
  const from = 'MESHPULSE_TOKENS';
  const tokens: TokenConfig[] = [];
  const entries = (text ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
  entries.forEach((entry, index) => {
    const wrong = (found: string, allowed: string) =>
      problems.push({
        path: [],
        where: from,
        text: `entry ${index + 1}: found ${found}, allowed: ${allowed}`,
      });
    const parts = entry.split(':');
    const [provider = '', scopeText = '', token = '', cluster] = parts;
    if (parts.length !== 3 && parts.length !== 4) {
      wrong(
        `${parts.length} parts`,
        'provider:scopes:token or provider:scopes:token:cluster, such as shipper:ingest:<token>',
      );
    } else if (!PROVIDER.test(provider)) {
      wrong('another provider', '1 to 64 of letters, digits, . _ -');
    } else if (!isScopes(scopeText.split('+'))) {
      wrong('other scopes', `${SCOPES.join(', ')}, joined by +`);
    } else if (!TOKEN.test(token)) {
      wrong(`a token of ${token.length} characters`, TOKEN_ALLOWED);
    } else if (cluster !== undefined && !CLUSTER.test(cluster)) {
      wrong('another cluster', CLUSTER_ALLOWED);
    } else {
      tokens.push({
        provider,
        ...(cluster !== undefined && { cluster }),
        scopes: scopeText.split('+') as TokenScope[],
        sha256: sha256(token),
        from,
      });
    }
  });
  return tokens;
}

function tokensFromFile(file: FileConfig, env: Env, problems: Problem[]): TokenConfig[] {
  return file.tokens.flatMap(({ env: variable, sha256: hash, cluster, ...token }, index) => {
    const named = cluster === undefined ? token : { ...token, cluster };
    if (variable === undefined) {
      return hash === undefined ? [] : [{ ...named, sha256: hash, from: 'file' }];
    }
    const secret = env[variable];
    const path = ['tokens', index, 'env'];
    if (secret === undefined || secret === '') {
      problems.push(notSet(index, variable));
      return [];
    }
    if (!TOKEN.test(secret)) {
      const text = `${variable} holds a token of ${secret.length} characters, allowed: ${TOKEN_ALLOWED}`;
      problems.push({ path, text });
      return [];
    }
    return [{ ...named, sha256: sha256(secret), from: variable }];
  });
}

/** The variables that tokens of a file name and nobody has set, when the file itself is not right yet. */
export function unsetTokenVariables(raw: unknown, env: Env): Problem[] {
  const tokens = (raw as { tokens?: unknown } | null)?.tokens;
  return (Array.isArray(tokens) ? tokens : []).flatMap((token: unknown, index) => {
    const variable = (token as { env?: unknown } | null)?.env;
    if (typeof variable !== 'string' || !VARIABLE_NAME.test(variable)) return [];
    return env[variable] ? [] : [notSet(index, variable)];
  });
}

function notSet(index: number, variable: string): Problem {
  const text = `the environment variable ${variable} is not set; set it, or use sha256, which needs no variable`;
  return { path: ['tokens', index, 'env'], text };
}

function slackFromEnv(variable: string, env: Env, problems: Problem[]): SlackConfig | null {
  const webhookUrl = env[variable];
  if (webhookUrl === undefined || webhookUrl === '') return null;
  const url = URL.parse(webhookUrl);
  if (url === null || !isWebhook(url)) {
    const text =
      'found something else (not shown), allowed: an https:// address without user and password ' +
      '(https://hooks.slack.com/services/…), or http:// to this machine';
    problems.push({ path: [], where: variable, text });
    return null;
  }
  return { webhookUrl, from: variable };
}

/** What the Slack adapter takes, so that `check` knows before `serve` does. */
function isWebhook({ protocol, hostname, username, password }: URL): boolean {
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  const guarded = protocol === 'https:' || (protocol === 'http:' && local);
  return guarded && username === '' && password === '';
}

function headersFromEnv(text: string | undefined, problems: Problem[]): Record<string, string> {
  const headers: Record<string, string> = {};
  const entries = (text ?? '').split(',').filter((entry) => entry.trim() !== '');
  entries.forEach((entry, index) => {
    const [, name, value] =
      /^\s*([A-Za-z0-9-]{1,128})=([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\s*$/.exec(entry) ?? [];
    if (name !== undefined && value !== undefined) headers[name.toLowerCase()] = value;
    else {
      const where = 'MESHPULSE_OTLP_HEADERS';
      problems.push({ path: [], where, text: `entry ${index + 1}: allowed: name=value in ASCII` });
    }
  });
  return headers;
}

/**
 * A mistyped MESHPULSE_TOKENS would open the door. Only near misses of what is not set are refused: Kubernetes sets
 * variables such as MESHPULSE_SERVICE_HOST beside a Service of that name, and MESHPULSE_TOKEN is what people
 * keep their own token in for curl.
 */
function mistypedVariables(file: FileConfig, env: Env): Problem[] {
  const named = new Set(file.tokens.map((token) => token.env));
  named.add(file.notify.slack.webhook_url_env);
  named.add(file.stream.kafka.sasl.password_env);
  const known = Object.keys(VARIABLES);
  const isSet = (name: string) =>
    Boolean(env[name]) || (name === 'MESHPULSE_TOKENS' && file.tokens.length > 0);
  return Object.keys(env)
    .filter((name) => name.startsWith('MESHPULSE_') && !known.includes(name) && !named.has(name))
    .flatMap((name) => {
      const meant = known.find((variable) => editDistance(name, variable) <= 2 && !isSet(variable));
      const text = `unknown environment variable; did you mean ${meant}?`;
      return meant === undefined ? [] : [{ path: [], where: name, text }];
    });
}

function isScopes(words: readonly string[]): words is TokenScope[] {
  return (
    new Set(words).size === words.length &&
    words.every((word) => (SCOPES as readonly string[]).includes(word))
  );
}

function sha256(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}
