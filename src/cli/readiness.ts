import type { Aggregate } from '../aggregate/runner.ts';
import type { NotReady } from '../api/context.ts';
import type { Role } from '../config/config.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { StreamHealth } from '../stream/health.ts';
import type { Silence } from '../stream/kafka/group-contact.ts';

export interface Parts {
  roles: readonly Role[];
  stream: StreamHealth;
  silences: readonly Silence[];
  /** Null: not started, or not here. */
  aggregate: Pick<Aggregate, 'ready'> | null;
  notifier: Pick<Notifier, 'status'> | null;
}

/** What of a process cannot do its work now; its views say so themselves. */
export function notReady({ roles, stream, silences, aggregate, notifier }: Parts): NotReady[] {
  const missing: NotReady[] = [];
  if (!stream.writable) missing.push({ part: 'stream', why: `${stream.why}` });
  for (const { topic, ms } of silences) {
    const part = topic === 'alerts' ? 'notify' : 'aggregate';
    const why = `the group has had no contact with Kafka for ${Math.round(ms / 1000)} s`;
    missing.push({ part, why });
  }
  if (roles.includes('aggregate') && !aggregate?.ready()) {
    missing.push({ part: 'aggregate', why: 're-reading the stream up to where it had come' });
  }
  if (roles.includes('notify') && notifier === null) {
    missing.push({ part: 'notify', why: 'starting' });
  }
  if (notifier?.status().failed) {
    missing.push({ part: 'notify', why: 'reading alerts has failed for good' });
  }
  return missing;
}

/** Each has joined its group, and been given nothing: other processes have it all. */
export function standingBy(aggregate: Aggregate | null, notifier: Notifier | null): Role[] {
  return [
    ...(aggregate?.standby() ? (['aggregate'] as const) : []),
    ...(notifier?.status().standby ? (['notify'] as const) : []),
  ];
}
