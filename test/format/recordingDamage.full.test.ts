import { test } from 'vitest';
import { checkFlippedBit, smallRecording } from '../reference/damagedRecording.js';

test.each([true, false])(
  'every flipped bit of a recording (closed: %s): what is read is what docs/format.md promises',
  async (closed) => {
    const whole = await smallRecording({ closed });
    for (let bit = 0; bit < whole.bytes.length * 8; bit++) await checkFlippedBit(bit, whole);
  },
  600_000,
);
