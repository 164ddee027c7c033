// URL LIBRARY FILE…: captures through LIBRARY in place of iphlpapi.dll, with TCPSCOPE_TABLE set to each FILE, and prints
// what each capture gave.
import { writeSync } from 'node:fs';

const [url, library, ...files] = process.argv.slice(2);
const { createIphlpapiProvider } = await import(`${url}/iphlpapi.js`);
const provider = createIphlpapiProvider({ library });
const answers = [];
for (const file of files) {
  process.env.TCPSCOPE_TABLE = file;
  answers.push(
    await provider.captureTable({ class: 'tcp2', order: true }).then(
      ({ bytes, ...how }) => ({ ...how, hex: Buffer.from(bytes).toString('hex') }),
      ({ code, systemCode, message }) => ({ code, systemCode, message }),
    ),
  );
}
writeSync(1, JSON.stringify(answers));
