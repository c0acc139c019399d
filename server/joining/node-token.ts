import { isToken, mintToken } from '../access/token.ts'

/** A credential of a node: it names the node, whose id is `node-` and 26 characters. */
export function makeNodeToken(nodeId: string, random: (bytes: number) => Buffer): string {
  return mintToken(`node_${nodeId.slice('node-'.length)}`, random)
}

/** The node that a credential names, or `undefined` when it is none. */
export function nodeOfToken(text: string): string | undefined {
  const id = /^kiln_node_([0-9a-z]{26})_/.exec(text)?.[1]
  return id !== undefined && isToken(text) ? `node-${id}` : undefined
}
