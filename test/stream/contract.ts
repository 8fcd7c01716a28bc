import { describe } from 'vitest';
import { followContract } from './contract/follow.ts';
import { modelContract } from './contract/model.ts';
import { retentionContract } from './contract/retention.ts';
import { sinkContract } from './contract/sink.ts';
import { sourceContract } from './contract/source.ts';
import { subscribeContract } from './contract/subscribe.ts';
import type { StreamFactory } from './contract/under-test.ts';

/** Every clause of the comments of `sink.ts` and `source.ts`, for one adapter. */
export function streamContract(name: string, factory: StreamFactory): void {
  describe(name, () => {
    sinkContract(factory);
    sourceContract(factory);
    subscribeContract(factory);
    followContract(factory);
    retentionContract(factory);
    modelContract(factory);
  });
}
