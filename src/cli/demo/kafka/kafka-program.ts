import { dirname } from 'node:path';
import { Child } from './child.ts';
import { INSTALLER, judge, launcher, look } from './needs.ts';

/** Path of what runs Kafka; installs it where that can be done. @throws with what is missing and how to get it */
export async function kafkaProgram(
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const verdict = judge(await look());
  if (verdict.kind === 'missing') throw new Error(verdict.what);
  if (verdict.kind === 'ready') return verdict.launcher;
  say('Installing Apache Kafka with Maven into .real-parts/kafka: 43 MB, this once …');
  const installer = new Child({
    name: 'infra/real-parts/kafka.sh',
    path: 'sh',
    args: [INSTALLER],
    cwd: dirname(INSTALLER),
    env: process.env,
  });
  await installer.finishes(signal);
  const installed = launcher();
  if (installed === null) throw new Error('infra/real-parts/kafka.sh did not install Kafka');
  return installed;
}
