import type { TestContext } from 'vitest';
import { Group, type GroupOptions } from './group.ts';

/**
 * A group for one test: ended with it, and its story told if the test fails. The address is lb1's from the start, so
 * that the story does not depend on whose process comes up first.
 */
export async function groupFor(
  { onTestFinished, onTestFailed }: TestContext,
  options: GroupOptions = {},
): Promise<Group> {
  const group = await Group.open({ holders: ['lb1'], ...options });
  onTestFinished(() => group.close());
  onTestFailed(() => console.log(group.transcript()));
  return group;
}
