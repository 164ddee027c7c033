/** What the package does not export: found from where the compiled benchmark stands. */

export const { DatasetChunk } = await load<typeof import('../../dist/core/dataset/datasetChunk.js')>(
  'core/dataset/datasetChunk.js',
);
export const { DATASET_COLUMNS } =
  await load<typeof import('../../dist/core/dataset/schema.js')>('core/dataset/schema.js');
export const { selectedInOrder } = await load<typeof import('../../dist/core/table/selectedInOrder.js')>(
  'core/table/selectedInOrder.js',
);
export const { RowsFile } =
  await load<typeof import('../../dist/node/dataset/rowsFile.js')>('node/dataset/rowsFile.js');

async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../../dist/${path}`, import.meta.url).href)) as Module;
}
