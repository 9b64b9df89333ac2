import { readFileSync } from 'node:fs';

/** What the firmware says of the machine: clouds put their names there. Empty where it cannot be read. */
export interface Dmi {
  readonly vendor: string;
  readonly product: string;
}

/** @param folder - where Linux shows the tables, readable without rights of root */
export function readDmi(folder = '/sys/class/dmi/id'): Dmi {
  return { vendor: readLine(`${folder}/sys_vendor`), product: readLine(`${folder}/product_name`) };
}

function readLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
