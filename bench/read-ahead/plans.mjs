// What is measured: under each condition of the network, several settings of the reader.
import { KEYS } from './provide-objects.mjs';

/** GETs of one object at once, and the chunks read ahead into memory. */
function setting(connections, buffers, more = {}) {
  const objects = more.keys?.length ?? 1;
  const name = `${objects === 1 ? '' : `${objects} objects, `}${connections} GETs${
    buffers === 0 ? '' : `, ${buffers} in memory`
  }`;
  return { name, connections, buffers, ...more };
}

/** Long enough for some seconds, and for more chunks than connections. */
const SIZE = { sizeBytes: 400_000_000 };
const ONE_OBJECT = [
  setting(1, 0, SIZE),
  setting(2, 0, SIZE),
  setting(2, 1, SIZE),
  setting(4, 3, SIZE),
  setting(8, 7, SIZE),
];

const many = (count, connections, buffers) =>
  setting(connections, buffers, {
    keys: KEYS.slice(0, count),
    sizeBytes: 400_000_000 / Math.max(count / 2, 1),
  });

const CONDITIONS = [
  ['loopback', { direct: true }],
  ['proxy', {}],
  ['5 ms', { latencyMs: 5 }],
  ['30 ms', { latencyMs: 30 }],
  ['100 ms', { latencyMs: 100 }],
  ['25 MB/s', { megabytesPerSecond: 25 }],
  ['85 MB/s', { megabytesPerSecond: 85 }],
  ['85 MB/s, 30 ms', { megabytesPerSecond: 85, latencyMs: 30 }],
  ['25 MB/s, 100 ms', { megabytesPerSecond: 25, latencyMs: 100 }],
];

const under = (titles, settings, more = {}) =>
  CONDITIONS.filter(([title]) => titles === undefined || titles.includes(title)).map(
    ([title, condition]) => ({
      title: [...Object.values(more).map(String), title].join(', '),
      condition: { ...condition, ...more },
      settings,
    }),
  );

export const PLANS = {
  'one-object': under(undefined, ONE_OBJECT),
};
