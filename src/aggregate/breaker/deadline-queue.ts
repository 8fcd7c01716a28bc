/**
 * Who waits for which event time, soonest first, so that an outage of thousands of breakers is not gone through whole
 * for each of them. Deadlines may move behind its back as long as they move later: they are asked again before they
 * count. Those of one time come in the order of `isBefore`, so that a restored queue gives the same order.
 */
export class DeadlineQueue<T> {
  readonly #deadlineOf: (item: T) => number | null;
  readonly #isBefore: (a: T, b: T) => boolean;
  /** A binary heap. Only the entry that `#queued` names counts; others of its item are left over. */
  readonly #heap: Entry<T>[] = [];
  readonly #queued = new Map<T, Entry<T>>();

  constructor(deadlineOf: (item: T) => number | null, isBefore: (a: T, b: T) => boolean) {
    this.#deadlineOf = deadlineOf;
    this.#isBefore = isBefore;
  }

  /** To be called when an item's deadline may have come nearer. */
  changed(item: T): void {
    const us = this.#deadlineOf(item);
    if (us === null || us >= (this.#queued.get(item)?.us ?? Infinity)) return;
    const entry = { us, item };
    this.#queued.set(item, entry);
    this.#push(entry);
  }

  /** The soonest deadline, µs; null when nobody waits. */
  get nextUs(): number | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const { us, item } = top;
      const counts = this.#queued.get(item) === top;
      if (counts && this.#deadlineOf(item) === us) return us;
      this.#pop();
      if (!counts) continue;
      this.#queued.delete(item);
      this.changed(item);
    }
    return null;
  }

  /** Takes out who waits soonest, if not longer than until `us`. */
  take(us: number): T | null {
    const next = this.nextUs;
    if (next === null || next > us) return null;
    const { item } = this.#pop();
    this.#queued.delete(item);
    return item;
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      if (!this.#less(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): Entry<T> {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && this.#less(heap[below + 1]!, heap[below]!)) below++;
      if (!this.#less(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return top;
  }

  #less(a: Entry<T>, b: Entry<T>): boolean {
    return a.us < b.us || (a.us === b.us && this.#isBefore(a.item, b.item));
  }
}

interface Entry<T> {
  us: number;
  item: T;
}
