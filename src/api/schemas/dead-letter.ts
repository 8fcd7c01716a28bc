import { z } from '@hono/zod-openapi';
import { instant } from './common.ts';

export const deadLetter = z
  .object({
    received_at: instant,
    provider: z.string(),
    input: z.string().openapi({ description: 'access_logs, otlp_logs or zipkin_spans.' }),
    reason: z.string().openapi({ description: 'Why the record could not be read.' }),
    sample: z.string().openapi({ description: 'The first bytes of the record as text.' }),
  })
  .openapi('DeadLetter');

export const deadLetterList = z
  .object({ dead_letters: z.array(deadLetter) })
  .openapi('DeadLetterList', {
    description: 'Samples only; the counts are in `/metrics`.',
  });
