import type { KafkaCluster } from '../../../src/stream/kafka/client.ts';
import { clusterOf } from '../kafka/one-broker.ts';

export interface Sent {
  producerId: number;
  sequence: number;
  /** Texts of the values. */
  values: string[];
}

/** What becomes of one request; null: it is written and acknowledged. */
export type Fate =
  | null
  /** Refused with that error of Kafka, and not written. */
  | { refused: string }
  /** Written, and the answer is lost. */
  | { lost: true }
  /** Written or not, when this has settled; the answer comes then. */
  | { when: Promise<unknown> };

interface ProduceRequest {
  producerId: number;
  topicData: {
    partitions: { firstSequence: number; messages: { value: Buffer | null }[] }[];
  }[];
}

/** Leads one partition as Kafka does: it writes a numbered batch once, and only the one that comes next. */
export class FakeLeader {
  readonly sent: Sent[] = [];
  /** Values of what is written, in its order. */
  readonly log: string[] = [];
  /** Of the next requests; then all are written. */
  readonly fates: Fate[] = [];
  /** A batch of more bytes is refused. */
  maxBytes = Number.POSITIVE_INFINITY;
  /** Every request fails as if nobody were there. */
  isDown = false;
  /** Waited for before a producer is given its id. */
  ids: Promise<unknown> = Promise.resolve();
  #producers = 0;
  readonly #newest = new Map<number, { sequence: number; count: number }>();

  get cluster(): KafkaCluster {
    return clusterOf({
      initProducerId: () => this.#initProducerId(),
      produce: (request: ProduceRequest) => this.#produce(request),
    });
  }

  /** Who restarts without its state knows no producer any more. */
  forgetProducers(): void {
    this.#newest.clear();
  }

  async #initProducerId() {
    await this.ids;
    if (this.isDown) throw connectionError();
    return { producerId: ++this.#producers, producerEpoch: 0 };
  }

  async #produce({ producerId, topicData }: ProduceRequest) {
    const { firstSequence: sequence, messages } = topicData[0]!.partitions[0]!;
    if (this.isDown) throw connectionError();
    const values = messages.map(({ value }) => String(value));
    this.sent.push({ producerId, sequence, values });
    const fate = this.fates.shift() ?? null;
    if (fate !== null && 'refused' in fate) throw protocolError(fate.refused);
    if (fate !== null && 'when' in fate) await fate.when;
    if (values.join('').length > this.maxBytes) throw protocolError('MESSAGE_TOO_LARGE');
    this.#write(producerId, sequence, values);
    if (fate !== null && 'lost' in fate) throw connectionError('ECONNRESET');
    const baseOffset = `${this.log.length - values.length}`;
    return { topics: [{ partitions: [{ partition: 0, errorCode: 0, baseOffset }] }] };
  }

  #write(producerId: number, sequence: number, values: readonly string[]): void {
    const count = values.length;
    const newest = this.#newest.get(producerId);
    if (newest?.sequence === sequence && newest.count === count) return;
    const next = newest === undefined ? sequence : newest.sequence + newest.count;
    if (newest === undefined && sequence !== 0) throw protocolError('UNKNOWN_PRODUCER_ID');
    if (sequence !== next) throw protocolError('OUT_OF_ORDER_SEQUENCE_NUMBER');
    this.#newest.set(producerId, { sequence, count });
    this.log.push(...values);
  }
}

const protocolError = (type: string) =>
  Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });

function connectionError(code = 'ECONNREFUSED'): Error {
  return Object.assign(new Error(code), { name: 'KafkaJSConnectionError', code });
}
