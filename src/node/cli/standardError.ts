let isWatched = false;

/** Where messages go. Node loads its sockets for it, so nothing asks for it before there is something to say. */
export function standardError(): NodeJS.WriteStream {
  const stream = process.stderr;
  // Nobody reads the messages. The data and the exit code still count.
  if (!isWatched) stream.on('error', () => {});
  isWatched = true;
  return stream;
}

/** Resolves when all that was said has been handed to the system: a pipe that is full keeps it waiting. */
export async function messagesWritten(): Promise<void> {
  if (isWatched) await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
}
