import { grpcCode } from '../error.ts'
import { SSHDefinition } from '../gen/ssh.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, streaming, unary } from '../rpc/serve.ts'

/** One connection to an SSH agent: bytes of its protocol in and out, cut anywhere. */
export type SshAgent = (requests: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

const { checkAgent, forwardAgent } = SSHDefinition.methods
const defaultId = 'default'

/** Agents by id, behind the sockets that `RUN --mount=type=ssh` mounts. Each connection of a RUN is a call. */
export function sshForward(agents: ReadonlyMap<string, SshAgent>): readonly Handler[] {
  const find = (id: string): SshAgent => {
    const agent = agents.get(id || defaultId)
    if (agent === undefined) throw new ServedError(grpcCode.notFound, `ssh key ${id} not found`)
    return agent
  }
  return [
    unary(methodOf(SSHDefinition, checkAgent), async ({ id }) => {
      find(id)
      return {}
    }),
    streaming(methodOf(SSHDefinition, forwardAgent), async (call) => {
      const [id = ''] = call.metadata.get('buildkit.ssh.id') ?? []
      for await (const data of find(id)(dataOf(call.requests))) {
        await call.send({ data: Buffer.from(data) })
      }
    }),
  ]
}

async function* dataOf(messages: AsyncIterable<{ readonly data: Uint8Array }>) {
  for await (const { data } of messages) yield data
}
