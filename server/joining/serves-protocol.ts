import { agentProtocol } from '#contract/wire/node.ts'

/** Whether this server serves agents of a protocol: it does its own, and the one before. */
export function servesProtocol(protocol: number): boolean {
  return protocol <= agentProtocol && protocol >= agentProtocol - 1
}

/** What is to be done about an agent that speaks another protocol than this server. */
export function adviseUpgrade(protocol: number): string {
  const spoken = `this server speaks the protocols ${agentProtocol - 1} and ${agentProtocol} of agents, this one ${protocol}`
  return protocol > agentProtocol
    ? `${spoken}: upgrade the server first`
    : `${spoken}: install the agent of the server's release on the node`
}

/** What is to be done about an agent that was exchanged for an older one, which cannot say what that one said of itself. */
export const adviseReturn =
  'a newer agent has registered this node, and this one cannot prove that it is not a copy of it: install that release again, or shut the node out (kiln node revoke) and start this agent with a new token (kiln node token)'
