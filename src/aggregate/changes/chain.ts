/** What a record of the `changes` topic covers, by its key. */
export interface Covered {
  /** Offsets of `requests` [from, to). */
  from: number;
  to: number;
  /** The newest minute since the epoch in which an event ended or for which an id is remembered. */
  minute: number;
}

/** Such a record, and where it is. */
export interface Link extends Covered {
  offset: number;
}

const CHANGES_VERSION = 1;

export const keyOf = ({ from, to, minute }: Covered) =>
  `${CHANGES_VERSION}:${from}-${to}:${minute}`;

/** Null where the key is not one of {@link keyOf}, or of another version. */
export function linkOf(key: string | null, offset: number): Link | null {
  const found = /^(\d+):(\d+)-(\d+):(\d+)$/.exec(key ?? '');
  const [version, from, to, minute] = (found?.slice(1) ?? []).map(Number);
  if (version !== CHANGES_VERSION) return null;
  return { from: from!, to: to!, minute: minute!, offset };
}

/**
 * The links that together cover all of [from, to), and nothing twice; null when none do. An owner that
 * was fenced off may have left some that overlap those of its successor.
 */
export function chainOf(links: readonly Link[], from: number, to: number): Link[] | null {
  const byEnd = new Map(links.map((link) => [link.to, link]));
  const chain: Link[] = [];
  for (let end = to; end > from; ) {
    const link = byEnd.get(end);
    if (link === undefined || link.from >= end) return null;
    chain.push(link);
    end = link.from;
  }
  return chain;
}
