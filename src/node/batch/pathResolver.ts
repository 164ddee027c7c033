import { join, resolve, sep } from 'node:path';

/** Resolves paths of files, many of which are in one folder: that is resolved once. */
export function pathResolver(): (path: string) => string {
  // Windows has several separators, and folders of drives.
  if (sep !== '/') return (path) => resolve(path);
  let [folder, resolved] = ['', ''];
  return (path) => {
    const end = path.lastIndexOf(sep) + 1;
    if (end === 0) return resolve(path);
    if (path.slice(0, end) !== folder) {
      folder = path.slice(0, end);
      resolved = join(resolve(folder), sep);
    }
    return resolved + path.slice(end);
  };
}
