import type { Transition } from '../model/breaker.ts';
import { AlertBook } from './alert-book.ts';
import { DeadlineQueue } from './breaker/deadline-queue.ts';
import type { Step } from './breaker/service-breakers.ts';
import type { Outputs } from './outputs.ts';
import type { Publisher } from './publisher.ts';
import type { Service } from './service.ts';
import { transitionOf } from './transition.ts';

/** What the breakers of all services do: who of them waits for which time, and what is published when they move. */
export class Moves {
  readonly alerts = new AlertBook();
  readonly #publisher: Publisher;
  readonly #deadlines = new DeadlineQueue<Service>(
    ({ breakers }) => breakers.deadlineUs,
    (a, b) => a.name < b.name,
  );

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** The next event time at which a breaker moves by itself, µs; null when none waits. */
  get deadlineUs(): number | null {
    return this.#deadlines.nextUs;
  }

  /** A service may wait for a nearer time than before. */
  waits(service: Service): void {
    service.breakers.nearer = false;
    this.#deadlines.changed(service);
  }

  /** The watermark is at `us`: lets the breakers move that waited for it. */
  passed(us: number, outputs: Outputs, appendMs: number): void {
    const next = () => this.#deadlines.take(us);
    for (let service = next(); service !== null; service = next()) {
      this.publish(service, service.breakers.passed(us), outputs, appendMs);
    }
  }

  /** Publishes what a service's breakers did, and the alerts it makes. */
  publish(service: Service, steps: readonly Step[], outputs: Outputs, appendMs: number): void {
    for (const step of steps) {
      const value: Transition = transitionOf(step, outputs.sequence, appendMs);
      step.tracked.last = value.sequence;
      outputs.push({ topic: 'transitions', key: service.name, value });
      const alert = this.alerts.apply(value);
      if (alert === null) continue;
      const sequenced = { ...alert, sequence: outputs.sequence };
      outputs.push({ topic: 'alerts', key: alert.key, value: sequenced });
    }
    service.dirty = true;
    service.moved = true;
    this.#publisher.moved = true;
    this.waits(service);
  }
}
