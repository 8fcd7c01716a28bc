/** Where a Kafka is, who this client is to it, and how its topics are named. */
export interface KafkaOptions {
  /** `host:port` of some brokers; the others are found through them. */
  brokers: readonly string[];
  clientId: string;
  /** Null: not encrypted. */
  tls: KafkaTls | null;
  /** Null: nobody asks who it is. */
  sasl: KafkaSasl | null;
  /** Topics are named `<prefix>.<topic>`, groups `<prefix>.<group>`. */
  prefix: string;
  /** A member of a group that was not heard of for so long has lost its partitions, ms. */
  sessionTimeoutMs: number;
}

/** PEM texts. */
export interface KafkaTls {
  /** Whom to trust; null: what Node trusts. */
  ca: string | null;
  /** The client's own certificate and key; null: none. */
  certificate: { cert: string; key: string } | null;
}

export interface KafkaSasl {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  /** Secret. */
  password: string;
}
