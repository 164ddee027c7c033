// URL LIBRARY FILE…: captures through LIBRARY in place of iphlpapi.dll, with TCPSCOPE_TABLE set to each FILE, and prints
// what each capture gave.
import { writeSync } from 'node:fs';

const [url, library, ...files] = process.argv.slice(2);
const { createIphlpapiProvider } = await import(`${url}/iphlpapi.js`);
const provider = createIphlpapiProvider({ library });
const answers = [];
for (const file of files) {
  process.env.TCPSCOPE_TABLE = file;
  const { tables, failures } = await provider.captureTables([{ class: 'tcp2' }], true);
  for (const { bytes, ...how } of tables) answers.push({ ...how, hex: Buffer.from(bytes).toString('hex') });
  for (const { error } of failures) {
    answers.push({ code: error.code, systemCode: error.systemCode, message: error.message });
  }
}
writeSync(1, JSON.stringify(answers));
