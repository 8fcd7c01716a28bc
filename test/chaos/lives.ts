import { setTimeout as sleep } from 'node:timers/promises';
import { type Moment, nextMoment, type Scene } from './moments.ts';
import { Server, type ServerOptions } from './server.ts';
import type { StateCopy } from './state-copy.ts';
import { between } from './world/weather.ts';

/** One life of the server. Times are ms since the epoch. */
export interface Life {
  /** Null: it was never seen ready. */
  readyAt: number | null;
  /** From spawn to the first 200 of /readyz. */
  readyAfterMs: number | null;
  /** Null: nobody killed it. `from` is before the signal, `to` when the process was gone. */
  kill: { moment: Moment; from: number; to: number } | null;
}

/** How often nobody starts it again at once: then breakers move within a moment of the next start. */
const LEFT_DOWN = { midSend: 0.3, else: 0.05 };
const MAX_OWN_ENDS = 5;

/** The server, one life after the other, on the same folder and port. */
export class Lives {
  /** The last one is still to end. */
  readonly all: Life[] = [];
  /** How lives ended that nobody had ended. */
  readonly ownEnds: string[] = [];
  readonly #options: ServerOptions;
  readonly #states: StateCopy;
  current: Server;

  constructor(options: ServerOptions, states: StateCopy) {
    this.#options = options;
    this.#states = states;
    this.current = new Server(options);
  }

  get kills(): number {
    return this.all.filter(({ kill }) => kill !== null).length;
  }

  /** Kills and starts again, so many times or so long; the last life is ready when it resolves. */
  async haunt(
    scene: Omit<Scene, 'server' | 'usualReadyMs'>,
    { kills, untilMs }: { kills: number; untilMs: number },
    say: (line: string) => void,
  ): Promise<void> {
    while (this.kills < kills && performance.now() < untilMs) {
      const moment = await this.#killOnce(scene);
      if (this.kills % 10 === 0) say(`${this.kills} kills`);
      const midSend = moment === 'telling' || moment === 'told';
      if (scene.random.next() < LEFT_DOWN[midSend ? 'midSend' : 'else']) {
        await sleep(between(scene.random, 3_000, 9_000));
      }
      this.current = new Server(this.#options);
    }
    await this.#watch(this.current);
    this.all.push({ ...readiness(this.current), kill: null });
  }

  copyStates(): void {
    const { running, readyAt } = this.current;
    if (running && readyAt !== null) this.#states.copy();
  }

  async #killOnce(scene: Omit<Scene, 'server' | 'usualReadyMs'>): Promise<Moment> {
    const server = this.current;
    const watching = this.#watch(server);
    const moment = await nextMoment({ ...scene, server, usualReadyMs: this.#usualReadyMs() });
    const from = Date.now();
    const killed = await server.kill();
    await watching;
    const kill = killed ? { moment, from, to: Date.now() } : null;
    this.all.push({ ...readiness(server), kill });
    if (!killed) this.ownEnds.push(server.end);
    if (this.ownEnds.length === MAX_OWN_ENDS) {
      throw new Error(`the server ended by itself again and again (${server.end}); see server.log`);
    }
    return moment;
  }

  async #watch(server: Server): Promise<void> {
    await server.ready();
    this.copyStates();
  }

  #usualReadyMs(): number {
    const known = this.all.flatMap(({ readyAfterMs }) => readyAfterMs ?? []);
    return known.length === 0 ? 1_000 : Math.max(...known.slice(-5));
  }
}

function readiness({ readyAt, readyAfterMs }: Server): Pick<Life, 'readyAt' | 'readyAfterMs'> {
  return { readyAt, readyAfterMs };
}
