// The import directions of docs/architecture.md. test/layout.test.ts proves that each rule bites.
const { builtinModules } = require('node:module');

const PORTS = '^src/stream/[^/]+[.]ts$';
const LOG = '^src/telemetry/(log|metrics)[.]ts$';
// Of the process's own telemetry, what may run anywhere.
const TELEMETRY = '^src/telemetry/(log|metrics|context|traceparent)[.]ts$';
const folder = (name) => `^src/${name}/`;

/** What each folder may import besides itself. `cli` and `functions` do the wiring and may import everything. */
const MAY_IMPORT = {
  model: [],
  packed: [folder('model')],
  identity: [folder('model')],
  auth: [folder('model')],
  alert: [folder('model')],
  telemetry: [folder('model')],
  stream: [LOG],
  config: [folder('model'), '^src/stream/(record|kafka/(options|topics))[.]ts$'],
  receive: ['model', 'packed', 'auth', 'identity'].map(folder).concat(PORTS, TELEMETRY),
  aggregate: ['model', 'packed', 'alert'].map(folder).concat(PORTS, TELEMETRY),
  views: [folder('model'), PORTS, TELEMETRY],
  notify: [folder('model'), PORTS, TELEMETRY],
  dashboard: [folder('model')],
  api: ['model', 'views', 'auth', 'dashboard'].map(folder).concat(TELEMETRY),
};

const directions = Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
  name: `${name}-imports`,
  severity: 'error',
  comment: `src/${name} may import ${allowed.join(' ') || 'nothing but itself'}`,
  from: { path: folder(name) },
  to: { path: '^(src|functions|test|bench|infra)/', pathNot: [folder(name), ...allowed] },
}));

/** Folders in which each subfolder is an adapter of the same port. */
const adapters = [
  ['stream', 'memory|sqlite|kafka|kafka-rest'],
  ['notify', 'slack|console|webhook'],
].map(([name, kinds]) => ({
  name: `${name}-adapters-apart`,
  severity: 'error',
  comment: 'adapters of one port never import each other; what they share has a folder of its own',
  from: { path: `^src/${name}/(${kinds})/` },
  to: { path: `^src/${name}/(${kinds})/`, pathNot: `^src/${name}/$1/` },
}));

// workerd has these complete enough for us; everything else must be a Web API.
const WORKER_BUILTINS = ['zlib', 'crypto', 'buffer'];
// A lane has sockets besides, and traces go over awaits.
const LANE_BUILTINS = [...WORKER_BUILTINS, 'net', 'tls', 'timers/promises', 'async_hooks'];
const nodeBut = (allowed) =>
  `^(node:)?(${builtinModules
    .map((name) => name.replace(/^node:/, ''))
    .concat('sqlite', 'test', 'sea')
    .filter((name) => !name.startsWith('_') && !allowed.includes(name))
    .join('|')})$`;
const NODE_ONLY = nodeBut(WORKER_BUILTINS);
const OTHER_PACKAGES = '(^|/)node_modules/(?!(hono|zod|kafkajs|@opentelemetry)/)';

module.exports = {
  forbidden: [
    ...directions,
    ...adapters,
    {
      name: 'folder-without-direction',
      severity: 'error',
      comment: 'a new folder under src needs a line in MAY_IMPORT',
      from: { path: '^src/', pathNot: [...Object.keys(MAY_IMPORT), 'cli'].map(folder) },
      to: {},
    },
    {
      name: 'formats-are-pure',
      severity: 'error',
      comment: 'a format turns bytes into request events: identity, model, nothing with I/O',
      from: { path: '^src/receive/formats/' },
      to: {
        path: '^(src/|(node:)?fs|(node:)?net|(node:)?http)',
        pathNot: ['^src/receive/formats/', folder('identity'), folder('model')],
      },
    },
    {
      name: 'nothing-imports-cli',
      severity: 'error',
      from: { path: '^(src|functions)/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nothing-imports-functions',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^functions/' },
    },
    {
      name: 'worker-folders-without-node',
      severity: 'error',
      comment: 'a Worker may bundle these: Web APIs and node:zlib, node:crypto, node:buffer only',
      from: {
        path: [
          ...['model', 'packed', 'identity', 'auth', 'receive'].map(folder),
          '^src/stream/(memory|embedded|kafka-rest)/',
          PORTS,
          TELEMETRY,
        ],
      },
      to: { path: NODE_ONLY },
    },
    {
      name: 'worker-reaches-no-node',
      severity: 'error',
      from: { path: '^functions/(worker|lane)[.]ts$' },
      to: { path: nodeBut(LANE_BUILTINS), reachable: true },
    },
    {
      name: 'worker-reaches-few-packages',
      severity: 'error',
      from: { path: '^functions/(worker|lane)[.]ts$' },
      to: {
        path: OTHER_PACKAGES,
        reachable: true,
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(src|functions)/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'a file that no entry point reaches is dead, or wired nowhere',
      from: { path: '^(src/cli/main[.]ts|functions/[^/]+[.]ts)$' },
      to: {
        path: '^src/',
        // The stream in memory is the one that tests and benches compare with.
        pathNot:
          '[.]mjs$|[.]d[.]ts$|^src/cli/main[.]ts$|^src/dashboard/static/|^src/stream/memory/',
        reachable: false,
      },
    },
    {
      name: 'dependencies-are-declared',
      severity: 'error',
      comment:
        'what src imports stands under dependencies in package.json (docs/dependencies.md says why)',
      from: { path: '^(src|functions)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: { path: '^(src|functions)/' },
      to: { couldNotResolve: true, pathNot: '^cloudflare:' },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
