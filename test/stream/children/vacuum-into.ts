// Backs up a stream that another process has open, as docs/reliability.md says.
import { DatabaseSync } from 'node:sqlite';

const [from, to] = process.argv.slice(2);
const database = new DatabaseSync(from!, { readOnly: true });
console.log('begin');
database.exec(`VACUUM INTO '${to}'`);
database.close();
console.log('done');
