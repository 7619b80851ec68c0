/**
 * Takes a picture of a report for the README. Not a test.
 *
 *     midstate tune --html tune.html
 *     MEASURE_REPORT=tune.html npx vitest run --mode measure test/measure/report-picture.ts
 *
 * Writes docs/images/tune-report.png. Needs a Chromium, and no server.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findChromium, WebBrowser } from '../setup/web-browser.js';

const PICTURE = fileURLToPath(new URL('../../docs/images/tune-report.png', import.meta.url));

test('a picture of the report', async () => {
  const file = process.env['MEASURE_REPORT'];
  const chromium = findChromium();
  if (file === undefined || chromium === undefined)
    throw new Error('MEASURE_REPORT, and a Chromium, are needed');
  const browser = await WebBrowser.open(chromium);
  const page = await browser.page([]);
  await page.setViewportSize({ width: 1_060, height: 960 });
  await page.setContent(await readFile(file, 'utf8'));

  const picture = await page.screenshot({ path: PICTURE });

  expect(picture.length).toBeGreaterThan(10_000);
  await browser.close();
});
