import type { Config } from './config.ts';

/** Base of the links in messages: the page of `public_url`, else of this process; null: it has none. */
export function linkBase({ publicUrl, roles }: Config, url: string): string | null {
  return publicUrl ?? (roles.includes('api') ? url : null);
}

/** For who runs it, where messages are sent without links; else null. */
export function missingLinks(config: Config): string | null {
  const { notify, roles } = config;
  if (notify.slack === null || !roles.includes('notify')) return null;
  if (linkBase(config, 'this process') !== null) return null;
  return 'public_url is off: messages carry no link; set it to the address of the page';
}
