export { createDecoder, type Decoder } from './decoder.js';
export * from './errors.js';
export type { ByteSource, SnapshotSource } from './file/byteSource.js';
export { encodeSnapshotFile } from './file/encode.js';
export type { Gap, Repair } from './file/noteFrames.js';
export type { ReadSnapshot } from './file/inOrder.js';
export { findSnapshotByTime, type TimedSnapshots } from './file/snapshotByTime.js';
export { openSnapshots, type SnapshotFile } from './file/snapshotFile.js';
export { verifySnapshots, type SnapshotCheck, type TableCheck, type VerifyReport } from './file/verify.js';
export type { Finding } from './findings/finding.js';
export { findFindings } from './findings/findings.js';
export * from './snapshot.js';
export {
  ADDED_KEYS,
  CONNECTION_KEYS,
  isConnectionKey,
  type AddedKey,
  type Connection,
  type ConnectionKey,
} from './table/connection.js';
export { FIELDS, type Field } from './table/fields.js';
export type { Count, FieldValue } from './table/count.js';
export type { RowPair, TableDiff } from './table/diff.js';
export type { JoinedTable } from './table/joinTables.js';
export { OWNERS, type Owner } from './table/owners.js';
export { diffTables, type Table } from './table/table.js';
export * from './tableClass.js';
export type { Beacon } from './timeline/beacons.js';
export { busiestEnds, type BusyEnd } from './timeline/busyEnds.js';
export { connectionTable } from './timeline/connectionTable.js';
export { orderConnections, TIMELINE_FIELDS, type TimelineField } from './timeline/connectionOrder.js';
export { timelineConnection, type StateSince, type TimelineConnection } from './timeline/connection.js';
export type { CounterSeries } from './timeline/counters.js';
export { timelineIntervals, type Interval } from './timeline/intervals.js';
export type { TimelineOwner } from './timeline/owners.js';
export { newListeners } from './timeline/newListeners.js';
export { recordingRates, type RecordingRates } from './timeline/rates.js';
export type { Range, SnapshotSeries } from './timeline/series.js';
export { storedSeries } from './timeline/storedSeries.js';
export { timeline, type TimelineOptions, type TimelineSource } from './timeline/timeline.js';
export type {
  ConnectionHistory,
  Coverage,
  RecordedGap,
  Timeline,
  UnreadableSnapshot,
} from './timeline/timelineData.js';
