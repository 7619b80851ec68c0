// A memory class as AWS Lambda gives it: a limit of memory, and MB / 1769 of a CPU. cgroup v1, as root.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const PERIOD_US = 100_000;

/** @returns the folders whose `cgroup.procs` a process joins, and `end()`: what the group used; removes it */
export function createClassCgroup(memoryMB) {
  const name = `midstate-read-ahead-${process.pid}`;
  const memory = `/sys/fs/cgroup/memory/${name}`;
  const cpu = `/sys/fs/cgroup/cpu/${name}`;
  for (const folder of [memory, cpu]) mkdirSync(folder);
  writeFileSync(`${memory}/memory.limit_in_bytes`, String(memoryMB * 1_000_000));
  // Counts, and limits, what the kernel's TCP buffers hold too, as cgroup v2 does.
  writeFileSync(`${memory}/memory.kmem.tcp.limit_in_bytes`, String(memoryMB * 1_000_000));
  writeFileSync(`${cpu}/cpu.cfs_period_us`, String(PERIOD_US));
  writeFileSync(`${cpu}/cpu.cfs_quota_us`, String(Math.round((memoryMB / 1_769) * PERIOD_US)));
  return {
    folders: [memory, cpu],
    async end() {
      const read = (file) => Number(readFileSync(`${memory}/${file}`, 'latin1')) / 1e6;
      const usage = {
        cgroupPeakMB: read('memory.max_usage_in_bytes'),
        tcpPeakMB: read('memory.kmem.tcp.max_usage_in_bytes'),
      };
      for (const folder of [memory, cpu]) await removeWhenEmpty(folder);
      return usage;
    },
  };
}

async function removeWhenEmpty(folder) {
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (error.code !== 'EBUSY' || attempt > 100) throw error;
      await delay(20);
    }
  }
}
