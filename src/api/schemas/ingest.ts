import { z } from '@hono/zod-openapi';
import { count } from './common.ts';

export const accessLogAnswer = z
  .object({
    records: count.openapi({ description: 'Found in the body.' }),
    accepted: count.openapi({ description: 'Of these, read.' }),
    dead_lettered: z
      .record(z.string(), count)
      .openapi({ description: 'Of these, not readable, by reason.' }),
  })
  .openapi('AccessLogsAnswer');

/** ExportLogsServiceResponse in protobuf's JSON mapping. */
export const otlpAnswer = z
  .object({
    partialSuccess: z
      .object({ rejectedLogRecords: z.string(), errorMessage: z.string() })
      .optional()
      .openapi({ description: 'Absent when every record was read.' }),
  })
  .openapi('OtlpLogsAnswer');

export const rpcStatus = z
  .object({
    code: z.number().int().openapi({ description: 'Of gRPC.' }),
    message: z.string().openapi({ description: 'Begins with the code of docs/failure-modes.md.' }),
  })
  .openapi('RpcStatus');

export const doorError = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      request_id: z.string().openapi({ description: 'Also in the header `X-Request-Id`.' }),
      docs: z.string().openapi({ description: 'Where the code is explained.' }),
    }),
  })
  .openapi('RefusedBody');
