import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Overlay } from '../overlay.ts';
import { pathOf, textOnDisk, uriOf } from './files.ts';

/** The files that are open in the editor. */
export class Buffers {
  private readonly all: () => TextDocument[];

  constructor(all: () => TextDocument[]) {
    this.all = all;
  }

  /** Their texts, by path. */
  texts(): Map<string, string> {
    return new Map(this.files().map(({ path, document }) => [path, document.getText()]));
  }

  /** Texts that are not what is on disk. An editor takes a byte order mark out of a text and writes it back. */
  unsaved(): Overlay {
    return new Map(
      [...this.texts()].filter(([path, text]) => {
        const saved = textOnDisk(path);
        return saved !== text && saved !== `\ufeff${text}`;
      }),
    );
  }

  /** The URI of a file: as the client has it open, or as it is written. */
  uriOf(path: string): string {
    return this.files().find((one) => one.path === path)?.document.uri ?? uriOf(path);
  }

  /** Whether a file is open. */
  has(path: string): boolean {
    return this.files().some((one) => one.path === path);
  }

  private files(): { path: string; document: TextDocument }[] {
    return this.all().flatMap((document) => {
      const path = pathOf(document.uri);
      return path === undefined ? [] : [{ path, document }];
    });
  }
}
