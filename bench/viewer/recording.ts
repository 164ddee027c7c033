import { createDecoder, createRecording, openSnapshots, timeline } from 'tcpscope';
import { makeRecording } from '../recordings/recording.js';

const ROWS = 2000;

/** Writes a recording as a busy server makes it. */
export async function writeRecording(path: string, ticks: number): Promise<void> {
  const recording = await createRecording(path);
  for (const snapshot of makeRecording({ rows: ROWS, ticks })) await recording.append(snapshot);
  await recording.close();
}

/** What Node takes to open a recording, and to make its timeline. */
export async function timelineInNode(path: string): Promise<number> {
  const decoder = await createDecoder();
  const start = performance.now();
  const file = await openSnapshots(path);
  await timeline(file, decoder);
  const time = performance.now() - start;
  await file.close();
  return time;
}
