// URL CODE…: imports the capture modules below URL, and prints how each code is described.
import { writeSync } from 'node:fs';

const [url, ...codes] = process.argv.slice(2);
const { loadKoffi } = await import(`${url}/koffi.js`);
const { bindMessages, describeCode } = await import(`${url}/windowsErrors.js`);
const messageOf = bindMessages(await loadKoffi());
writeSync(1, JSON.stringify(codes.map(Number).map((code) => describeCode(code, messageOf(code)))));
