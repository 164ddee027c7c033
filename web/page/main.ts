import '../styles/viewer.css';
import type { ServedFile } from '../protocol.js';
import { App } from './app.js';

const app = new App();

/** Where `tcpscope view` serves the page, it names the files that go with it. */
const served = document.querySelector<HTMLMetaElement>('meta[name="tcpscope-files"]')?.content;
if (served !== undefined) void app.openServed(JSON.parse(served) as (ServedFile & { name: string })[]);
