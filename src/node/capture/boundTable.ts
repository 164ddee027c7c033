import type { TableLayout } from '../../core/index.js';
import { CaptureError } from './captureError.js';
import type { Koffi, NativeLibrary } from './koffi.js';
import { monotonicMicroseconds } from './monotonicClock.js';
import { callFailed } from './sizedTable.js';
import { type Handle, type MessageSource, NO_ERROR } from './windowsErrors.js';

export interface BoundTableSource {
  readonly koffi: Koffi;
  readonly iphlpapi: NativeLibrary;
  readonly kernel32: NativeLibrary;
  /** InternalGetBoundTcpEndpointTable or its IPv6 twin. */
  readonly function: string;
  readonly layout: TableLayout;
  readonly messageOf: MessageSource;
}

/** The table and how it was had; the fields are those of RawTable. */
export interface BoundTable {
  readonly calls: number;
  readonly sizeAllocated: number;
  readonly monotonicMicroseconds: number;
  readonly elapsedMicroseconds: number;
  readonly bytes: Uint8Array;
}

/**
 * Calls a function that Windows does not document: it allocates the table from a heap and stores its address, in one call. The heap
 * knows how long the block is, so the row count need not be believed. Only the rows are kept, since what the heap has behind them is
 * memory of this process.
 *
 * @throws CaptureError
 */
export function readBoundTable(source: BoundTableSource): BoundTable {
  const { koffi, kernel32, layout } = source;
  const getTable = source.iphlpapi.bind<(table: [Handle], heap: Handle, flags: number) => number>(
    `uint32_t __stdcall ${source.function}(_Out_ intptr_t *table, intptr_t heap, uint32_t flags)`,
  );
  const processHeap = kernel32.bind<() => Handle>('intptr_t __stdcall GetProcessHeap()');
  const heapSize = kernel32.bind<(heap: Handle, flags: number, block: Handle) => Handle>(
    'intptr_t __stdcall HeapSize(intptr_t heap, uint32_t flags, intptr_t block)',
  );
  const heapFree = kernel32.bind<(heap: Handle, flags: number, block: Handle) => number>(
    'int __stdcall HeapFree(intptr_t heap, uint32_t flags, intptr_t block)',
  );

  const heap = processHeap();
  const table: [Handle] = [0];
  const started = monotonicMicroseconds();
  const code = getTable(table, heap, 0);
  const ended = monotonicMicroseconds();
  if (code !== NO_ERROR) throw callFailed(source.function, code, source.messageOf);
  const [address] = table;
  if (Number(address) === 0) throw inconsistent(source, 'no table, and no error');
  try {
    const size = Number(heapSize(heap, 0, address));
    if (size < layout.firstRow) throw inconsistent(source, `a block of ${size} bytes`);
    const block = new Uint8Array(koffi.view(BigInt(address), size));
    const count = new DataView(block.buffer, block.byteOffset).getUint32(0, true);
    const needed = layout.firstRow + count * layout.rowBytes;
    if (needed > size) {
      throw inconsistent(
        source,
        `a table that claims ${count} rows, which need ${needed} bytes, in a block of ${size} bytes`,
      );
    }
    return {
      calls: 1,
      sizeAllocated: size,
      monotonicMicroseconds: ended,
      elapsedMicroseconds: ended - started,
      bytes: block.slice(0, needed),
    };
  } finally {
    heapFree(heap, 0, address);
  }
}

function inconsistent(source: BoundTableSource, what: string): CaptureError {
  return new CaptureError('inconsistent', `${source.function} returned ${what}. Nothing was kept.`);
}
