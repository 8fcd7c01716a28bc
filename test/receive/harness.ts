import type { Hono } from 'hono';
import { decodeMessage } from '../../src/packed/codec.ts';
import type { Part } from '../../src/packed/message.ts';
import { receiverApp } from '../../src/receive/app.ts';
import { createDoors, type Doors, type ReceiverOptions } from '../../src/receive/doors.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { RecordSink } from '../../src/stream/sink.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';

export const PARTITIONS = 4;
export const NOW = 1_795_428_001_000;

/** How a runtime serves an app: in process, or over a socket. */
export type Listen = (app: Hono, doors: Doors) => Promise<Listening>;

export interface Listening {
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface OpenDoors extends Listening {
  parts(): Promise<Part[]>;
  /** Values of the `dead-letters` topic. */
  samples(): Promise<Record<string, unknown>[]>;
  exposition(): string;
}

export interface DoorsSetup extends Pick<ReceiverOptions, 'tokens' | 'limits' | 'log'> {
  /** Every append rejects with it. */
  failure?: Error;
}

/** The receiver on a memory stream, with a clock that stands still. */
export async function openDoors(listen: Listen, setup: DoorsSetup = {}): Promise<OpenDoors> {
  const { failure, ...options } = setup;
  const stream = new MemoryStream({ clock: () => NOW, partitions: PARTITIONS });
  const metrics = new Metrics();
  let requests = 0;
  const doors = createDoors({
    sink: failure === undefined ? stream : failingSink(failure),
    metrics,
    clock: () => NOW,
    ids: () => `request-${++requests}`,
    ...options,
  });
  const values = async (topic: 'requests' | 'dead-letters') => {
    const all: Uint8Array[] = [];
    for (let partition = 0; partition < stream.partitions(topic); partition++) {
      const records = await stream.read(topic, partition, 0, Number.MAX_SAFE_INTEGER);
      all.push(...records.map(({ value }) => value!));
    }
    return all;
  };
  const listening = await listen(receiverApp(doors), doors);
  return {
    fetch: listening.fetch,
    async parts() {
      return (await values('requests')).flatMap((value) => {
        const message = decodeMessage(value);
        if (message.kind !== 'parts') throw new Error(`found a ${message.kind}`);
        return message.parts;
      });
    },
    async samples() {
      return (await values('dead-letters')).map((value) =>
        JSON.parse(new TextDecoder().decode(value)),
      );
    },
    exposition: () => metrics.exposition(),
    async close() {
      await listening.close();
      await stream.close();
    },
  };
}

function failingSink(failure: Error): RecordSink {
  return {
    partitions: () => PARTITIONS,
    append: () => Promise.reject(failure),
    close: async () => {},
  };
}

/** What a test looks at of the events that were kept. */
export function events(parts: readonly Part[]): Record<string, unknown>[] {
  return parts.flatMap(({ columns }) => {
    const name = (index: number | undefined) => columns.dictionary[index ?? 0];
    return Array.from({ length: columns.count }, (_, row) => ({
      source: name(columns.source[row]),
      destination: name(columns.destination[row]),
      subset: name(columns.subset[row]),
      host: name(columns.host[row]),
      code: columns.code[row],
      flags: columns.flags[row],
      durationUs: columns.durationUs[row],
      endUs: columns.endUs[row],
    }));
  });
}
