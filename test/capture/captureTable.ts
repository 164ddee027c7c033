import type { RawTable } from '../../dist/core/index.js';
import type { Provider } from '../../dist/node/capture/provider.js';
import type { TableRequest } from '../../dist/node/capture/tableRequest.js';

/** Captures one table, and throws what made it fail. */
export async function captureTable(
  provider: Provider,
  request: TableRequest = { class: 'tcp2' },
  order = true,
): Promise<RawTable> {
  const { tables, failures } = await provider.captureTables([request], order);
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  return tables[0]!;
}
