import { compareSequence, type Transition } from '../model/breaker.ts';

/**
 * Transitions by breaker key in sequence order, each (key, sequence) once. Bounded per key and over all; the
 * oldest to arrive go first.
 */
export class TransitionLog {
  readonly #byKey = new Map<string, Transition[]>();
  readonly #keysOf = new Map<string, Set<string>>();
  /** In order of arrival. */
  readonly #all = new Set<Transition>();
  readonly #maxPerKey: number;
  readonly #max: number;

  constructor(maxPerKey: number, max: number) {
    this.#maxPerKey = maxPerKey;
    this.#max = max;
  }

  /** False when it was there already, or is older than everything a full key holds. */
  apply(transition: Transition): boolean {
    const list = this.#listOf(transition);
    let at = list.length;
    while (at > 0 && compareSequence(list[at - 1]!.sequence, transition.sequence) > 0) at--;
    if (at > 0 && compareSequence(list[at - 1]!.sequence, transition.sequence) === 0) return false;
    if (at === 0 && list.length >= this.#maxPerKey) return false;
    list.splice(at, 0, transition);
    this.#all.add(transition);
    if (list.length > this.#maxPerKey) this.#all.delete(list.shift()!);
    if (this.#all.size > this.#max) this.#forgetOldest();
    return true;
  }

  /** In sequence order; empty when the key never moved, or what it did is no longer kept. */
  of(key: string): readonly Transition[] {
    return this.#byKey.get(key) ?? [];
  }

  last(key: string): Transition | null {
    return this.of(key).at(-1) ?? null;
  }

  /** The newest transition of each breaker that watches this service. */
  lastOf(destination: string): Transition[] {
    return [...(this.#keysOf.get(destination) ?? [])].map((key) => this.last(key)!);
  }

  get size(): number {
    return this.#all.size;
  }

  #listOf({ key, destination }: Transition): Transition[] {
    let list = this.#byKey.get(key);
    if (!list) {
      list = [];
      this.#byKey.set(key, list);
      const keys = this.#keysOf.get(destination) ?? new Set();
      this.#keysOf.set(destination, keys.add(key));
    }
    return list;
  }

  #forgetOldest(): void {
    const [oldest] = this.#all;
    if (!oldest) return;
    this.#all.delete(oldest);
    const list = this.#byKey.get(oldest.key)!;
    list.splice(list.indexOf(oldest), 1);
    if (list.length > 0) return;
    this.#byKey.delete(oldest.key);
    const keys = this.#keysOf.get(oldest.destination);
    keys?.delete(oldest.key);
    if (keys?.size === 0) this.#keysOf.delete(oldest.destination);
  }
}
