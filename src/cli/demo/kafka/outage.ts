import type { Timers } from '../../../model/clock.ts';
import type { Outage } from '../stage.ts';
import type { Broker } from './broker.ts';

/** For which Kafka is away. */
const AWAY_MS = 8_000;

/** Stops Kafka for some seconds, in which the senders go on. Resolves once it is back. */
export async function outage(
  broker: Pick<Broker, 'pid' | 'kill' | 'startAgain'>,
  { say, acknowledged, signal }: Outage,
  { sleep }: Timers,
): Promise<void> {
  const { pid } = broker;
  await broker.kill();
  const before = acknowledged();
  say(
    `\nKafka, pid ${pid}, is killed with -9. The senders go on; the Worker keeps all in its outbox.`,
  );
  await sleep(AWAY_MS, signal);
  if (signal.aborted) return;
  const kept = acknowledged() - before;
  if (kept === 0) throw new Error('nothing was acknowledged while Kafka was away');
  say(`After ${AWAY_MS / 1000} s, with ${kept} records acknowledged, Kafka is started again.`);
  await broker.startAgain();
  say(`Pid ${broker.pid} is Kafka now, and the outbox empties into it.`);
}
