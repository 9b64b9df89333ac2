/** One sentence of a Markdown text, as it is read aloud, and how many words it has. */
export interface Sentence {
  readonly text: string;
  readonly words: number;
}

/** The sentences of the prose: no code blocks, no tables, no headings. A list item begins one, and ends one. */
export function sentencesOf(markdown: string): Sentence[] {
  return paragraphs(markdown).flatMap(split).map(counted);
}

/** The middle one of the lengths; of an even number the greater. */
export function medianWords(sentences: readonly Sentence[]): number {
  const sorted = sentences.map(({ words }) => words).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const fence = /^ *```/;
const notProse = /^ *(#|\||<!--|-{3,}$)/;
const item = /^ *([*-]|\d+\.) +/;

function paragraphs(markdown: string): string[] {
  const found: string[] = [''];
  let inCode = false;
  for (const line of markdown.split('\n')) {
    if (fence.test(line)) inCode = !inCode;
    if (inCode || fence.test(line) || notProse.test(line) || line.trim() === '') found.push('');
    else if (item.test(line)) found.push(line.replace(item, ''));
    else found.push(`${found.pop()} ${line.trim()}`);
  }
  return found.filter((text) => text.trim() !== '');
}

/** A full stop ends a sentence where a blank and something that begins one follows. */
function split(paragraph: string): string[] {
  const plain = paragraph.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/\*+/g, '');
  return plain.split(/(?<=[.!?][)"”]?) +(?=[^a-z])/).filter((text) => /\p{L}/u.test(text));
}

/** Signs between words, such as × and =, are none. */
function counted(text: string): Sentence {
  const trimmed = text.trim();
  return { text: trimmed, words: trimmed.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length };
}
