/** A file under the name that people know it by: with its folder, where it came from one. */
export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

export interface Dropped {
  readonly files: readonly NamedFile[];
  /** Files of folders that are no snapshots by their names. */
  readonly passedOver: number;
}

/** A folder holds all sorts of files; one that is dropped by itself is meant, whatever its name. */
const SNAPSHOT_NAME = /\.tcpsnap$/i;

const MAX_FILES = 1000;

/** Takes files and folders that are dropped anywhere on the page. */
export function acceptDrops(onDrop: (dropped: Promise<Dropped>) => void): void {
  let depth = 0;
  const mark = (change: number): void => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle('dropping', depth > 0);
  };
  document.addEventListener('dragenter', () => mark(1));
  document.addEventListener('dragleave', () => mark(-1));
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(-depth);
    if (event.dataTransfer) onDrop(droppedFiles(event.dataTransfer));
  });
}

function droppedFiles(transfer: DataTransfer): Promise<Dropped> {
  // The items are gone after the event, so their entries are taken now.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  if (entries.length > 0) return readEntries(entries);
  return Promise.resolve(pickedFiles(transfer.files));
}

/** What a picker gave: of a folder, the snapshots. */
export function pickedFiles(list: FileList): Dropped {
  const all = [...list].map((file) => ({ name: file.webkitRelativePath || file.name, file }));
  const files = all.filter(({ file }) => file.webkitRelativePath === '' || SNAPSHOT_NAME.test(file.name));
  return { files: sortByName(files).slice(0, MAX_FILES), passedOver: all.length - files.length };
}

async function readEntries(entries: readonly FileSystemEntry[]): Promise<Dropped> {
  const files: NamedFile[] = [];
  let passedOver = 0;
  const visit = async (entry: FileSystemEntry, isInFolder: boolean): Promise<void> => {
    if (files.length >= MAX_FILES) return;
    if (entry.isDirectory) {
      for (const child of await readFolder(entry as FileSystemDirectoryEntry)) await visit(child, true);
    } else if (isInFolder && !SNAPSHOT_NAME.test(entry.name)) passedOver++;
    else {
      const file = await new Promise<File>((resolve, reject) => {
        (entry as FileSystemFileEntry).file(resolve, reject);
      });
      files.push({ name: entry.fullPath.replace(/^\//, ''), file });
    }
  };
  for (const entry of entries) await visit(entry, false);
  return { files: sortByName(files), passedOver };
}

/** A reader gives some entries at a time, and in the end none. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function sortByName(files: readonly NamedFile[]): NamedFile[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
}
