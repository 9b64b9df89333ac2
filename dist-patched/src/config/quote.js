const longest = 80;
/** What came, for a message: on one line, control characters escaped, not endless. */
export function quote(text) {
    const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
    return JSON.stringify(shown).replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
