import type { Alert } from '../model/alert.ts';
import type { Sequence, Transition } from '../model/breaker.ts';

/** What a view learnt. A `state` names the service only, `delays` nothing: read the newest from the views. */
export type ViewChange =
  | { kind: 'state'; service: string; sequence: Sequence }
  | { kind: 'transition'; transition: Transition }
  | { kind: 'alert'; alert: Alert }
  /** Other partitions are delayed than before, or for another reason. */
  | { kind: 'delays' };

export interface ViewListener {
  /** Called in order, must not block or throw. */
  changed(change: ViewChange): void;
  /** The views are closing: there will be no more changes. */
  closed(): void;
}

/** Hands every change to whoever listens. Keeps nothing itself. */
export class ChangeFeed {
  readonly #listeners = new Set<ViewListener>();
  #closed = false;

  subscribe(listener: ViewListener): () => void {
    if (this.#closed) listener.closed();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(change: ViewChange): void {
    for (const listener of this.#listeners) listener.changed(change);
  }

  close(): void {
    this.#closed = true;
    for (const listener of this.#listeners) listener.closed();
    this.#listeners.clear();
  }
}
