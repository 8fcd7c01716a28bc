import { expect, test } from 'vitest';
import { PlaceTable } from '../../src/aggregate/place-table.ts';

test('a place is found by its three names, and null is a name like others', () => {
  const places = new PlaceTable<string>(10);
  places.add('reviews', 'frontend', null, 'any subset');
  places.add('reviews', 'frontend', 'v2', 'v2');
  places.add('reviews', null, null, 'unknown caller');
  expect(places.get('reviews', 'frontend', null)).toBe('any subset');
  expect(places.get('reviews', 'frontend', 'v2')).toBe('v2');
  expect(places.get('reviews', null, null)).toBe('unknown caller');
  expect(places.get(null, 'frontend', null)).toBeUndefined();
  places.clear();
  expect(places.get('reviews', null, null)).toBeUndefined();
});

test('it begins anew when it is full', () => {
  const places = new PlaceTable<number>(2);
  for (const place of [0, 1, 2]) places.add(`s${place}`, null, null, place);
  expect([0, 1, 2].map((place) => places.get(`s${place}`, null, null))).toEqual([
    undefined,
    undefined,
    2,
  ]);
});
