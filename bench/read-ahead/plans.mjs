// What is measured: under each condition of the network, several settings of the reader.
import { KEYS } from './provide-objects.mjs';

const CONDITIONS = {
  loopback: { direct: true },
  proxy: {},
  '5 ms': { latencyMs: 5 },
  '30 ms': { latencyMs: 30 },
  '100 ms': { latencyMs: 100 },
  '25 MB/s': { megabytesPerSecond: 25 },
  '85 MB/s': { megabytesPerSecond: 85 },
  '85 MB/s, 30 ms': { megabytesPerSecond: 85, latencyMs: 30 },
  '25 MB/s, 100 ms': { megabytesPerSecond: 25, latencyMs: 100 },
};

/** `connections` GETs of each object at once; the worker has buffers for as many as may use one. */
function setting(connections, more = {}) {
  const objects = more.keys?.length ?? 1;
  const buffers = Math.max(connections - 2, 0);
  const gets = connections === 1 ? '1 GET' : `${connections} GETs`;
  return { name: objects === 1 ? gets : `${objects} objects, ${gets} each`, connections, buffers, ...more };
}

/** One GET for all of it, against which chunks asked for ahead are compared. */
const LONG_GET = { ...setting(1, { chunkSizeBytes: 1_000_000_000 }), name: '1 GET of the whole object' };

function plan(titles, settings, sizeBytes, more = {}) {
  return titles.map((title) => ({
    title: [
      ...Object.entries(more).map(([name, value]) => (name === 'memoryMB' ? `${value} MB` : value)),
      title,
    ].join(', '),
    condition: { ...CONDITIONS[title], ...more },
    settings: settings.map((one) => ({ sizeBytes, ...one })),
  }));
}

const connections = (...counts) => counts.map((count) => setting(count));

const manyObjects = [1, 2, 4, 8].flatMap((objects) =>
  [1, 2, 4].map((count) =>
    setting(count, { keys: KEYS.slice(0, objects), sizeBytes: 800_000_000 / Math.max(objects, 4) }),
  ),
);

const IN_CLASS = [
  setting(1),
  setting(2),
  setting(4),
  setting(1, { keys: KEYS.slice(0, 2), sizeBytes: 100_000_000 }),
  setting(2, { keys: KEYS.slice(0, 2), sizeBytes: 100_000_000 }),
];

export const PLANS = {
  'one-object': [
    ...plan(
      ['loopback', '5 ms', '30 ms', '100 ms', '85 MB/s', '85 MB/s, 30 ms'],
      [...connections(1, 2, 4, 8), LONG_GET],
      400_000_000,
    ),
    ...plan(['25 MB/s', '25 MB/s, 100 ms'], [...connections(1, 2, 4, 8), LONG_GET], 200_000_000),
  ],
  'many-objects': plan(['loopback', '85 MB/s, 30 ms'], manyObjects),
  https: plan(['loopback', '85 MB/s, 30 ms'], connections(1, 2, 4, 8), 400_000_000, { protocol: 'https' }),
  classes: [128, 256, 512, 1024].flatMap((memoryMB) =>
    plan(
      ['85 MB/s, 30 ms'],
      IN_CLASS.map((one) => ({ ...one, chunkSizeBytes: memoryMB === 128 ? 10_000_000 : 20_000_000 })),
      memoryMB === 128 ? 100_000_000 : 200_000_000,
      { protocol: 'https', memoryMB },
    ),
  ),
};
