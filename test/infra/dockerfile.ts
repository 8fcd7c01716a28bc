/** One instruction of a Dockerfile, continued lines joined. */
export interface Instruction {
  keyword: string;
  /** `--name=value` in front of its words. */
  flags: Record<string, string>;
  /** JSON arrays are taken apart; else the words. */
  words: string[];
  /** As it is written, without keyword and flags. */
  text: string;
}

/** As far as ours goes: no variables, heredocs or stages. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ');
  return lines.split('\n').filter(Boolean).map(instruction);
}

export function instruction(line: string): Instruction {
  const [, keyword = '', said = ''] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let rest = said.trim();
  for (let flag = FLAG.exec(rest); flag !== null; flag = FLAG.exec(rest)) {
    flags[flag[1]!] = flag[2]!;
    rest = rest.slice(flag[0].length);
  }
  const isJson = rest.startsWith('[');
  return {
    keyword,
    flags,
    words: isJson ? (JSON.parse(rest) as string[]) : rest.split(/\s+/),
    text: rest,
  };
}

const FLAG = /^--([a-z-]+)=(\S+)\s+/;

/** The words of the last instruction of a kind, which is the one that counts; null: there is none. */
export function lastOf(instructions: readonly Instruction[], keyword: string): string[] | null {
  return instructions.findLast((one) => one.keyword === keyword)?.words ?? null;
}

interface Manifest {
  optionalDependencies: Record<string, string>;
}

/** What is wrong with an image whatever is in it; empty: nothing. */
export function problemsOf(instructions: readonly Instruction[], manifest: Manifest): string[] {
  const [from] = lastOf(instructions, 'FROM') ?? [''];
  const inImage = /^node:(\d+)-slim$/.exec(from ?? '')?.[1];
  const ours = new Set(
    Object.values(manifest.optionalDependencies).map((version) => version.split('.')[0]),
  );
  const user = lastOf(instructions, 'USER')?.[0] ?? '0';
  const [word, command] = lastOf(instructions, 'HEALTHCHECK') ?? [];
  const problems: string[] = [];
  if (inImage === undefined) problems.push(`FROM is ${from}, not node:<major>-slim`);
  else if (ours.size !== 1 || !ours.has(inImage)) {
    problems.push(`FROM has Node ${inImage}, package.json brings ${[...ours].join(', ')}`);
  }
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(user)) problems.push(`USER is ${user}: root, or no number`);
  if (word !== 'CMD' || command === undefined) problems.push('HEALTHCHECK is none');
  return problems;
}
