import { describe } from 'vitest';
import { followContract } from './contract/follow.ts';
import { modelContract } from './contract/model.ts';
import { oneProcessContract } from './contract/one-process.ts';
import { retentionContract } from './contract/retention.ts';
import { sinkContract } from './contract/sink.ts';
import { sourceContract } from './contract/source.ts';
import { subscribeContract } from './contract/subscribe.ts';
import type { StreamFactory } from './contract/under-test.ts';

/** Every clause of the comments of `sink.ts` and `source.ts`, for one adapter of the embedded stream. */
export function streamContract(name: string, factory: StreamFactory): void {
  describe(name, () => {
    sharedContract(factory);
    oneProcessContract(factory);
    retentionContract(factory);
  });
}

/** What every adapter promises, those too whose clock and retention are not ours. */
export function sharedContract(factory: StreamFactory): void {
  sinkContract(factory);
  sourceContract(factory);
  subscribeContract(factory);
  followContract(factory);
  modelContract(factory);
}
