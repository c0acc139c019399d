import type { AttemptRef } from '#contract/build.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ContextCache } from './context-cache.ts'
import type { ContextServer, LentContext } from './context-server.ts'

export interface LendDeps {
  readonly controlPlane: Pick<ControlPlane, 'readContext'>
  readonly contexts: Pick<ContextCache, 'open'>
}

export interface Lent extends LentContext {
  /** Why the daemon could not have it; `undefined` when it could, or did not ask. */
  readonly problem: () => unknown
  /** Bytes that the daemon was given so far: none when it has the context already. */
  readonly given: () => number
}

/** Lends a context to a daemon; it comes from the server only when the daemon asks for it and this node lacks it. */
export async function lendContext(
  { controlPlane, contexts }: LendDeps,
  server: ContextServer,
  { attempt, digest }: { readonly attempt: AttemptRef; readonly digest: string },
): Promise<Lent> {
  let problem: unknown
  let given = 0
  const lent = await server.lend(digest, async function* read() {
    try {
      using file = await contexts.open(digest, async (from, signal) =>
        controlPlane.readContext(attempt, { digest, from, signal }),
      )
      for await (const bytes of file.read()) {
        given += bytes.length
        yield bytes
      }
    } catch (error) {
      problem = error
      throw error
    }
  })
  return {
    url: lent.url,
    problem: () => problem,
    given: () => given,
    [Symbol.dispose]: () => lent[Symbol.dispose](),
  }
}
