/** The task queue of the control plane's workflows and activities. */
export const controlQueue = 'control'

/** The task queue of one node's activities. */
export function nodeQueue(nodeId: string): string {
  return `node:${nodeId}`
}
