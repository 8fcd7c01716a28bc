import * as z from 'zod';

/** A setting is wrong or missing. The message names every such setting, and repeats no value: some are secrets. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

/** Bindings or environment variables, of which others may be there too. @throws WrongSettings */
export function readSettings<T extends z.ZodType>(schema: T, env: unknown): z.output<T> {
  const read = schema.safeParse(env);
  if (read.success) return read.data;
  throw new WrongSettings(z.prettifyError(read.error));
}

export const count = z.coerce.number().int().positive();

export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
