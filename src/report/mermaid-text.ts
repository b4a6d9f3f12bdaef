import { safe } from './safe.ts';

/**
 * A text of a chart inside the quotes of a Mermaid label: Mermaid's own entities stand for what it would read as its
 * grammar.
 */
export function mermaidText(value: string): string {
  return safe(value)
    .replace(/\s+/g, ' ')
    .replace(/[#"<>&`;{}[\]|\\]/g, (char) => `#${char.charCodeAt(0)};`);
}
