import type { Config } from '../../../config/config.ts';
import { checkTopics, createMissing, withTopicAdmin } from '../../../stream/kafka/topic-check.ts';
import { wantedTopics } from '../../../stream/kafka/topics.ts';
import { noLog } from '../../../telemetry/log.ts';

/** As `meshpulse topics --create` does. @throws when one could not be made */
export async function makeTopics({ stream }: Config): Promise<void> {
  const { kafka, retention } = stream;
  if (kafka === undefined) throw new Error('the stream is not Kafka');
  const wanted = wantedTopics({ ...kafka.topics, prefix: kafka.connection.prefix, retention });
  const { refused } = await withTopicAdmin(kafka.connection, noLog, async (admin) =>
    createMissing(admin, await checkTopics(admin, wanted)),
  );
  for (const [name, why] of refused) throw new Error(`the topic ${name} was not made: ${why}`);
}
