import type { DatasetChunk } from '../../core/dataset/datasetChunk.js';
import { borrowTextPieces, textHeader } from '../../core/dataset/datasetText.js';
import { ParquetWriter } from '../../core/dataset/parquet/parquetWriter.js';
import { rowGroups } from '../../core/dataset/rowGroups.js';
import { DATASET_COLUMNS, DATASET_VERSION, SORTED_BY } from '../../core/dataset/schema.js';
import { NewFile, type PublishOptions } from '../files/newFile.js';
import { packageVersion } from '../packaged.js';

export const DATASET_FORMATS = ['parquet', 'csv', 'ndjson'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/** A file of rows of the dataset, which has its name once it is whole. Call `publish` or `abandon` in the end. */
export class RowsFile {
  readonly #file: NewFile;
  readonly #format: DatasetFormat;
  readonly #parquet: ParquetWriter | undefined;
  #rows = 0;

  private constructor(file: NewFile, format: DatasetFormat) {
    this.#file = file;
    this.#format = format;
    this.#parquet = format === 'parquet' ? parquetWriter() : undefined;
  }

  /** @throws NotAFileError; errors of the file system */
  static async create(path: string, format: DatasetFormat, options: PublishOptions): Promise<RowsFile> {
    const file = await NewFile.create(path, options);
    const rows = new RowsFile(file, format);
    await file.write(rows.#parquet?.begin() ?? new TextEncoder().encode(textHeader(format as 'csv')));
    return rows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds rows of a chunk, in the order given. */
  async add(chunk: DatasetChunk, rows: Uint32Array): Promise<void> {
    this.#rows += rows.length;
    if (this.#parquet === undefined) {
      for (const piece of borrowTextPieces(chunk, rows, this.#format as 'csv'))
        await this.#file.write(piece.slice());
      return;
    }
    for (const group of rowGroups(chunk, rows)) {
      for (const part of this.#parquet.rowGroup(group.rows, group.columns)) await this.#file.write(part);
    }
  }

  /** Ends the file and gives it its name. Returns how many bytes it has. */
  async publish(): Promise<number> {
    try {
      for (const part of this.#parquet?.end() ?? []) await this.#file.write(part);
    } catch (error) {
      await this.#file.abandon();
      throw error;
    }
    await this.#file.publish();
    return this.#file.length;
  }

  abandon(): Promise<void> {
    return this.#file.abandon();
  }
}

function parquetWriter(): ParquetWriter {
  return new ParquetWriter({
    columns: DATASET_COLUMNS,
    sortedBy: SORTED_BY,
    metadata: { 'tcpscope.dataset': String(DATASET_VERSION) },
    createdBy: `tcpscope version ${packageVersion()}`,
  });
}
