import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ServerProcess extends AsyncDisposable {
  readonly url: URL
  readonly databaseUrl: string
}

const program = fileURLToPath(new URL('serve-alone.ts', import.meta.url))

/** A server in a process of its own: who measures must not take its time. Nothing is handed on to Temporal. */
export async function startServerProcess(): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    const { url, databaseUrl } = JSON.parse(line) as { url: string; databaseUrl: string }
    child.stdout.resume()
    return {
      url: new URL(url),
      databaseUrl,
      [Symbol.asyncDispose]: async () => {
        child.stdin.end()
        await ended
      },
    }
  }
  throw new Error('the server did not start')
}
