import '../styles/viewer.css';
import type { ServedFile } from '../protocol.js';
import { App } from './app.js';

const app = new App();

/** Where `tcpscope view` serves the page, it names the files that go with it. */
const served = document.querySelector<HTMLMetaElement>('meta[name="tcpscope-files"]')?.content;
if (served !== undefined) {
  const files = JSON.parse(served) as (ServedFile & { readonly name: string })[];
  // The worker has no address of its own to which theirs could be added.
  void app.openServed(files.map((file) => ({ ...file, url: new URL(file.url, location.href).href })));
}
