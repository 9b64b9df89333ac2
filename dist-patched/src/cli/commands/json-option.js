import { flag } from "../../config/option.js";
/** The same row for every command that has it; its handler's comment tells the shape of what it prints. */
export const json = flag({ summary: 'print the result as JSON, for scripts', group: 'files and output' });
