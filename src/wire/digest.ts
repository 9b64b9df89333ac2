import { createHash } from 'node:crypto';
import type { IpAddress, NodeId, ResourceKey, Tag } from '../core/index.ts';

/** What all members of a group must agree on. */
export interface Agreement {
  readonly resource: ResourceKey;
  /** By address, in any order. */
  readonly voters: readonly IpAddress[];
  readonly quorum: boolean;
  readonly preempt: boolean;
  readonly multi: boolean;
}

/** The first four bytes of SHA-256 of the id's 16 bytes, so that a datagram can name a node in four bytes. */
export function nodeTag(node: NodeId): Tag {
  return tags.get(node) ?? remember(node, firstWord(Buffer.from(node, 'hex')));
}

/** The first four bytes of SHA-256 of the agreement's text: members whose numbers differ are configured apart. */
export function configDigest(agreement: Agreement): number {
  return firstWord(canonicalText(agreement));
}

/** The first 8 bytes of SHA-256 of a record, whose parts are canonical, as 16 hex digits. */
export function recordDigest(record: {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
}): string {
  const { zone, name, type } = record;
  const text = `zone=${zone}\nname=${name}\ntype=${type}\n`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A group has at most 64 members; whoever sends forged ids must not fill our memory. */
const tagsMax = 1024;
const tags = new Map<NodeId, Tag>();

function remember(node: NodeId, tag: Tag): Tag {
  if (tags.size >= tagsMax) tags.clear();
  tags.set(node, tag);
  return tag;
}

function firstWord(input: string | Uint8Array): number {
  return createHash('sha256').update(input).digest().readUInt32BE(0);
}

/** With a quorum only the voters must agree on who they are: a witness knows neither the cloud nor its settings. */
function canonicalText(agreement: Agreement): string {
  const { resource, voters, quorum } = agreement;
  const preempt = agreement.preempt && !quorum;
  const multi = agreement.multi && !quorum;
  return [
    `address=${resource}\n`,
    `voters=${[...voters].sort().join(',')}\n`,
    `quorum=${bit(quorum)}\n`,
    `preempt=${bit(preempt)}\n`,
    `multi=${bit(multi)}\n`,
  ].join('');
}

function bit(value: boolean): '0' | '1' {
  return value ? '1' : '0';
}
