import { z } from '@hono/zod-openapi';

export const health = z.object({ status: z.literal('ok'), version: z.string() }).openapi('Health');

export const ready = z
  .object({
    status: z.literal('ready'),
    standby: z
      .array(z.string())
      .optional()
      .openapi({ description: 'Roles that stand by, as long as another process does their work.' }),
  })
  .openapi('Ready');

export const notReady = z
  .object({
    status: z.literal('not_ready'),
    missing: z.array(
      z.object({
        part: z.string().openapi({ description: '`views` or a role.', example: 'views' }),
        why: z.string(),
      }),
    ),
  })
  .openapi('NotReady');
