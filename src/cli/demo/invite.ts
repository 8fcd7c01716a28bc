import type pc from 'picocolors';
import { sampleRequest } from '../banner.ts';
import type { Keys } from './keys.ts';
import type { Outage, Stage } from './stage.ts';
import { BROKEN, breakIt, type StoryOptions } from './story.ts';

/** What the viewer may do now, until `q` or the signal. */
export async function invite(
  { url, doors, tokens, processes }: Stage,
  story: StoryOptions,
  acknowledged: Outage['acknowledged'],
  keys: Keys,
  signal: AbortSignal,
  color: ReturnType<typeof pc.createColors>,
): Promise<void> {
  const { say } = story;
  const service = `${BROKEN}.bookshop`;
  const command = sampleRequest(doors, { tokens }, service);
  say(`\nYour turn. Post a log line of your own:\n\n${color.dim(command)}\n`);
  say(`It counts for ${service}: see ${url}/#/services/${service}`);
  const kill = processes === null ? '' : `${color.bold('k')} to kill the aggregate process, `;
  const stop = processes?.outage ? `${color.bold('o')} to stop Kafka for a while, ` : '';
  say(
    `Press ${color.bold('f')} to break ${BROKEN} yourself, ${kill}${stop}${color.bold('q')} to quit.`,
  );
  while (!signal.aborted) {
    const key = await keys.next(signal);
    if (key === 'f') await breakIt(story, signal);
    else if (key === 'k') await processes?.replaceAggregate(say);
    else if (key === 'o') await processes?.outage?.({ say, acknowledged, signal });
    else if (key === 'q') return;
  }
}
