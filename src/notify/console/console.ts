import type { Receiver } from '../port.ts';
import { titleOf } from '../title.ts';
import { type Fact, factsOf, linkTo, printable, sentenceOf, stateWord, utc } from '../wording.ts';

/** Prints notifications as text, for a set-up without a webhook. `print` gets one notification, without end of line. */
export function consoleReceiver(name: string, print: (text: string) => void): Receiver {
  return {
    name,
    async send({ alerts, publicUrl }) {
      const { symbol, words, services } = titleOf(alerts);
      const lines = [`${symbol} ${words}: ${services.map(printable).join(', ')}`];
      for (const alert of alerts) {
        const only = alerts.length === 1;
        lines.push(
          only ? `  ${sentenceOf(alert)}` : `  ${printable(alert.service)}: ${stateWord(alert)}`,
        );
        for (const fact of factsOf(alert)) {
          if (only || fact.brief) lines.push(`  ${fact.label.padEnd(15)} ${valueText(fact)}`);
        }
        const link = linkTo(publicUrl, alert.service);
        if (link) lines.push(`  ${link}`);
      }
      print(lines.join('\n'));
    },
  };
}

function valueText(fact: Fact): string {
  return fact.kind === 'time' ? utc(fact.value) : printable(fact.value);
}
