import type { SlackMessage } from '../../src/notify/slack/message.ts';

/** What a message tells of, as `service state`: of one breaker in its title, of several in a section each. */
export function toldIn({ text, blocks }: SlackMessage): string[] {
  const sections = blocks.flatMap((block) => {
    if (block.type !== 'section') return [];
    const [, state, service] = /^\*Breaker (open|closed):\* `([^`]+)`/.exec(block.text.text) ?? [];
    return state === undefined ? [] : [`${service} ${state}`];
  });
  if (sections.length > 0) return sections;
  const [, state, service] = /^\S+ Breaker (open|closed): (\S+) /.exec(text) ?? [];
  return [state === undefined ? `not understood: ${text}` : `${service} ${state}`];
}
