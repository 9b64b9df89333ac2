import type { NodeId, Tag } from '../core/index.ts';
import { uint32 } from './bytes.ts';
import { nodeTag } from './digest.ts';
import { layout } from './layout.ts';

export interface Sender {
  readonly words: readonly [number, number, number, number];
  readonly node: NodeId;
  readonly tag: Tag;
}

const keptMax = 256;

/**
 * Who sent a datagram of at least 24 bytes. The last senders are kept, by the last word of their ids: text and tag
 * are not made anew for every datagram.
 */
export function createSenders(): (bytes: Uint8Array) => Sender {
  const kept = new Map<number, Sender>();
  return (bytes) => {
    const key = uint32(bytes, layout.node[0] + 12);
    const known = kept.get(key);
    if (known !== undefined && isSender(known, bytes)) return known;
    const sender = read(bytes);
    if (kept.size >= keptMax) kept.clear();
    kept.set(key, sender);
    return sender;
  };
}

function isSender({ words }: Sender, bytes: Uint8Array): boolean {
  for (let i = 0; i < 4; i++) {
    if (words[i] !== uint32(bytes, layout.node[0] + 4 * i)) return false;
  }
  return true;
}

function read(bytes: Uint8Array): Sender {
  const at = layout.node[0];
  const words = [0, 4, 8, 12].map((i) => uint32(bytes, at + i)) as [number, number, number, number];
  const node = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  return { words, node, tag: nodeTag(node) };
}
