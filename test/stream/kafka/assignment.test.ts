import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assign, type Member } from '../../../src/stream/kafka/assignment.ts';

const memberIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 9,
});
const owned = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });
const groups = memberIds.chain((ids) =>
  fc.tuple(...ids.map((id) => owned.map((partitions): Member => ({ id, owned: partitions })))),
);
const counts = fc.integer({ min: 1, max: 40 });

test('every partition has one owner, and no member has two more than another', () => {
  fc.assert(
    fc.property(groups, counts, (members, count) => {
      const given = assign(members, count);
      expect([...given.keys()].sort()).toEqual(members.map(({ id }) => id).sort());
      const all = [...given.values()].flat().sort((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: count }, (_, partition) => partition));
      const sizes = [...given.values()].map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('the order in which members come is of no importance', () => {
  fc.assert(
    fc.property(groups, counts, (members, count) => {
      const there = [...assign(members, count)].sort();
      const back = [...assign([...members].reverse(), count)].sort();
      expect(back).toEqual(there);
    }),
  );
});

test('when one comes or goes, all others keep what is within their share', () => {
  fc.assert(
    fc.property(memberIds, counts, fc.boolean(), (ids, count, comes) => {
      const before = assign(
        ids.map((id) => ({ id, owned: [] })),
        count,
      );
      const stay = comes ? ids : ids.slice(1);
      if (stay.length === 0) return;
      const next = stay.map((id): Member => ({ id, owned: before.get(id)! }));
      const after = assign(comes ? [...next, { id: 'the new one', owned: [] }] : next, count);
      const share = Math.ceil(count / after.size);
      for (const id of stay) {
        const kept = after.get(id)!.filter((partition) => before.get(id)!.includes(partition));
        expect(kept.length).toBeGreaterThanOrEqual(
          Math.min(before.get(id)!.length, Math.floor(count / after.size)),
        );
        expect(after.get(id)!.length).toBeLessThanOrEqual(share);
      }
    }),
  );
});
