import { z } from '@hono/zod-openapi';
import { asOf, count, instant, nullReasons, orNull } from './common.ts';

const lag = count.nullable().openapi({
  description: 'Records of `requests` that are not counted yet; null when that is not known.',
});

export const delay = z
  .object({
    partition: count,
    reason: z.enum(['behind', 'not_read', 'stream_unavailable']).openapi({
      description:
        'behind: records are counted, but late; not_read: for seconds nobody was seen to count any, because no aggregate has the partition, or one is re-reading; stream_unavailable: the stream does not say what it has.',
    }),
    seconds: z.number().min(0).openapi({ description: 'For how long something has been missing.' }),
    lag,
  })
  .openapi('Delay');

/** What every list says of its age. */
export const freshness = {
  as_of: asOf,
  delays: z.array(delay).openapi({
    description: 'The partitions of which something is missing for over 5 s; empty when none is.',
  }),
};

/** What is said of one service of such a partition. */
export const delayOrNull = orNull(delay).openapi({
  description: 'What is said here is old; null when it is not.',
});

export const partition = z
  .object({
    partition: count,
    as_of: instant.nullable().openapi({ description: 'Its watermark.' }),
    age_seconds: z.number().min(0).nullable().openapi({
      description:
        'How old that is. Of a silent partition it grows to a minute, and without services for ever.',
    }),
    appended_at: instant.nullable().openapi({
      description: 'When the stream had the last record that is counted.',
    }),
    offset: count.openapi({ description: 'Of the first record that is not counted yet.' }),
    lag,
    services: count,
    dependencies: count,
    delay: delayOrNull,
    null_reasons: nullReasons({
      as_of: 'no_records',
      age_seconds: 'no_records',
      appended_at: 'no_records',
      lag: 'not_known',
    }),
  })
  .openapi('Partition');

export const partitionList = z
  .object({ ...freshness, partitions: z.array(partition) })
  .openapi('PartitionList');
