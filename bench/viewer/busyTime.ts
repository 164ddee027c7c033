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

/** What a page's main thread did while a trace was taken: milliseconds of work a frame (95th percentile), and of the longest task. */
export function busyTime(events: readonly TraceEvent[]): { busy: number; longest: number } {
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const main = mains
    .map(({ pid, tid }) => events.filter((event) => event.pid === pid && event.tid === tid))
    .reduce((most, ofOne) => (total(ofOne) > total(most) ? ofOne : most), []);
  const frames = workOfFrames(main).sort((a, b) => a - b);
  const longest = Math.max(...main.filter(isTask).map(time));
  return { busy: frames[Math.floor(frames.length * 0.95)]! / 1000, longest: longest / 1000 };
}

/** A frame ends with the task that runs what waits for it, and then lays out and paints; what came since the last one belongs to it. */
function workOfFrames(events: readonly TraceEvent[]): number[] {
  const inTime = (a: TraceEvent, b: TraceEvent): number => a.ts - b.ts;
  const starts = events.filter(({ name }) => name === 'FireAnimationFrame').sort(inTime);
  const frames: number[] = [];
  let work = 0;
  let next = 0;
  for (const task of events.filter(isTask).sort(inTime)) {
    work += time(task);
    const end = task.ts + (task.dur ?? 0);
    if (next === starts.length || starts[next]!.ts >= end) continue;
    while (next < starts.length && starts[next]!.ts < end) next++;
    frames.push(work);
    work = 0;
  }
  return frames;
}

/** Tasks of the event loop, which are not inside of each other. */
function isTask({ name, ph }: TraceEvent): boolean {
  return ph === 'X' && name === 'ThreadControllerImpl::RunTask';
}

function total(events: readonly TraceEvent[]): number {
  return events.filter(isTask).reduce((sum, event) => sum + time(event), 0);
}

function time({ tdur, dur = 0 }: TraceEvent): number {
  return tdur ?? dur;
}
