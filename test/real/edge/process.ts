import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU time that a process has used, seconds. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5), counted from the field behind the name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** How often threads of a process have gone to sleep: each timer that goes off makes it one more. */
export function sleeps(pid: number): number {
  const of = (thread: string) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
  const threads = readdirSync(`/proc/${pid}/task`).map(of);
  const counts = threads.map((text) =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)![1]),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Memory of a process that is in RAM now, and the most that ever was, bytes. */
export function memory(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)![1]);
  return { now: of('VmRSS') * 1_024, most: of('VmHWM') * 1_024 };
}

const ESTABLISHED = '01';

/** Own ports of this machine's connections to a port of 127.0.0.1: of open ones, or also of those closed a minute ago. */
export function connectionsTo(port: number, { closedToo = false } = {}): Set<number> {
  const own = new Set<number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, remote, state] = line.trim().split(/\s+/);
      if (local === undefined || remote === undefined) continue;
      const [from, to] = [local, remote].map((end) => Number.parseInt(end.split(':')[1]!, 16));
      if (to === port && (closedToo || state === ESTABLISHED)) own.add(from!);
      // Who closes first keeps the pair for a minute.
      if (from === port && to !== 0 && closedToo) own.add(to!);
    }
  }
  return own;
}

/** Begins anew with the most that a process has in RAM. */
export function mostFromNow(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
