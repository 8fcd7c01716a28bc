import type { Alert } from '../../model/alert.ts';
import type { Notification } from '../port.ts';
import { titleOf } from '../title.ts';
import {
  type Fact,
  factsOf,
  isName,
  linkTo,
  sentenceOf,
  stateWord,
  titleName,
  utc,
} from '../wording.ts';
import { code, escapedWithin, escapeSlack } from './escape.ts';

interface PlainText {
  type: 'plain_text';
  text: string;
}

/** `verbatim` keeps Slack from making links and mentions of its own accord. */
interface Mrkdwn {
  type: 'mrkdwn';
  text: string;
  verbatim: true;
}

export type Block =
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text: Mrkdwn; fields?: Mrkdwn[] }
  | { type: 'context'; elements: Mrkdwn[] };

/** The JSON body of an incoming webhook. */
export interface SlackMessage {
  /** Shown in notifications, and instead of blocks where those cannot be. */
  text: string;
  blocks: Block[];
  unfurl_links: false;
  unfurl_media: false;
}

// Block Kit: header 150, section text 3000, at most 10 fields of 2000 each, 50 blocks. Whole messages fail from
// about 13 200 characters on (undocumented), so ours stay well below, counted in bytes.
const MAX_HEADER = 150;
const MAX_TEXT = 600;
const MAX_NAME = 150;
const MAX_LINK = 1000;
const MAX_BYTES = 9_000;
const MAX_DETAILED = 5;
const MAX_LISTED = 1_000;

/** One message of at most {@link MAX_BYTES} bytes, whatever the names in it. */
export function slackMessage({ alerts, publicUrl }: Notification): SlackMessage {
  const message = begin(alerts);
  const [only] = alerts;
  if (only && alerts.length === 1) {
    message.blocks.push(...single(only, publicUrl));
    return message;
  }
  let shown = 0;
  for (const alert of alerts.slice(0, MAX_DETAILED)) {
    const block = brief(alert, publicUrl);
    // Room for the list of the others comes first.
    if (bytes([message, block]) > MAX_BYTES - 3 * MAX_LISTED) break;
    message.blocks.push(block);
    shown += 1;
  }
  const rest = alerts.slice(shown);
  if (rest.length > 0) message.blocks.push(others(rest, publicUrl));
  return message;
}

function begin(alerts: readonly Alert[]): SlackMessage {
  const { symbol, words, services } = titleOf(alerts);
  const title = `${symbol} ${words}: `;
  const sentence = alerts.length === 1 && alerts[0] ? ` – ${sentenceOf(alerts[0])}` : '';
  const names = services.join(', ');
  return {
    text: title + escapedWithin(names, MAX_TEXT - title.length - sentence.length) + sentence,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: title + escapedWithin(names, MAX_HEADER - title.length) },
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

function single(alert: Alert, publicUrl: string | null): Block[] {
  const link = linkText(publicUrl, alert.service);
  return [
    {
      type: 'section',
      text: mrkdwn(escapeSlack(sentenceOf(alert))),
      fields: factsOf(alert).map((fact) => mrkdwn(`*${fact.label}*\n${valueText(fact)}`)),
    },
    ...(link ? [context(link)] : []),
  ];
}

function brief(alert: Alert, publicUrl: string | null): Block {
  const head = `*Breaker ${stateWord(alert)}:* ${serviceText(alert)}`;
  const facts = factsOf(alert)
    .filter((fact) => fact.brief)
    .map((fact) => `${fact.label}: ${valueText(fact)}`);
  const link = linkText(publicUrl, alert.service);
  return {
    type: 'section',
    text: mrkdwn([head, facts.join(' · '), ...(link ? [link] : [])].join('\n')),
  };
}

function others(alerts: readonly Alert[], publicUrl: string | null): Block {
  let text = `And ${alerts.length} more:`;
  for (const [index, alert] of alerts.entries()) {
    const item = `${index === 0 ? ' ' : ', '}${serviceText(alert)} ${stateWord(alert)}`;
    if (text.length + item.length > MAX_LISTED - 100) {
      text += ` … and ${alerts.length - index} not listed`;
      break;
    }
    text += item;
  }
  const url = publicUrl && linkMarkup(`${publicUrl}/`);
  return context(url ? `${text}\n${url}` : text);
}

function serviceText({ service }: Alert): string {
  return isName(service) ? code(service, MAX_NAME) : titleName(service);
}

function valueText(fact: Fact): string {
  if (fact.kind === 'name') return code(fact.value, MAX_NAME);
  if (fact.kind === 'text') return escapeSlack(fact.value);
  const fallback = utc(fact.value);
  if (fallback === 'unknown') return fallback;
  // Shown in the reader's own time zone (docs.slack.dev, "Date formatting").
  return `<!date^${Math.floor(fact.value / 1000)}^{date_num} {time_secs}|${fallback}>`;
}

function linkText(publicUrl: string | null, service: string): string | null {
  const url = linkTo(publicUrl, service);
  return url && (linkMarkup(url) ?? linkMarkup(`${publicUrl}/`));
}

function linkMarkup(url: string): string | null {
  const safe = escapeSlack(url.replaceAll('|', '%7C'));
  return safe.length > MAX_LINK ? null : `<${safe}|Open in Meshpulse>`;
}

function context(text: string): Block {
  return { type: 'context', elements: [mrkdwn(text)] };
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}

function bytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
