/** Tells of signals that ask the process to end, until the returned function is called. */
export type Signals = (heard: (signal: NodeJS.Signals) => void) => () => void;

const ENDING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

export const processSignals: Signals = (heard) => {
  for (const signal of ENDING) process.on(signal, heard);
  return () => {
    for (const signal of ENDING) process.off(signal, heard);
  };
};
