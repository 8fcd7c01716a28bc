import type { Run } from './chaos.ts';
import { checkAccounting } from './checks/accounting.ts';
import type { Check } from './checks/check.ts';
import { checkLives } from './checks/lives.ts';
import { checkNotifications } from './checks/notifications.ts';
import { checkReplay } from './checks/replay.ts';
import { Evidence } from './evidence.ts';

/** All checks of a finished run. */
export function judge(run: Run): Check[] {
  const evidence = new Evidence(run.folder);
  try {
    return [
      ...checkAccounting(evidence, run),
      checkReplay(evidence, run.states),
      checkNotifications(evidence, run),
      checkLives(evidence, run),
    ];
  } finally {
    evidence.close();
  }
}

export function report(checks: readonly Check[]): string {
  return checks
    .map(({ name, figures, problems }) =>
      [
        `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`,
        ...figures.map((line) => `         ${line}`),
        ...problems.map((line) => `       ! ${line}`),
      ].join('\n'),
    )
    .join('\n');
}
