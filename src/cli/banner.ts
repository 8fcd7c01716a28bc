import pc from 'picocolors';
import { isWildcard } from '../config/checks.ts';
import { type Config, ROLES, type Role } from '../config/config.ts';
import { missingLinks } from '../config/links.ts';
import { VERSION } from './version.ts';

/** What `serve` says once it listens: where things are, and a request to try. At most 80 columns but for paths. */
export function banner(config: Config, url: string, colors: boolean): string {
  const color = pc.createColors(colors);
  const has = (role: Role) => config.roles.includes(role);
  const rows: [string, string][] = [];
  if (config.roles.length < ROLES.length) rows.push(['Roles', config.roles.join(', ')]);
  if (has('api')) rows.push(['Page', color.cyan(`${url}/`)]);
  if (has('receive')) {
    rows.push(
      ['Send', `POST ${url}/v1/logs${color.dim('         OTLP/HTTP, as Envoy sends')}`],
      ['', `POST ${url}/v1/access-logs${color.dim('  lines and JSON')}`],
      ['', `POST ${url}/api/v2/spans${color.dim('    Zipkin JSON')}`],
    );
  }
  rows.push(...links(config).map((line, at): [string, string] => [at === 0 ? 'Links' : '', line]));
  const { kafka } = config.stream;
  if (kafka !== undefined) {
    const { brokers, prefix } = kafka.connection;
    rows.push(['Kafka', `${brokers.join(', ')}, topics ${prefix}.*`]);
  } else rows.push(['Data', config.data]);
  // Without either role there is nothing to post to, and only its own counters to read.
  if (has('receive') || has('api')) rows.push(['Tokens', tokens(config)]);
  if (has('notify')) rows.push(['Slack', slack(config)]);
  const table = rows.map(([name, value]) => `  ${color.bold(name.padEnd(8))}${value}`);
  const title = `${color.bold(`Meshpulse ${VERSION}`)} ${color.green('listens')} on ${url}${isWildcard(config.listen.host) ? ' and every other address' : ''}`;
  const trial = has('receive')
    ? ['', 'Send it a line of your own:', '', sampleRequest(url, config)]
    : [];
  return `${[title, '', ...table, ...trial].join('\n')}\n\n`;
}

/** A shell command that posts one Envoy line of this moment, of a call to `service`. */
export function sampleRequest(
  url: string,
  { tokens }: Pick<Config, 'tokens'>,
  service = 'ratings.default',
): string {
  const [name] = service.split('.');
  const line = `[%s] "GET /${name}/0 HTTP/1.1" 200 - 0 48 7 6 "-" "curl" "-" "${service}:9080" "10.0.0.7:9080"\\n`;
  const header = tokens.length === 0 ? '' : ' -H "Authorization: Bearer $MESHPULSE_TOKEN"';
  return [
    `printf '${line}' "$(date -u +%Y-%m-%dT%H:%M:%S.000Z)" |`,
    `  curl -sS${header} -H 'Content-Type: text/plain' --data-binary @- \\`,
    `    ${url}/v1/access-logs`,
  ].join('\n');
}

function links(config: Config): string[] {
  const { publicUrl, roles, listen } = config;
  const missing = missingLinks(config);
  if (missing !== null) return missing.split(/(?<=;) /);
  if (!roles.includes('api') && !roles.includes('notify')) return [];
  if (publicUrl !== null) return [publicUrl];
  return isWildcard(listen.host) && roles.includes('api')
    ? ['in messages lead to this machine: public_url sets their base']
    : [];
}

function tokens({ tokens, listen, roles }: Config): string {
  if (tokens.length > 0) {
    const providers = [...new Set(tokens.map(({ provider }) => provider))];
    return `${tokens.length}, of ${providers.slice(0, 5).join(', ')}${providers.length > 5 ? ', …' : ''}`;
  }
  const may = [
    ...(roles.includes('receive') ? ['post'] : []),
    ...(roles.includes('api') ? ['read'] : []),
  ].join(' and ');
  return listen.allowNoTokens
    ? `none: everyone who reaches this address may ${may}`
    : `none: everyone on this machine may ${may}`;
}

function slack({ notify }: Config): string {
  return notify.slack === null
    ? 'not set (MESHPULSE_SLACK_WEBHOOK_URL)'
    : 'breakers that open and close';
}
