import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

export const VIEWPORT = { width: 1360, height: 900 };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A Chromium of this machine: `MIDSTATE_CHROMIUM`, or one on PATH; nothing is downloaded. */
export function findChromium(): string | undefined {
  const { MIDSTATE_CHROMIUM: given, PATH = '' } = process.env;
  if (given !== undefined && given !== '') return given;
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A headless browser that reaches loopback only: what a page asks of the rest of the world is refused. */
export class WebBrowser {
  private constructor(private readonly browser: Browser) {}

  static async open(executablePath: string): Promise<WebBrowser> {
    // Root, as in a container, has no sandbox.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return new WebBrowser(await chromium.launch({ executablePath, args }));
  }

  /** @param columns of the list of workflows, as a user would choose them */
  async page(columns: readonly string[]): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: VIEWPORT,
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    await context.route('**', (route) =>
      new URL(route.request().url()).hostname === '127.0.0.1' ? route.continue() : route.abort(),
    );
    const chosen = { default: columns.map((label) => ({ label, pinned: false })) };
    await context.addInitScript(
      `localStorage.setItem('namespace-workflow-table-columns', ${JSON.stringify(JSON.stringify(chosen))});`,
    );
    return await context.newPage();
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

/** What a page shows, in frames and drawings too: the Web UI puts Markdown into frames, and draws its timeline. */
export async function textOf(page: Page): Promise<string> {
  const script = `[document.body.innerText, ...[...document.querySelectorAll('svg text')].map((t) => t.textContent)].join('\\n')`;
  const texts = page.frames().map(async (frame) => String(await frame.evaluate(script)));
  return (await Promise.all(texts)).join('\n');
}
