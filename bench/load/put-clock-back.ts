/** Loaded before `meshpulse serve`: its clock runs behind by so many ms, to go on with a stream that ended then. */
const behindMs = Number(process.env.BENCH_CLOCK_BEHIND_MS);
const now = Date.now;
Date.now = () => now() - behindMs;
