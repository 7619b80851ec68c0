import { expect, test } from 'vitest';
import { choosePorts } from '../../src/local/ports.js';

/** Where Linux begins to take ports for outgoing connections; other systems begin later. */
const FIRST_EPHEMERAL_PORT = 32_768;

test('free ports are distinct, and none that an outgoing connection could take before a server does', async () => {
  const chosen = await Promise.all(Array.from({ length: 20 }, () => choosePorts('free')));

  for (const ports of chosen) {
    const numbers = Object.values(ports) as number[];
    expect(new Set(numbers).size).toBe(5);
    expect(Math.max(...numbers)).toBeLessThan(FIRST_EPHEMERAL_PORT);
    expect(Math.min(...numbers)).toBeGreaterThan(1_024);
  }
});
