// Room for a list: lines are drawn where there is room for them, and under test nothing has a size.
import { vi } from 'vitest';

/** Tells the list that it has room for ten lines of 68 points. */
class SizedObserver {
  readonly #told: ResizeObserverCallback;

  constructor(told: ResizeObserverCallback) {
    this.#told = told;
  }

  observe(target: Element): void {
    const isLine = target.querySelector(':scope > [role=row]') !== null;
    const entry = { target, contentRect: { width: 600, height: isLine ? 68 : 680 } };
    queueMicrotask(() => this.#told([entry as unknown as ResizeObserverEntry], this as unknown as ResizeObserver));
  }

  unobserve(): void {}
  disconnect(): void {}
}

/** Gives every list that room, until the test is over. */
export function makeRoom(): void {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(680);
  Object.defineProperty(HTMLElement.prototype, 'offsetParent', { configurable: true, get: () => document.body });
  vi.stubGlobal('ResizeObserver', SizedObserver);
}
