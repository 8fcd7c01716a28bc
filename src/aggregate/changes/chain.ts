/** A record of the `changes` topic: what it covers, by its key, and where it is. */
export interface Link {
  /** Offsets of `requests` [from, to). */
  from: number;
  to: number;
  offset: number;
}

const CHANGES_VERSION = 2;

export const keyOf = ({ from, to }: { from: number; to: number }) =>
  `${CHANGES_VERSION}:${from}-${to}`;

/** Null where the key is not one of {@link keyOf}, or of another version. */
export function linkOf(key: string | null, offset: number): Link | null {
  const found = /^(\d+):(\d+)-(\d+)$/.exec(key ?? '');
  const [version, from, to] = (found?.slice(1) ?? []).map(Number);
  return version === CHANGES_VERSION ? { from: from!, to: to!, offset } : null;
}

/**
 * The links that together cover all of [from, to), and nothing twice, oldest first; null when none do. An owner that was
 * fenced off may have left some that overlap those of its successor: of those that end together the newest is taken.
 */
export function chainOf(links: readonly Link[], from: number, to: number): Link[] | null {
  const byEnd = new Map<number, Link>();
  for (const link of links) if (link.from < link.to) byEnd.set(link.to, link);
  const chain: Link[] = [];
  for (let end = to; end > from; ) {
    const link = byEnd.get(end);
    if (link === undefined) return null;
    chain.unshift(link);
    end = link.from;
  }
  return chain;
}
