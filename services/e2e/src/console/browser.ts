/** A real Chromium for the stories of one file, and the console in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@wscm/system';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const USUAL = { viewport: DESKTOP, locale: 'en-GB', reducedMotion: 'reduce' } as const;
const ACTION_TIMEOUT_MS = 15_000;

export class ConsoleBrowser {
  /** What pages have thrown, or logged as an error. */
  readonly faults: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {}

  /** Rejects with what to install where there is no Chromium. */
  static async start(options: BrowserContextOptions = {}): Promise<ConsoleBrowser> {
    const executablePath = await findProgram('chromium');
    // Its sandbox does not run as root, nor in most containers. The pages are our own.
    const browser = await chromium.launch({ executablePath, chromiumSandbox: false });
    const context = await browser.newContext({ ...USUAL, ...options });
    context.setDefaultTimeout(ACTION_TIMEOUT_MS);
    return new ConsoleBrowser(browser, context);
  }

  /** `url`: of the console, e.g. `http://127.0.0.1:3000/#/clients`. */
  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', ({ message }) => this.faults.push(message));
    page.on('console', (line) => {
      // The browser's own lines about answers like 503 are no fault of the page.
      const isOwn = line.text().startsWith('Failed to load resource');
      if (line.type() === 'error' && !isOwn) this.faults.push(line.text());
    });
    await page.goto(url);
    return page;
  }

  async grant(permissions: string[], origin: string): Promise<void> {
    await this.context.grantPermissions(permissions, { origin });
  }

  /** After each story: a browser has six connections for one host, and pages left open would use them up. */
  async closePages(): Promise<void> {
    await Promise.all(this.context.pages().map((page) => page.close()));
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}

/** Half-way through a fade nothing has its colour yet. */
const faded = (page: Page): Promise<unknown> =>
  page.evaluate('Promise.allSettled(document.getAnimations().map(({ finished }) => finished))');

/** With `WSCM_SCREENSHOTS` naming a folder, writes a picture there: so docs/images is made again. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['WSCM_SCREENSHOTS'];
  if (!folder) return;
  await faded(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string; failureSummary: string }[] }[];
}

/** Faults that axe calls serious or critical, one line for each. `rules`: where not all are asked for. */
export async function accessibilityFaults(page: Page, rules?: readonly string[]): Promise<string[]> {
  await faded(page);
  await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const options = JSON.stringify({ resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) });
  const { violations } = await page.evaluate<AxeResult>(`axe.run(${options})`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** By how many pixels the page is wider than the window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
