import { printable } from '../wording.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack's control characters as entities (docs.slack.dev, "Formatting message text": escaping text). */
export function escapeSlack(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

/** Printable and escaped text of at most `max` UTF-16 units, cut between characters, never inside an entity. */
export function escapedWithin(text: string, max: number): string {
  const clean = printable(text);
  const whole = escapeSlack(clean);
  if (whole.length <= max) return whole;
  let cut = '';
  for (const character of clean) {
    const next = escapeSlack(character);
    if (cut.length + next.length > max - 1) break;
    cut += next;
  }
  return `${cut}…`;
}

/** A name from outside as inline code: Slack formats nothing inside, and cannot be led out of it. */
export function code(name: string, max: number): string {
  return `\`${escapedWithin(name.replaceAll('`', "'"), max) || ' '}\``;
}
