/** Messages of a port, in the order in which they come. */
export class Inbox<Message> {
  readonly #messages: Message[] = [];
  #failure: { readonly error: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    port.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      this.#messages.push(data);
      this.#wake?.();
    });
    port.start();
  }

  /** No message will come any more, for this reason. */
  fail(error: Error): void {
    this.#failure = { error };
    this.#wake?.();
  }

  /** One call at a time. */
  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#messages.shift()!;
  }
}
