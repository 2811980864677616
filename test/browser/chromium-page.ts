/** A page in real Chromium, headless: what the console or the content security policy complain about fails the test. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Absolute path of the browser; null: there is none on PATH. */
export const CHROMIUM = findChromium();
/** For titles of tests that need it. */
export const NEEDS_CHROMIUM = CHROMIUM === null ? ' (skipped: no chromium on PATH; apt-get install chromium)' : '';

/** Outside the repository; `PTP_TESTER_SCREENSHOTS` names another folder. */
const SCREENSHOTS = process.env['PTP_TESTER_SCREENSHOTS'] ?? join(tmpdir(), 'ptp-tester-screenshots');

export interface PageLook {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

export class ChromiumPage {
  readonly page: Page;
  /** What the browser complained about, oldest first. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #context: BrowserContext;

  private constructor(browser: Browser, context: BrowserContext, page: Page) {
    this.#browser = browser;
    this.#context = context;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#complain(message.text(), message.location().url);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(
    origin: string,
    { theme = 'light', width = 1440, height = 900 }: PageLook = {},
  ): Promise<ChromiumPage> {
    const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
    const context = await browser.newContext({
      baseURL: origin,
      colorScheme: theme,
      viewport: { width, height },
      timezoneId: 'Europe/Berlin',
    });
    return new ChromiumPage(browser, context, await context.newPage());
  }

  /** Goes to the sign-in page and through it. */
  async signIn(token: string, address = '/'): Promise<void> {
    await this.page.goto(address);
    await this.page.getByLabel("Operators' token").fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('navigation').waitFor();
  }

  async look({ theme, width, height }: PageLook): Promise<void> {
    if (theme !== undefined) await this.page.emulateMedia({ colorScheme: theme });
    if (width !== undefined && height !== undefined) await this.page.setViewportSize({ width, height });
  }

  /** For people to look at. */
  async screenshot(name: string, { fullPage = true }: { readonly fullPage?: boolean } = {}): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
  }

  #complain(text: string, url: string): void {
    // The question whether there is a session is answered by its status; the browser writes that down as an error.
    if (text.includes('401') && url.endsWith('/api/v1/session')) return;
    this.complaints.push(`${text} (${url})`);
  }
}

function findChromium(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      const path = join(folder, name);
      if (folder !== '' && existsSync(path) && isExecutable(path)) return path;
    }
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
