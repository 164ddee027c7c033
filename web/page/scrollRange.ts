/**
 * Browsers cap the height of elements (Firefox at some 17.8 million pixels, Chromium at 33.5), so the bar scrolls over a lower one when
 * there are many rows, and its range is stretched over all of them.
 */
export const MAX_HEIGHT = 8_000_000;

export class ScrollRange {
  /** Of all rows, in pixels. */
  readonly content: number;
  /** Of what is seen of them. */
  readonly view: number;

  constructor(content: number, view: number) {
    this.content = content;
    this.view = view;
  }

  /** What the element that scrolls is given for a height. */
  get height(): number {
    return Math.min(this.content, MAX_HEIGHT);
  }

  get isScaled(): boolean {
    return this.content > MAX_HEIGHT;
  }

  /** The greatest position: the last row ends where the view ends. */
  get end(): number {
    return Math.max(0, this.content - this.view);
  }

  /** Which pixel of all rows is at the top of the view. */
  position(scrollTop: number): number {
    return this.clamp(this.isScaled ? (scrollTop * this.end) / this.#scrollEnd : scrollTop);
  }

  scrollTop(position: number): number {
    return this.isScaled ? (this.clamp(position) * this.#scrollEnd) / this.end : this.clamp(position);
  }

  clamp(position: number): number {
    return Math.min(this.end, Math.max(0, position));
  }

  get #scrollEnd(): number {
    return Math.max(1, this.height - this.view);
  }
}
