/** Events of a producer that does not wait for whoever reads them. */
export class EventQueue<Event> {
  readonly #events: Event[] = [];
  #isEnded = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(event: Event): void {
    this.#events.push(event);
    this.#wake?.();
  }

  end(failure?: { readonly error: unknown }): void {
    this.#isEnded = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    while (true) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
      } else if (this.#isEnded) {
        if (this.#failure !== undefined) throw this.#failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
