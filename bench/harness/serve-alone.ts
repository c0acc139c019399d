import { once } from 'node:events'
import { startServerAlone } from '../../test/server-alone.ts'

/** A server on a Postgres of its own in a process of its own, until its input ends. Its last line of output says where. */
await using server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
const { url, databaseUrl } = server
process.stdout.write(`${JSON.stringify({ url: url.origin, databaseUrl })}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
