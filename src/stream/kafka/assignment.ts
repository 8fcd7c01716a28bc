/** A member of a group, and the partitions it has now. */
export interface Member {
  id: string;
  owned: readonly number[];
}

/**
 * Shares partitions 0 to `count` out evenly; a member keeps of what it has as many as are its share, because another one
 * would have to re-read the stream for them. The same for the same members, in whatever order they come.
 */
export function assign(members: readonly Member[], count: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const given = new Map(sorted.map(({ id }) => [id, [] as number[]]));
  const claims = new Map<number, string>();
  for (const { id, owned } of sorted) {
    for (const partition of owned) if (!claims.has(partition)) claims.set(partition, id);
  }
  const least = Math.floor(count / sorted.length);
  let larger = count % sorted.length;
  const free: number[] = [];
  for (let partition = 0; partition < count; partition++) {
    const own = given.get(claims.get(partition) ?? '');
    if (own === undefined || own.length > least || (own.length === least && larger === 0)) {
      free.push(partition);
      continue;
    }
    if (own.length === least) larger--;
    own.push(partition);
  }
  for (const partition of free) {
    const shares = [...given.values()];
    shares.reduce((a, b) => (b.length < a.length ? b : a)).push(partition);
  }
  for (const own of given.values()) own.sort((a, b) => a - b);
  return given;
}
