/** A user without a pointer: goes from stop to stop with Tab, and insists on seeing where it is. */
import type { Page } from 'playwright-core';

const MOST_STOPS = 150;

/** What is focused, in words, and whether that can be seen. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const style = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  const isRinged = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {
    words: (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent ?? '').trim(),
    tag: element.tagName.toLowerCase(),
    isSeen: isRinged && width > 0 && height > 0,
    isInDialog: element.closest('dialog') !== null,
  };
})()`;

export interface Focused {
  readonly words: string;
  readonly tag: string;
  readonly isSeen: boolean;
  readonly isInDialog: boolean;
}

export class Keyboard {
  readonly #page: Page;
  /** Stops on which no ring was drawn. */
  readonly unseen = new Set<string>();

  constructor(page: Page) {
    this.#page = page;
  }

  async focused(): Promise<Focused | null> {
    return await this.#page.evaluate<Focused | null>(FOCUSED);
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  /** Takes the place of what is written in the focused field. */
  async write(text: string): Promise<void> {
    await this.press('Control+A');
    await this.#page.keyboard.insertText(text);
  }

  /** Tab until what is focused is called so. */
  async tabTo(name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<Focused> {
    const passed: string[] = [];
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      const focused = await this.focused();
      if (focused !== null && isCalled(focused, name)) return focused;
      await this.press(key);
      const next = await this.focused();
      if (next === null) continue;
      passed.push(next.words.slice(0, 40));
      if (!next.isSeen) this.unseen.add(`${next.tag}: ${next.words.slice(0, 60)}`);
    }
    throw new Error(`Tab does not lead to ${name}; it led to ${[...new Set(passed)].join(' | ')}`);
  }
}

function isCalled({ words }: Focused, name: string | RegExp): boolean {
  return typeof name === 'string' ? words === name : name.test(words);
}
