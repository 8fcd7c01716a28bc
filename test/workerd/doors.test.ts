import { doorsSuite } from '../receive/doors.suite.ts';

doorsSuite(async (app) => ({
  fetch: async (path, init) => app.fetch(new Request(`http://localhost${path}`, init)),
  close: async () => {},
}));
