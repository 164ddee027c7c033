import { NewFile, type PublishOptions } from './newFile.js';

/**
 * Writes a file so that its name never stands for a part of it.
 *
 * @throws NotAFileError; errors of the file system
 */
export async function publishFile(path: string, bytes: Uint8Array, options: PublishOptions): Promise<void> {
  const file = await NewFile.create(path, options);
  try {
    await file.write(bytes);
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.publish();
}
