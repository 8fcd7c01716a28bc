import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Job, Report } from './sender.ts';

/** Sends from a process of its own. */
export async function send(job: Job): Promise<Report> {
  const script = join(import.meta.dirname, 'sender.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(job)]);
  return JSON.parse(stdout) as Report;
}
