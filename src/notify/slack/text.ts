import type { Block, SlackMessage } from './message.ts';

/** The message as a terminal shows it: the same words, without Slack's markup. Ends without a newline. */
export function renderSlackText(message: SlackMessage): string {
  if (message.blocks.length === 0) return plain(message.text);
  return message.blocks.flatMap(lines).join('\n');
}

function lines(block: Block): string[] {
  switch (block.type) {
    case 'header':
      return [plain(block.text.text)];
    case 'section':
      return [
        ...plain(block.text.text)
          .split('\n')
          .map((line) => `  ${line}`),
        ...(block.fields ?? []).map(({ text }) => {
          const [label = '', ...value] = plain(text).split('\n');
          return `  ${label.padEnd(15)} ${value.join(' ')}`;
        }),
      ];
    case 'context':
      return block.elements.flatMap(({ text }) =>
        plain(text)
          .split('\n')
          .map((line) => `  ${line}`),
      );
  }
}

function plain(markup: string): string {
  return markup
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<([^|>]*)\|([^>]*)>/g, '$2: $1')
    .replace(/(^|\n)\*([^*\n]+)\*/g, '$1$2')
    .replaceAll('`', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
