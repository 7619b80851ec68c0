import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { scenarioOf } from '../../src/cli/plan/scenario-options.js';
import { burstOf } from '../../src/planning/arrivals.js';
import { makePlan } from '../../src/planning/make-plan.js';
import { planPage } from '../../src/planning/plan-page.js';
import { adviseOn } from '../../src/tuning/advise.js';
import { tunePage } from '../../src/tuning/tune-page.js';
import { findChromium, textOf, WebBrowser } from '../setup/web-browser.js';
import { resultOf } from './tune-results.js';

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('a report in a browser', () => {
  let browser: WebBrowser;
  let page: Page;
  let asked: string[];

  beforeAll(async () => {
    browser = await WebBrowser.open(executablePath ?? '');
  });

  afterEach(() => page.close());
  afterAll(() => browser.close());

  async function show(html: string): Promise<string> {
    page = await browser.page([]);
    asked = [];
    page.on('request', (request) => asked.push(request.url()));
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.context().setOffline(true);
    await page.setContent(html);
    expect(errors).toEqual([]);
    return await textOf(page);
  }

  /** Width of each drawing as it is shown, and whether the page itself has to be scrolled sideways. */
  function layout(): Promise<{ widths: number[]; scrolls: boolean }> {
    return page.evaluate(`({
      widths: [...document.querySelectorAll('figure svg')].map((svg) => svg.getBoundingClientRect().width),
      scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    })`);
  }

  test('of tune has the seed’s table beside, charts, cost and advice, and asks nobody for anything', async () => {
    const result = resultOf(
      { objectsAtOnce: [1, 4], python: true },
      ({ memoryMB, runner, objectBytes, objectsAtOnce }) => {
        const speed = Math.min(72, memoryMB / 4) * (runner === 'python' ? 0.9 : 1);
        return 0.2 + (objectBytes * objectsAtOnce) / 1e6 / speed;
      },
    );
    const text = await show(tunePage(result, adviseOn(result)));
    const { widths, scrolls } = await layout();

    expect(asked).toEqual([]);
    expect(widths).toHaveLength(4);
    for (const width of widths) expect(width).toBeGreaterThan(500);
    expect(scrolls).toBe(false);
    for (const part of [
      'The sweet spot',
      'What would change it',
      'seed MB/s',
      'Python MB/s',
      'compute a TB',
      '93.3',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('MB/s by class and chunk');
    expect(await page.locator('li code').allTextContents()).toEqual(['midstate plan --tune']);
  });

  test('of plan has each alternative with its charts', async () => {
    const scenario = scenarioOf({ workers: '20', memoryClass: '512' });
    const arrivals = burstOf(10_000, [{ sizeBytes: 1_000_000_000, share: 1 }]);
    const plans = [scenario, { ...scenarioOf({ scaling: 'lambda', memoryClass: '512' }), name: 'lambda' }];
    const text = await show(planPage(plans.map((one) => makePlan(arrivals, one))));
    const { widths, scrolls } = await layout();

    expect(asked).toEqual([]);
    expect(widths).toHaveLength(9);
    expect(scrolls).toBe(false);
    for (const part of [
      'Side by side',
      'bottleneck',
      'number of workers',
      'age of the oldest',
      'Prices: list prices of',
    ]) {
      expect(text).toContain(part);
    }
  });
});
