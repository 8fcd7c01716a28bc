import type { Alert } from '../../../src/model/alert.ts';
import { type SlackMessage, slackMessage } from '../../../src/notify/slack/message.ts';

/** One incident's state as a message in Slack tells it. */
export interface ToldItem {
  service: string;
  status: Alert['status'];
  /** All that the message says of it; null at the end of a long one, where there is no more than the above. */
  says: string | null;
}

/** What a message tells, in order. */
export function readMessage({ blocks }: SlackMessage): ToldItem[] {
  const [header, ...rest] = blocks;
  if (header?.type !== 'header') throw new Error('a message without a header');
  const single = /^\S+ Breaker (open|closed): (.+)$/.exec(header.text.text);
  const [only] = rest;
  if (single !== null && only?.type === 'section' && only.fields !== undefined) {
    return [{ service: single[2]!, status: statusOf(single[1]!), says: JSON.stringify(only) }];
  }
  return rest.flatMap((block) => {
    if (block.type === 'context') return block.elements.flatMap(({ text }) => listed(text));
    if (block.type !== 'section') return [];
    const [, word, service] = /^\*Breaker (open|closed):\* `([^`]+)`/.exec(block.text.text) ?? [];
    if (word === undefined || service === undefined) {
      throw new Error(`not understood: ${block.text.text}`);
    }
    return [{ service, status: statusOf(word), says: JSON.stringify(block) }];
  });
}

/** All that messages say of this alert: alone, and among others. */
export function sayingsOf(alert: Alert, publicUrl: string): string[] {
  return [[alert], [alert, alert]].map((alerts) =>
    JSON.stringify(slackMessage({ alerts, publicUrl }).blocks[1]),
  );
}

/** `And 3 more: `a` open, `b` closed`. */
function listed(text: string): ToldItem[] {
  if (!text.startsWith('And ')) return [];
  return [...text.matchAll(/`([^`]+)` (open|closed)/g)].map(([, service, word]) => ({
    service: service!,
    status: statusOf(word!),
    says: null,
  }));
}

function statusOf(word: string): Alert['status'] {
  return word === 'open' ? 'firing' : 'resolved';
}
