import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import type { KafkaRun } from './chaos.ts';
import { checkKafkaAccounting } from './checks/accounting.ts';
import { checkKafkaNotifications } from './checks/notifications.ts';
import { checkReaders } from './checks/readers.ts';
import { checkRecovery } from './checks/recovery.ts';
import { checkKafkaReplay } from './checks/replay.ts';

/** All checks of a finished run. */
export function judgeKafka(run: KafkaRun): Check[] {
  return [
    ...checkKafkaAccounting(run),
    checkKafkaReplay(run.evidence),
    checkReaders(run),
    checkKafkaNotifications(run),
    checkRecovery(run),
  ];
}

/** For whoever looks into a failure, beside configuration and logs. */
export function keepEvidence({ folder, evidence, slack, trouble }: KafkaRun): void {
  evidence.keep(folder);
  const json = (name: string, what: unknown) =>
    writeFileSync(join(folder, name), JSON.stringify(what, null, 1));
  json('slack.json', slack.arrivals);
  json('faults.json', trouble.suffered);
}
