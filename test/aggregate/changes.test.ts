import { describe, expect, test } from 'vitest';
import { chainOf, keyOf, linkOf } from '../../src/aggregate/changes/chain.ts';
import { Changes } from '../../src/aggregate/changes/changes.ts';
import { decodeChanges, encodeChanges } from '../../src/aggregate/changes/codec.ts';
import { Fold } from '../../src/aggregate/fold.ts';
import { part, T0_MS } from './events.ts';

const link = (from: number, to: number, offset: number) => ({ from, to, offset });

describe('a chain of changes', () => {
  test('covers what is asked for, and nothing twice, whatever a fenced owner left', () => {
    const links = [link(0, 4, 0), link(4, 9, 1), link(4, 6, 2), link(6, 9, 3), link(9, 12, 4)];
    const chain = chainOf(links, 2, 12)!.map(({ offset }) => offset);
    expect(chain).toEqual([0, 2, 3, 4]);
  });

  test('is none where a link is missing, or ends beyond what is asked for', () => {
    expect(chainOf([link(0, 4, 0), link(5, 9, 1)], 0, 9)).toBeNull();
    expect(chainOf([link(0, 4, 0)], 0, 3)).toBeNull();
    expect(chainOf([], 0, 3)).toBeNull();
    expect(chainOf([], 3, 3)).toEqual([]);
    expect(chainOf([link(0, 4, 0), link(4, 4, 1)], 0, 4)).toEqual([link(0, 4, 0)]);
  });

  test('knows its links by their keys, and no others', () => {
    expect(linkOf(keyOf({ from: 3, to: 5 }), 9)).toEqual(link(3, 5, 9));
    for (const key of [null, '', '0', '0:3-5', '2:3', '2:3-5x', '2:-3-5', '1:3-5']) {
      expect(linkOf(key, 9)).toBeNull();
    }
  });
});

describe('changes', () => {
  const noted = () => {
    const changes = new Changes();
    const fold = new Fold({ partition: 0, changes });
    const facts = Array.from({ length: 300 }, (_, i) => ({
      atMs: T0_MS - 200 * i,
      destination: i % 3 === 0 ? 'reviews' : 'ratings',
      durationUs: i * 1_000,
      fingerprint: BigInt(i + 1),
    }));
    changes.begin(5);
    fold.apply({ offset: 5, time: T0_MS }, { kind: 'parts', parts: [part(facts)] });
    return { changes, fold };
  };

  test('are the same once they were encoded and decoded', () => {
    const { changes, fold } = noted();
    const changed = changes.upTo(fold.offset);
    expect(changed).toMatchObject({ from: 5, to: 6, since: T0_MS / 1_000 - 60 });
    expect(changed.places).toHaveLength(2);
    expect(changed.ids.map(({ words }) => words.length / 2)).toEqual([1, 300, 0]);
    expect(decodeChanges(encodeChanges(changed))).toEqual(changed);
  });

  test('begin anew when they were taken', () => {
    const { changes, fold } = noted();
    changes.begin(fold.offset);
    expect(changes.bytes).toBe(0);
    fold.apply({ offset: 6, time: T0_MS }, { kind: 'parts', parts: [part([{ atMs: T0_MS }])] });
    const { places, place } = changes.upTo(fold.offset);
    expect(places).toEqual([
      { destination: 'reviews', source: 'frontend', subset: null, cluster: null },
    ]);
    expect([...place]).toEqual([0]);
  });

  test('that are damaged, cut or none are told apart from whole ones', () => {
    const { changes, fold } = noted();
    const bytes = encodeChanges(changes.upTo(fold.offset));
    const damaged = bytes.slice();
    damaged[bytes.length >> 1]! ^= 1;
    for (const value of [damaged, bytes.subarray(0, -1), new Uint8Array(), null]) {
      expect(decodeChanges(value)).toBeNull();
    }
  });
});
