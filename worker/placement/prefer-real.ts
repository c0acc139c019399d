import type { Queue } from '../../records/place-waiting.ts'

/** A farm that has one node which builds gives no build to those that only pretend, whether that answers or not. Pure. */
export function preferReal(queue: Queue): Queue {
  const real = queue.nodes.filter(({ simulated }) => simulated !== true)
  return real.length === 0 ? queue : { ...queue, nodes: real }
}
