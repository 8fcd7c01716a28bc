import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonObjectsIn } from '../../../src/stream/kafka-rest/json-objects.ts';

const objects = fc.array(
  fc.dictionary(fc.string(), fc.jsonValue()).map((object) => ({ ...object })),
  { maxLength: 6 },
);
const gap = fc.constantFrom('', ' ', '\n', '\r\n');

test('however concatenated JSON is cut, the objects that are whole come out', () => {
  fc.assert(
    fc.property(objects, gap, fc.nat(), (given, between, seed) => {
      const texts = given.map((object) => JSON.stringify(object) + between);
      const whole = texts.join('');
      expect(jsonObjectsIn(whole)).toEqual(given.map(plain));
      const cut = seed % (whole.length + 1);
      let end = 0;
      const before = texts.filter((text) => {
        const isBefore = end + text.length - between.length <= cut;
        end += text.length;
        return isBefore;
      });
      expect(jsonObjectsIn(whole.slice(0, cut))).toEqual(given.slice(0, before.length).map(plain));
    }),
  );
});

test('nothing comes out from where it is no JSON any more', () => {
  expect(jsonObjectsIn('<html>{}</html>')).toEqual([]);
  expect(jsonObjectsIn('{"a":1}{b}{"c":1}')).toEqual([{ a: 1 }]);
  expect(jsonObjectsIn('{"a":1}}{"c":1}')).toEqual([{ a: 1 }]);
  expect(jsonObjectsIn('')).toEqual([]);
});

const plain = (object: object) => JSON.parse(JSON.stringify(object)) as object;
