import type { FileSummary, FileToOpen, Problem, Verification } from '../protocol.js';

/** A file that somebody opened, and what is known of it so far. */
export interface ViewerFile {
  readonly toOpen: FileToOpen;
  readonly state: 'opening' | 'open' | 'failed';
  readonly summary?: FileSummary;
  /** Why nothing of it can be read, or shown. */
  readonly problem?: Problem | undefined;
  readonly verification?: Verification;
  /** True where checking it has to be asked for, because it is large. */
  readonly isUnchecked?: boolean;
}

/** The open files, in the order in which they came. */
export class Files {
  #files: readonly ViewerFile[] = [];
  #lastId = 0;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get all(): readonly ViewerFile[] {
    return this.#files;
  }

  get(id: number): ViewerFile | undefined {
    return this.#files.find(({ toOpen }) => toOpen.id === id);
  }

  add(file: Omit<FileToOpen, 'id'>): FileToOpen {
    const toOpen = { ...file, id: ++this.#lastId };
    this.#files = [...this.#files, { toOpen, state: 'opening' }];
    this.#onChange();
    return toOpen;
  }

  update(id: number, more: Partial<ViewerFile>): void {
    this.#files = this.#files.map((file) => (file.toOpen.id === id ? { ...file, ...more } : file));
    this.#onChange();
  }

  remove(id: number): void {
    this.#files = this.#files.filter(({ toOpen }) => toOpen.id !== id);
    this.#onChange();
  }
}

/** How many snapshots can be shown: the whole ones, and the one in which the file ends. */
export function shownCount({ summary }: ViewerFile): number {
  if (summary === undefined) return 0;
  return summary.snapshotCount + (summary.cutAt === undefined ? 0 : 1);
}

/** What is wrong, and at which byte. */
export function problemText({ message, offset }: Problem): string {
  return offset === undefined ? message : `${message} (at byte ${offset})`;
}

export function allProblems({ summary, problem, verification }: ViewerFile): readonly string[] {
  const found = [
    ...(problem ? [problem] : []),
    ...(verification?.problems ?? summary?.problems ?? []),
    ...(verification?.snapshots ?? []).flatMap(({ problems }) => problems),
  ];
  return [...new Set(found.map(problemText))];
}
