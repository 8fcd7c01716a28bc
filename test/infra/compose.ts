import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** What is used of a service of compose.yaml. */
export interface Service {
  image: string;
  command: string[];
  environment: Record<string, string | number>;
  ports?: string[];
  configs?: { source: string; target: string }[];
  healthcheck?: { test: string[] };
}

export interface Compose {
  services: Record<string, Service>;
  configs: Record<string, { content: string }>;
}

export function readCompose(): Compose {
  const file = join(import.meta.dirname, '../../infra/docker/compose.yaml');
  return parse(readFileSync(file, 'utf8'), { merge: true }) as Compose;
}

/** Kafka's configuration, as its image makes it of the variables: `KAFKA_NODE_ID=1` is `node.id=1`. */
export function kafkaProperties({ environment }: Service): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => name.startsWith('KAFKA_'))
      .map(([name, value]) => {
        const key = name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.');
        return [key, String(value)];
      }),
  );
}
