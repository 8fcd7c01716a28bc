import { isDeepStrictEqual } from 'node:util';
import { compareSequence, type Sequence } from '../../../src/model/breaker.ts';
import { askJson } from './ask.ts';
import type { Fleet, MemberName } from './fleet.ts';

interface ServiceList {
  services: { service: string | null; as_of: string }[];
}

interface BreakerList {
  breakers: { key: string; sequence: Sequence | null }[];
}

export interface ShownTransition {
  key: string;
  sequence: Sequence;
}

interface TransitionList {
  transitions: ShownTransition[];
}

const PAUSE_MS = 400;
/** Breakers whose history is asked for at a time. */
const HISTORIES = 4;
/** The API keeps no more of a breaker. */
const KEPT = 1_000;

/** Asks one api process again and again, and remembers what it was told: none of it may be taken back. */
export class Reader {
  readonly name: MemberName;
  readonly problems: string[] = [];
  answers = 0;
  lives = 0;
  readonly #fleet: Fleet;
  #life = 0;
  readonly #asOf = new Map<string, string>();
  readonly #sequences = new Map<string, Sequence>();
  /** By breaker, of this life of the process. */
  readonly histories = new Map<string, ShownTransition[]>();
  #turn = 0;

  constructor(name: MemberName, fleet: Fleet) {
    this.name = name;
    this.#fleet = fleet;
  }

  async run(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await this.#look();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Asks for everything once. */
  async readAll(): Promise<void> {
    await this.#look();
    for (const key of this.#sequences.keys()) await this.#history(key);
  }

  async #look(): Promise<void> {
    const services = await this.#ask<ServiceList>('/api/v1/services?limit=1000');
    if (services !== null) this.#services(services);
    const breakers = await this.#ask<BreakerList>('/api/v1/breakers?limit=1000');
    if (breakers !== null) this.#breakers(breakers);
    const keys = [...this.#sequences.keys()];
    for (let i = 0; i < Math.min(HISTORIES, keys.length); i++) {
      await this.#history(keys[this.#turn++ % keys.length]!);
    }
  }

  /** Null when it did not answer, or was not the same process all the time. */
  async #ask<T>(path: string): Promise<T | null> {
    const life = this.#fleet.life(this.name);
    const answer = await askJson<T>(this.#fleet.port(this.name), path);
    if (answer === null || life !== this.#fleet.life(this.name)) return null;
    if (life !== this.#life) this.#begin(life);
    this.answers++;
    return answer;
  }

  #begin(life: number): void {
    this.#life = life;
    this.lives++;
    this.#asOf.clear();
    this.#sequences.clear();
    this.histories.clear();
  }

  #services({ services }: ServiceList): void {
    const shown = new Map(services.map(({ service, as_of }) => [service ?? '@', as_of]));
    for (const [service, before] of this.#asOf) {
      const now = shown.get(service);
      if (now === undefined) this.#complain(`no longer shows ${service}`);
      else if (now < before) this.#complain(`${service} went back from ${before} to ${now}`);
    }
    for (const [service, asOf] of shown) this.#asOf.set(service, asOf);
  }

  #breakers({ breakers }: BreakerList): void {
    for (const { key, sequence } of breakers) {
      const before = this.#sequences.get(key);
      if (sequence === null) {
        if (before !== undefined) this.#complain(`${key} has never moved, after ${before}`);
        continue;
      }
      if (before !== undefined && compareSequence(sequence, before) < 0) {
        this.#complain(`${key} went back from ${before} to ${sequence}`);
      }
      this.#sequences.set(key, sequence);
    }
  }

  async #history(key: string): Promise<void> {
    const path = `/api/v1/breakers/${encodeURIComponent(key)}/transitions?limit=${KEPT}`;
    const life = this.#life;
    const answer = await this.#ask<TransitionList>(path);
    if (answer === null) return;
    const before = life === this.#life ? (this.histories.get(key) ?? []) : [];
    const now = answer.transitions;
    this.histories.set(key, now);
    const changed = before.find((transition, at) => !isDeepStrictEqual(transition, now[at]));
    // A full one loses its oldest.
    if (now.length < KEPT && changed !== undefined) {
      this.#complain(`${key}: the transition ${changed.sequence} changed or is gone`);
    }
    const fallen = now.find((each, at) => {
      return at > 0 && compareSequence(each.sequence, now[at - 1]!.sequence) <= 0;
    });
    if (fallen !== undefined) this.#complain(`${key}: ${fallen.sequence} is out of order`);
  }

  #complain(what: string): void {
    this.problems.push(`${this.name} at ${new Date().toISOString()}: ${what}`);
  }
}
