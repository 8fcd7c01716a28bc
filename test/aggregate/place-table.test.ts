import { expect, test } from 'vitest';
import { PlaceTable } from '../../src/aggregate/place-table.ts';

test('a place is found by its names, and null is a name like others', () => {
  const places = new PlaceTable<string>(10);
  places.add('reviews', 'frontend', null, null, 'any subset');
  places.add('reviews', 'frontend', 'v2', null, 'v2');
  places.add('reviews', null, null, null, 'unknown caller');
  expect(places.get('reviews', 'frontend', null, null)).toBe('any subset');
  expect(places.get('reviews', 'frontend', 'v2', null)).toBe('v2');
  expect(places.get('reviews', null, null, null)).toBe('unknown caller');
  expect(places.get(null, 'frontend', null, null)).toBeUndefined();
  places.clear();
  expect(places.get('reviews', null, null, null)).toBeUndefined();
});

test('places of several clusters are apart, in whatever order they are asked for', () => {
  const places = new PlaceTable<string>(10);
  for (const cluster of ['east', null, 'west']) {
    places.add('reviews', 'frontend', null, cluster, `in ${cluster}`);
  }
  for (const cluster of ['west', 'east', 'east', null, 'west']) {
    expect(places.get('reviews', 'frontend', null, cluster)).toBe(`in ${cluster}`);
  }
  expect(places.get('reviews', 'frontend', null, 'north')).toBeUndefined();
  places.clear();
  for (const cluster of ['west', null]) {
    expect(places.get('reviews', 'frontend', null, cluster)).toBeUndefined();
  }
});

test('it begins anew when it is full', () => {
  const places = new PlaceTable<number>(2);
  for (const place of [0, 1, 2]) places.add(`s${place}`, null, null, null, place);
  expect([0, 1, 2].map((place) => places.get(`s${place}`, null, null, null))).toEqual([
    undefined,
    undefined,
    2,
  ]);
});
