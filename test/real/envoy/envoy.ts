import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../../stream/until.ts';
import { startProgram } from '../program.ts';
import { envoyConfig, type Listener, type Options } from './config.ts';
import type { Ejection } from './ejections.ts';
import type { Line } from './truth.ts';

export interface Envoy {
  port(listener: Listener): number;
  /** What its file log holds by now. */
  lines(): Line[];
  /** What its ejection log holds by now. */
  ejections(): Ejection[];
  /** Its counters and gauges by name. */
  stats(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** A real Envoy between the test and the upstream, which reports to Meshpulse. */
export async function startEnvoy(
  binary: string,
  ports: Pick<Options, 'upstreamPort' | 'shippingPorts' | 'meshpulsePort'>,
): Promise<Envoy> {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-envoy-'));
  const file = (name: string) => join(folder, name);
  const logs = { fileLog: file('requests.log'), ejectionLog: file('ejections.log') };
  for (const log of Object.values(logs)) writeFileSync(log, '');
  const config = envoyConfig({ ...ports, ...logs });
  writeFileSync(file('envoy.yaml'), stringify(config, { aliasDuplicateObjects: false }));
  const args = [
    ...['-c', file('envoy.yaml'), '--admin-address-path', file('admin')],
    ...['--disable-hot-restart', '--log-level', 'warning'],
    ...['--concurrency', '2', '--file-flush-interval-msec', '100'],
  ];
  const program = startProgram(binary, args, { cwd: folder });
  const alive = () => {
    if (!program.running()) throw new Error(`Envoy ended: ${program.said()}`);
  };
  let admin = '';
  await until('Envoy answers', async () => {
    alive();
    admin = readIfThere(file('admin'));
    return admin !== '' && (await fetch(`http://${admin}/ready`).catch(() => null))?.ok === true;
  });
  const ask = async <T>(path: string): Promise<T> =>
    (await (await fetch(`http://${admin}${path}`)).json()) as T;
  const { listener_statuses } = await ask<Listeners>('/listeners?format=json');
  const listening = Object.fromEntries(
    listener_statuses.map(({ name, local_address }) => [
      name,
      local_address.socket_address.port_value,
    ]),
  );

  return {
    port: (listener) => listening[listener]!,
    lines: () => linesOf<Line>(logs.fileLog),
    ejections: () => linesOf<Ejection>(logs.ejectionLog),
    async stats() {
      alive();
      const { stats } = await ask<{ stats: Stat[] }>('/stats?format=json');
      const plain = stats.filter((stat) => stat.name !== undefined);
      return Object.fromEntries(plain.map(({ name, value }) => [name, Number(value)]));
    },
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Listeners {
  listener_statuses: {
    name: string;
    local_address: { socket_address: { port_value: number } };
  }[];
}

function linesOf<T>(path: string): T[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // What follows the last newline is a line being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as T);
}

type Stat = { name?: string; value?: number | string };

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
