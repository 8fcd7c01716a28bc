import type { CheckedTopic } from '../../stream/kafka/topic-check.ts';

/** Which commands of Kafka's own tools, or which keys, would make a topic what it should be. Nothing here runs them. */
export function advice(
  { wanted, differences }: CheckedTopic,
  brokers: readonly string[],
): string[] {
  const server = `--bootstrap-server ${brokers[0]}`;
  const { name } = wanted;
  const configs = differences.filter(({ what }) => what !== 'partitions' && what !== 'replication');
  const lines = differences.flatMap(({ what, found }) => {
    if (what === 'partitions') return partitions(name, Number(found), wanted.partitions, server);
    if (what !== 'replication') return [];
    return [
      `kafka-reassign-partitions.sh ${server} --execute --reassignment-json-file FILE`,
      `  # FILE names ${wanted.replication} brokers for each partition of ${name}`,
    ];
  });
  if (configs.length > 0) {
    const settings = configs.map((config) => `${config.what}=${config.wanted}`).join(',');
    lines.push(
      `kafka-configs.sh ${server} --alter --entity-type topics --entity-name ${name} \\`,
      `  --add-config ${settings}`,
    );
  }
  return lines;
}

function partitions(name: string, found: number, wanted: number, server: string): string[] {
  if (wanted < found) {
    return [
      `# Kafka takes no partitions away from ${name}: set stream.kafka.partitions to what is there,`,
      '#   or stream.kafka.prefix to a new one',
    ];
  }
  return [
    `kafka-topics.sh ${server} --alter --topic ${name} --partitions ${wanted}`,
    '  # services move to other partitions and begin anew there: better a new stream.kafka.prefix',
  ];
}
