import { seeded } from '../measure.ts';

/** One dependency of a mesh, and its share of all calls. */
export interface Edge {
  source: string;
  destination: string;
  version: string;
  share: number;
}

/**
 * Services in namespace `shop` that call each other with skew, as Zipf has it: the call of rank n is made in
 * proportion to 1 / (n + 2). Every service is called by one at least. The same for the same numbers.
 */
export function meshOf(services: number, dependencies: number): Edge[] {
  const random = seeded(services * 31 + dependencies);
  const pick = () => Math.floor(random() * services);
  const taken = new Set<string>();
  const edges: Edge[] = [];
  let sum = 0;
  while (edges.length < dependencies) {
    const rank = edges.length;
    const [source, destination] = [pick(), rank < services ? rank : pick()];
    const key = `${source} ${destination}`;
    if (source === destination || taken.has(key)) continue;
    taken.add(key);
    sum += 1 / (rank + 2);
    edges.push({
      source: `service-${source}`,
      destination: `service-${destination}`,
      version: `v${1 + (rank % 3)}`,
      share: 1 / (rank + 2),
    });
  }
  return edges.map((edge) => ({ ...edge, share: edge.share / sum }));
}

/** Draws edges in proportion to their shares. */
export function drawing(edges: readonly Edge[], random: () => number): () => Edge {
  const upTo: number[] = [];
  let sum = 0;
  for (const { share } of edges) {
    sum += share;
    upTo.push(sum);
  }
  return () => {
    const at = random() * sum;
    let [low, high] = [0, edges.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return edges[low]!;
  };
}

/** Whether the service that fails now and then does so: for 20 s of every 90, long enough for a breaker to come back. */
export function outageAt(ms: number): boolean {
  return ms % 90_000 < 20_000;
}

/** That service: not the busiest, but with calls enough to be judged. */
export function victimOf(edges: readonly Edge[]): string {
  return edges[Math.min(10, edges.length - 1)]!.destination;
}
