/** Loaded before `meshpulse serve`: tells the bench what the process has used so far. */
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss } = process.memoryUsage();
  process.send?.({ cpuSeconds: (user + system) / 1e6, rss });
});
// The bench's channel must not keep the server alive.
process.channel?.unref();

export interface Usage {
  cpuSeconds: number;
  /** Bytes. */
  rss: number;
}
