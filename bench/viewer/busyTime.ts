/** One event of Chromium's trace; times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Of the processor, where it was measured: what other programs take does not count. */
  readonly tdur?: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

const FRAME_MICROSECONDS = 1e6 / 60;

/** What a page's main thread did while a trace was taken: milliseconds of work a frame (95th percentile), and of the longest task. */
export function busyTime(events: readonly TraceEvent[]): { busy: number; longest: number } {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const tasks = mains
    .map(({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid && isTask(event)))
    .reduce((most, tasksOfOne) => (total(tasksOfOne) > total(most) ? tasksOfOne : most), []);
  const start = Math.min(...tasks.map(({ ts }) => ts));
  const frames = new Map<number, number>();
  for (const task of tasks) {
    const frame = Math.floor((task.ts - start) / FRAME_MICROSECONDS);
    frames.set(frame, (frames.get(frame) ?? 0) + time(task));
  }
  const sorted = [...frames.values()].sort((a, b) => a - b);
  const longest = Math.max(...tasks.map(time));
  return { busy: sorted[Math.floor(sorted.length * 0.95)]! / 1000, longest: longest / 1000 };
}

/** Tasks of the event loop, which are not inside of each other. */
function isTask({ name, ph }: TraceEvent): boolean {
  return ph === 'X' && name === 'ThreadControllerImpl::RunTask';
}

function total(events: readonly TraceEvent[]): number {
  return events.reduce((sum, event) => sum + time(event), 0);
}

function time({ tdur, dur = 0 }: TraceEvent): number {
  return tdur ?? dur;
}
