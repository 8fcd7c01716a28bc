import { describe, expect, test } from 'vitest';
import { serviceState as publishedState } from '../../src/views/published.ts';
import { QUIET_MS, ServiceTable } from '../../src/views/services.ts';
import { dependency, NO_WINDOWS, NOW, serviceState } from './published-records.ts';

const names = (table: ServiceTable, asOf: number | null = NOW) =>
  table.list(asOf).map(({ service }) => service);

test('a state that is not newer than the one held is ignored, so readers never go backwards', () => {
  const table = new ServiceTable(10);
  expect(table.apply(serviceState({ sequence: [7, 1], lastSeen: NOW - 1 }))).toBe(true);
  expect(table.apply(serviceState({ sequence: [7, 1], lastSeen: NOW - 2 }))).toBe(false);
  expect(table.apply(serviceState({ sequence: [7, 0], lastSeen: NOW - 3 }))).toBe(false);
  expect(table.apply(serviceState({ sequence: [6, 9], lastSeen: NOW - 4 }))).toBe(false);
  expect(table.get('reviews.shop', NOW)?.lastSeen).toBe(NOW - 1);
  expect(table.apply(serviceState({ sequence: [7, 2], lastSeen: NOW - 5 }))).toBe(true);
  expect(table.get('reviews.shop', NOW)?.lastSeen).toBe(NOW - 5);
});

test('a state of before there were clusters is one without', () => {
  const { clusters, failovers, ...older } = serviceState();
  expect([clusters, failovers]).not.toContainEqual([]);
  expect(publishedState.parse(older)).toEqual({ ...older, clusters: [], failovers: [] });
});

test('services are listed by name in code-unit order, names that look like object members included', () => {
  const table = new ServiceTable(10);
  for (const service of ['b', '__proto__', 'a', 'constructor', 'B']) {
    table.apply(serviceState({ service }));
  }
  expect(names(table)).toEqual(['B', '__proto__', 'a', 'b', 'constructor']);
  expect(table.get('toString', NOW)).toBe(null);
});

describe('a service vanishes', () => {
  const long = NOW - QUIET_MS - 1;

  test('when it was quiet for over an hour and its windows are empty', () => {
    const table = new ServiceTable(10);
    table.apply(serviceState({ lastSeen: long, windows: NO_WINDOWS }));
    expect(names(table)).toEqual([]);
    expect(table.get('reviews.shop', NOW)).toBe(null);
  });

  test('but not at exactly an hour, nor while a window still has requests', () => {
    const table = new ServiceTable(10);
    table.apply(serviceState({ service: 'a', lastSeen: NOW - QUIET_MS, windows: NO_WINDOWS }));
    table.apply(serviceState({ service: 'b', lastSeen: long }));
    expect(names(table)).toEqual(['a', 'b']);
  });

  test('when the stream went on for an hour without a newer state of it', () => {
    const table = new ServiceTable(10);
    table.apply(serviceState());
    expect(names(table, NOW + QUIET_MS)).toEqual(['reviews.shop']);
    expect(names(table, NOW + QUIET_MS + 1)).toEqual([]);
    expect(names(table, null)).toEqual(['reviews.shop']);
  });

  test('from memory too, when the table is swept', () => {
    const table = new ServiceTable(10);
    table.apply(serviceState({ sequence: [9, 0], lastSeen: long, windows: NO_WINDOWS }));
    expect(table.apply(serviceState({ sequence: [8, 0] }))).toBe(false);
    table.sweep(NOW);
    expect(table.apply(serviceState({ sequence: [8, 0] }))).toBe(true);
  });

  test('and so does a caller that was quiet as long, while its service stays', () => {
    const table = new ServiceTable(10);
    const quiet = dependency({ source: 'gone.shop', lastSeen: long, windows: NO_WINDOWS });
    table.apply(serviceState({ callers: [quiet, dependency()] }));
    expect(table.dependencies(NOW).map(({ state }) => state.source)).toEqual(['frontend.shop']);
  });
});

test('a full table makes room by forgetting the service that has been quiet longest', () => {
  const table = new ServiceTable(2);
  table.apply(serviceState({ service: 'a', lastSeen: NOW - 100 }));
  table.apply(serviceState({ service: 'b', lastSeen: NOW - 300 }));
  table.apply(serviceState({ service: 'c', lastSeen: NOW - 200 }));
  expect(names(table)).toEqual(['a', 'c']);
});

test('dependencies come by destination, then source, the unknown source first', () => {
  const table = new ServiceTable(10);
  const to = (destination: string, sources: (string | null)[]) =>
    serviceState({
      service: destination,
      callers: sources.map((source) => dependency({ source, destination })),
    });
  table.apply(to('b', ['y', null, 'x']));
  table.apply(to('a', ['z']));
  expect(table.dependencies(NOW).map(({ state }) => [state.source, state.destination])).toEqual([
    ['z', 'a'],
    [null, 'b'],
    ['x', 'b'],
    ['y', 'b'],
  ]);
});
