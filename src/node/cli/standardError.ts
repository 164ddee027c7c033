let isWatched = false;

/** Where messages go. Node loads a network socket for it, so nothing asks for it before there is something to say. */
export function standardError(): NodeJS.WriteStream {
  const stream = process.stderr;
  // Nobody reads the messages. The data and the exit code still count.
  if (!isWatched) stream.on('error', () => {});
  isWatched = true;
  return stream;
}
