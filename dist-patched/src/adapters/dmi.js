import { readFileSync } from 'node:fs';
/** @param folder - where Linux shows the tables, readable without rights of root */
export function readDmi(folder = '/sys/class/dmi/id') {
    return { vendor: readLine(`${folder}/sys_vendor`), product: readLine(`${folder}/product_name`) };
}
function readLine(path) {
    try {
        return readFileSync(path, 'utf8').trim();
    }
    catch {
        return '';
    }
}
