import type { SlackMessage } from '../../../src/notify/slack/message.ts';

/** One incident's state as a message in Slack tells it. */
export interface ToldItem {
  service: string;
  status: 'firing' | 'resolved';
  /** Where the message says it: when it began (firing) or ended (resolved), whole seconds since the epoch. */
  second: number | null;
  /** Of an end, where the message says it: how long it had been open, seconds. */
  lasted: number | null;
  /** Where the message says it. */
  basis: string | null;
}

/** What a message says, as its readers see it; nothing is taken from how it was made. */
export function readMessage({ blocks }: SlackMessage): ToldItem[] {
  const [header, ...rest] = blocks;
  if (header?.type !== 'header') throw new Error('a message without a header');
  const single = /^\S+ Breaker (open|closed): (.+)$/.exec(header.text.text);
  const [only] = rest;
  if (single !== null && only?.type === 'section' && only.fields !== undefined) {
    const texts = only.fields.map(({ text }) => text);
    const status = statusOf(single[1]!);
    const label = status === 'firing' ? '*Open since*' : '*Closed*';
    const basis = texts.find((text) => text.startsWith('*Basis*'));
    return [
      {
        service: single[2]!,
        status,
        second: secondIn(texts.find((text) => text.startsWith(label))),
        lasted: lastedIn(texts.find((text) => text.startsWith('*Was open for*'))),
        basis: /\n(\w+):/.exec(basis ?? '')?.[1] ?? null,
      },
    ];
  }
  return rest.flatMap((block) => {
    if (block.type === 'section') return [brief(block.text.text)];
    if (block.type === 'context') return block.elements.flatMap(({ text }) => listed(text));
    return [];
  });
}

function brief(text: string): ToldItem {
  const [, word, service] = /^\*Breaker (open|closed):\* `([^`]+)`/.exec(text) ?? [];
  if (word === undefined || service === undefined) throw new Error(`not understood: ${text}`);
  const status = statusOf(word);
  const label = status === 'firing' ? 'Open since: ' : 'Closed: ';
  const at = text.indexOf(label);
  const second = secondIn(at < 0 ? undefined : text.slice(at));
  const lasted = lastedIn(/Was open for: [^·\n]+/.exec(text)?.[0]);
  return { service, status, second, lasted, basis: null };
}

/** `And 3 more: `a` open, `b` closed`. */
function listed(text: string): ToldItem[] {
  if (!text.startsWith('And ')) return [];
  return [...text.matchAll(/`([^`]+)` (open|closed)/g)].map(([, service, word]) => ({
    service: service!,
    status: statusOf(word!),
    second: null,
    lasted: null,
    basis: null,
  }));
}

function statusOf(word: string): ToldItem['status'] {
  return word === 'open' ? 'firing' : 'resolved';
}

function secondIn(text: string | undefined): number | null {
  const found = /<!date\^(\d+)\^/.exec(text ?? '');
  return found === null ? null : Number(found[1]);
}

/** `2 h 5 min`, `2 min 5 s`, `5 s`; hours are told without their seconds. */
function lastedIn(text: string | undefined): number | null {
  const [, hours, minutes, seconds] =
    /(?:(\d+) h )?(?:(\d+) min ?)?(?:(\d+) s)?$/.exec(text?.trim() ?? '') ?? [];
  if (seconds === undefined) return null;
  return Number(hours ?? 0) * 3_600 + Number(minutes ?? 0) * 60 + Number(seconds);
}
