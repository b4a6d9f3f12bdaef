/** Words of a text; code between backticks is one word, whatever blanks it has, as far as a line has room for it. */
function wordsOf(text: string, room: number): string[] {
  const words = text.match(/(?:`[^`\n]*`|\S)+/g) ?? [''];
  return words.flatMap((word) => (word.length > room ? word.split(/\s+/) : [word]));
}

/**
 * Breaks a text into lines of at most `width` columns; a longer word has a line of its own. `first` and `rest` indent
 * the lines.
 */
export function wrap(text: string, width: number, first: string, rest: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of wordsOf(text, width - rest.length)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line];
}
