import { button, element } from './element.js';

/** What is there before anything is opened. */
export function startScreen(onPick: () => void, onPickFolder: () => void): HTMLElement {
  return element('section', { class: 'welcome', 'aria-label': 'Start' }, [
    element('h1', {}, ['Open a snapshot']),
    element('p', {}, ['Drop .tcpsnap files or a folder anywhere on this page, or choose them.']),
    element('div', { class: 'choices' }, [
      button('Choose files …', onPick, { class: 'primary' }),
      button('Choose a folder …', onPickFolder),
    ]),
    element('p', { class: 'quiet' }, [
      'Nothing leaves this page: it works without a network, and the browser is told to let nothing out. ' +
        'A snapshot is made with ',
      element('code', {}, ['tcpscope capture']),
      '. The bytes of a bare GetTcpTable2 table can be opened too.',
    ]),
  ]);
}

/** Choosers of files, which are never seen. */
export function filePicker(onPick: (files: FileList) => void): {
  files: HTMLInputElement;
  folder: HTMLInputElement;
} {
  const make = (folder: boolean): HTMLInputElement =>
    element(
      'input',
      {
        type: 'file',
        multiple: true,
        webkitdirectory: folder,
        hidden: true,
        'aria-label': folder ? 'Folder' : 'Files',
        id: folder ? 'pick-folder' : 'pick-files',
      },
      [],
      {
        change: (event) => {
          const input = event.currentTarget as HTMLInputElement;
          if (input.files && input.files.length > 0) onPick(input.files);
          // The same file can be chosen again.
          input.value = '';
        },
      },
    );
  return { files: make(false), folder: make(true) };
}
