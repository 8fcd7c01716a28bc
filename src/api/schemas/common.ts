import { z } from '@hono/zod-openapi';

export const instant = z.iso.datetime().openapi({
  description: 'UTC, RFC 3339 with milliseconds.',
  example: '2026-01-02T03:04:05.678Z',
});

export const sequence = z
  .array(z.number().int())
  .length(2)
  .openapi({
    description:
      'Orders what is said of one key: compare the first numbers, then the second. Grows, with gaps.',
    example: [48211, 3],
    minItems: 2,
    maxItems: 2,
  });

export const rate = z.number().min(0).max(1);
export const count = z.number().int().min(0);

export const asOf = instant.nullable().openapi({
  description:
    'Event time up to which everything has been counted: the oldest watermark over the partitions. Null before the first record.',
});

/** Why a field beside it is null, by the field's name. A field that is not null has none. */
export function nullReasons<F extends string>(fields: Readonly<Record<F, string>>) {
  const shape = Object.fromEntries(
    Object.entries<string>(fields).map(([field, reasons]) => [
      field,
      z.string().optional().openapi({ description: reasons }),
    ]),
  ) as Record<F, z.ZodOptional<z.ZodString>>;
  return z.object(shape).openapi({ description: 'Why a field is null, by its name.' });
}

export const nextCursor = z.string().nullable().openapi({
  description: 'Give it back as `cursor` to read on; null on the last page.',
});

export const limit = (fallback: number, max: number) => {
  const error = `a whole number from 1 to ${max}`;
  return z.coerce
    .number({ error })
    .int({ error })
    .min(1, { error })
    .max(max, { error })
    .default(fallback)
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: max,
      default: fallback,
      description: 'How many at most.',
    });
};

export const cursor = z
  .string()
  .min(1)
  .max(1024)
  .optional()
  .openapi({ description: '`next_cursor` of the page before.' });

/** `.nullable()` on a schema with a name of its own would leave only the reference in the document. */
export function orNull<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.null()]);
}

/** A called service in an answer. */
export const calledService = z.string().nullable().openapi({
  description:
    'Null for all requests whose record names no called service: as a parameter they are `@unknown`. `@other` stands for the names beyond the bound of services.',
  example: 'reviews.shop',
});

/** Longest name of a service is 253; a breaker key holds up to three names. */
export const name = z.string().min(1).max(1024);

export const namespace = z
  .string()
  .min(1)
  .max(253)
  .optional()
  .openapi({ description: 'Only services named `<name>.<namespace>`.', example: 'shop' });
