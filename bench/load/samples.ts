/** Sum of the samples of a family in Prometheus' text format. */
export function total(text: string, family: string): number {
  const samples = text.matchAll(new RegExp(`^${family}(?:\\{.*\\})? (\\S+)$`, 'gm'));
  return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
}
